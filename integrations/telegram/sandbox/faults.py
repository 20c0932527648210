"""Troubles on demand, taken in the order in which they were asked for."""

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from integrations.telegram.sandbox.clock import Clock

KINDS = frozenset(
    {"bad_gateway", "bad_gateway_after", "cut_before", "cut_after", "delay_before", "delay_after", "error"}
)


@dataclass(slots=True)
class Fault:
    kind: str
    method: str | None = None
    chat_id: int | None = None
    about: str = ""
    """What the text of the call must contain."""
    count: int = 1
    skip: int = 0
    seconds: float = 0.0
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}, expected one of {', '.join(sorted(KINDS))}")

    def matches(self, method: str, chat_id: int | None, text: str) -> bool:
        wanted = self.method is None or self.method.lower() == method.lower()
        return wanted and (self.chat_id is None or self.chat_id == chat_id) and self.about in text


class Faults:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._armed: list[Fault] = []
        self._down_until = 0.0
        self._cleared = asyncio.Event()

    def add(self, fault: Fault) -> None:
        self._armed.append(fault)

    def clear(self) -> None:
        """Disarm all, and let go the calls that are being held."""
        self._armed.clear()
        self._down_until = 0.0
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def hold(self, seconds: float) -> None:
        """For so long, or until the faults are cleared."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._cleared.wait(), seconds)

    def down(self, seconds: float) -> None:
        self._down_until = self._clock.now() + seconds

    @property
    def is_down(self) -> bool:
        return self._clock.now() < self._down_until

    def take(self, method: str, chat_id: int | None, text: str = "") -> Fault | None:
        for fault in self._armed:
            if not fault.matches(method, chat_id, text):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.count -= 1
            if fault.count <= 0:
                self._armed.remove(fault)
            return fault
        return None

    def report(self) -> dict[str, Any]:
        return {"armed": [asdict(fault) for fault in self._armed], "down": self.is_down}
