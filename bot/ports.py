"""What lives outside the process, as the rest of the product sees it."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


class Clock(Protocol):
    """Where all code takes its time from; tests and the demo move it."""

    def now(self) -> datetime:
        """Aware UTC, as the machine's clock has it: anybody may set that one, forward or back, at any moment."""
        ...

    def steady(self) -> datetime:
        """Goes on evenly, whatever the clock is set to; only differences say anything, and only within one process."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> datetime:
        return BOOT + timedelta(seconds=watch())


BOOT = datetime(1970, 1, 1, tzinfo=UTC)


def watch() -> float:
    """Seconds that go on while the whole machine sleeps, where the system has such a watch."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One promised outward act: an intent, rendered from state when it is sent."""

    id: int
    kind: str
    lane: str
    destination: str
    priority: int
    payload: Mapping[str, Any]
    version: int
    attempts: int
    created_at: datetime
    not_before: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes next for the same destination, read in the very transaction that settled the act before it.

    It goes at once or not at all: what has to wait is rendered anew.
    """

    item: OutboxItem
    carry: Callable[[int], Awaitable["Outcome"]]
    """As `Carrier.carry`, with the room."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The act is done or has finally failed, and the store says which; `calls` were charged to the destination."""

    calls: int = 1
    ahead: Ahead | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The other side asks to wait; it holds for everything that goes to this destination."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The network or the other side's front is down; nothing is known of this item's fate."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wider:
    """Nothing was called: the act takes `calls` calls at once, more than there was room for."""

    calls: int


Outcome = Settled | Later | Unreachable | Wider


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `calls` in any `seconds`, counted under `name`.

    Beyond a `burst`, what can wait is spread over the time, so that the next never waits long; 0: nothing is spread.
    """

    name: str
    calls: int
    seconds: float
    burst: int = 0
    kind: str = ""
    """What sort of destination it belongs to, for the figures; few in number."""


class Carrier(Protocol):
    """Carries outbox items to one network: destinations that begin with its name and a colon are its own."""

    name: str

    async def carry(self, item: OutboxItem, room: int) -> Outcome:
        """`room` is how many calls the budgets have left for it."""
        ...

    def budgets(self, destination: str) -> tuple[Budget, ...]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person who tapped reads at once; `url` opens the bot for him."""

    text: str = ""
    alert: bool = False
    url: str | None = None


def _no_answer(_result: Any) -> Answer | None:
    return None


@dataclass(frozen=True, slots=True)
class Act:
    """What an event comes to: one unit of work, and how its result is told to who caused it."""

    unit: Callable[..., Any]
    args: tuple[Any, ...] = ()
    answer: Callable[[Any], Answer | None] = field(default=_no_answer)
    unless: Callable[[Any], bool] | None = None
    """Asked first, in the same transaction: when it is so, nothing is done, and the event means `otherwise`."""
    otherwise: Callable[[], Awaitable["Act | None"]] | None = None


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One inbound event as it arrived. Events of one `lane` run in order."""

    source: str
    external_id: str
    lane: str
    raw: Mapping[str, Any]
    urgent: bool = False


class Interpreter(Protocol):
    """Knows what the events of one source mean."""

    def event(self, raw: Mapping[str, Any]) -> RawEvent:
        """The event as it came, from what the store has kept of it."""
        ...

    async def interpret(self, event: RawEvent) -> Act | None: ...

    async def answer(self, event: RawEvent, answer: Answer) -> None: ...


class Files(Protocol):
    """What the team has sent stays where it is: it is read from there when somebody wants to see it."""

    def open_file(self, file_id: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The content in pieces. Raises `FileGoneError` or `FilesAwayError`."""
        ...
