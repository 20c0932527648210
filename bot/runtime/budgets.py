"""How many calls went where lately, so that no limit is ever overstepped."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.ports import Budget


class Ledger:
    """Sliding windows, counted from the end of each call: the other side has seen it by then.

    A bucket that refills would let twice the allowance through in one window that begins full.
    """

    def __init__(self) -> None:
        self._ended: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._paused_until: dict[str, datetime] = {}

    def wait(self, budgets: Iterable[Budget], now: datetime) -> float:
        """Seconds until one more call fits into all the budgets; 0 when it may go now."""
        return max((self._wait(budget, now) for budget in budgets), default=0.0)

    def begin(self, budgets: Iterable[Budget]) -> None:
        for budget in budgets:
            self._under_way[budget.name] += 1

    def end(self, budgets: Iterable[Budget], calls: int, now: datetime) -> None:
        for budget in budgets:
            self._under_way[budget.name] -= 1
            self._ended[budget.name].extend([now] * calls)

    def recall(self, budgets: Iterable[Budget], calls: int, at: datetime) -> None:
        """Takes over what was sent before a restart."""
        for budget in budgets:
            self._ended[budget.name].extend([at] * calls)

    def pause(self, name: str, until: datetime) -> None:
        self._paused_until[name] = max(until, self._paused_until.get(name, until))

    def used(self, budget: Budget, now: datetime) -> int:
        self._forget(budget, now)
        return len(self._ended[budget.name]) + self._under_way[budget.name]

    def _wait(self, budget: Budget, now: datetime) -> float:
        paused = (self._paused_until.get(budget.name, now) - now).total_seconds()
        free = budget.calls - self.used(budget, now)
        if free > 0:
            return max(0.0, paused)
        ended = self._ended[budget.name]
        if not ended:
            return max(0.05, paused)
        # With -free calls over the allowance, that many more must leave the window first.
        leaves = ended[min(-free, len(ended) - 1)] + timedelta(seconds=budget.seconds)
        return max(0.001, paused, (leaves - now).total_seconds())

    def _forget(self, budget: Budget, now: datetime) -> None:
        ended = self._ended[budget.name]
        horizon = now - timedelta(seconds=budget.seconds)
        while ended and ended[0] <= horizon:
            ended.popleft()
