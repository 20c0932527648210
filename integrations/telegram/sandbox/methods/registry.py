"""The table of methods and the call that a method receives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.parameters import Args, Parser
from integrations.telegram.sandbox.world import World

if TYPE_CHECKING:
    from integrations.telegram.sandbox.sandbox import Sandbox


@dataclass(slots=True)
class Call:
    sandbox: "Sandbox"
    args: Args
    uploads: dict[str, Upload]
    cost: int = 0

    def charge(self) -> None:
        """Take the cost of the call from the rates, or be refused; called just before the effect."""
        cost, self.cost = self.cost, 0
        if cost:
            self.sandbox.limits.take(self.args["chat_id"], cost)

    @property
    def world(self) -> World:
        return self.sandbox.world


Handler = Callable[[Call], Any]
Cost = Callable[[Args], int]


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    handler: Handler
    required: Mapping[str, Parser]
    optional: Mapping[str, Parser]
    cost: Cost


METHODS: dict[str, Method] = {}


def free(_args: Args) -> int:
    return 0


def single(_args: Args) -> int:
    return 1


def method(
    name: str,
    required: Mapping[str, Parser] | None = None,
    optional: Mapping[str, Parser] | None = None,
    *,
    cost: Cost = free,
) -> Callable[[Handler], Handler]:
    """Enter a function into the table; the cost is what the call takes from the rates."""

    def enter(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, handler, required or {}, optional or {}, cost)
        return handler

    return enter
