"""How many calls went where lately, so that no limit is ever overstepped."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Budget

LONGEST_WINDOW = timedelta(seconds=60)


@dataclass(slots=True)
class _Window:
    ended: deque[datetime] = field(default_factory=deque)
    under_way: int = 0


class Ledger:
    """Sliding windows, counted from the end of each call: the other side has seen it by then.

    A bucket that refills would let twice the allowance through in one window that begins full.
    """

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._paused_until: dict[str, datetime] = {}

    def wait(self, budgets: Iterable[Budget], now: datetime, calls: int = 1) -> float:
        """Seconds until so many more calls fit into all the budgets; 0 when they may go now."""
        return max((self._wait(budget, now, calls) for budget in budgets), default=0.0)

    def begin(self, budgets: Iterable[Budget], calls: int = 1) -> None:
        for budget in budgets:
            self._window(budget.name).under_way += calls

    def end(self, budgets: Iterable[Budget], now: datetime, *, begun: int = 1, calls: int = 1) -> None:
        """What was begun is over; `calls` is what it came to, at `now`."""
        for budget in budgets:
            window = self._window(budget.name)
            window.under_way -= begun
            window.ended.extend([now] * calls)

    def recall(self, budgets: Iterable[Budget], calls: int, at: datetime) -> None:
        """Takes over what was sent before a restart; in the order of time."""
        for budget in budgets:
            self._window(budget.name).ended.extend([at] * calls)

    def pause(self, destination: str, until: datetime) -> None:
        """The other side asked for it, whatever our own budgets say."""
        self._paused_until[destination] = max(until, self._paused_until.get(destination, until))

    def paused(self, now: datetime) -> dict[str, float]:
        """The destinations that rest, and for how many seconds more."""
        for destination in [name for name, until in self._paused_until.items() if until <= now]:
            del self._paused_until[destination]
        return {name: (until - now).total_seconds() for name, until in self._paused_until.items()}

    def used(self, budget: Budget, now: datetime) -> int:
        window = self._window(budget.name)
        horizon = now - timedelta(seconds=budget.seconds)
        while window.ended and window.ended[0] <= horizon:
            window.ended.popleft()
        return len(window.ended) + window.under_way

    def forget_idle(self, now: datetime) -> None:
        """A window for everybody who ever wrote would fill the memory in time."""
        horizon = now - LONGEST_WINDOW
        for name, window in list(self._windows.items()):
            if not window.under_way and (not window.ended or window.ended[-1] <= horizon):
                del self._windows[name]

    def _window(self, name: str) -> _Window:
        return self._windows.setdefault(name, _Window())

    def _wait(self, budget: Budget, now: datetime, calls: int) -> float:
        """What is larger than the whole budget goes into an empty window."""
        excess = self.used(budget, now) + min(calls, budget.calls) - budget.calls
        if excess <= 0:
            return 0.0
        ended = self._window(budget.name).ended
        if not ended:
            return 0.05
        leaves = ended[min(excess, len(ended)) - 1] + timedelta(seconds=budget.seconds)
        return max(0.001, (leaves - now).total_seconds())
