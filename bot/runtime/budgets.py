"""How many calls went where lately, so that no limit is ever overstepped."""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.ports import Budget

LONGEST_WINDOW = timedelta(seconds=60)

FORGIVEN_AFTER = timedelta(minutes=10)
"""A destination that was told to wait has half its budget; each such time without another doubles it again."""

MOST_HALVED = 3


@dataclass(slots=True)
class _Window:
    ended: deque[datetime] = field(default_factory=deque)
    under_way: int = 0
    budget: Budget | None = None
    """As it was last asked about."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """How often a budget was halved, and when last."""

    halved: int
    at: datetime


class Ledger:
    """Sliding windows, counted from the end of each call: the other side has seen it by then. All times are steady.

    A bucket that refills would let twice the allowance through in one window that begins full.
    """

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._paused_until: dict[str, datetime] = {}
        self._lessons: dict[str, _Lesson] = {}
        self._kinds: set[str] = set()

    def wait(self, budgets: Iterable[Budget], now: datetime, calls: int = 1, *, spread: bool = False) -> float:
        """Seconds until so many more calls fit into all the budgets; 0 when they may go now.

        What can wait is `spread` once a burst has gone.
        """
        return max((self._wait(budget, now, calls, spread=spread) for budget in budgets), default=0.0)

    def ease(self, budgets: Iterable[Budget], now: datetime) -> float:
        """How many calls may go at once before what can wait is spread."""
        learnt = [self.learnt(budget, now) for budget in budgets if budget.burst]
        return min((self._bucket(budget, now) for budget in learnt), default=math.inf)

    def learn(self, destination: str, now: datetime) -> None:
        """The other side has said that it was too much: less for a while."""
        halved = min(self._halved(destination, now) + 1, MOST_HALVED)
        self._lessons[destination] = _Lesson(halved, now)

    def learnt(self, budget: Budget, now: datetime) -> Budget:
        """The budget as experience has it."""
        if not (halved := self._halved(budget.name, now)):
            return budget
        return replace(budget, calls=max(1, budget.calls >> halved), burst=min(budget.burst, 1))

    def use(self, now: datetime, roles: Mapping[str, str]) -> dict[str, float]:
        """The share used of the fullest budget of each kind; those with a role stand alone."""
        found: dict[str, float] = dict.fromkeys(self._kinds, 0.0)
        for name, window in self._windows.items():
            if (budget := window.budget) is not None and (kind := roles.get(name) or budget.kind):
                found[kind] = max(found.get(kind, 0.0), self.used(budget, now) / budget.calls)
        self._kinds |= found.keys()
        return found

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
        for name in [name for name in self._lessons if not self._halved(name, now)]:
            del self._lessons[name]
        horizon = now - LONGEST_WINDOW
        for name, window in list(self._windows.items()):
            if not window.under_way and (not window.ended or window.ended[-1] <= horizon):
                del self._windows[name]

    def _halved(self, name: str, now: datetime) -> int:
        lesson = self._lessons.get(name)
        return max(0, lesson.halved - int((now - lesson.at) / FORGIVEN_AFTER)) if lesson is not None else 0

    def _window(self, name: str) -> _Window:
        return self._windows.setdefault(name, _Window())

    def _wait(self, budget: Budget, now: datetime, calls: int, *, spread: bool) -> float:
        """What is larger than the whole budget goes into an empty window."""
        self._window(budget.name).budget = budget
        budget = self.learnt(budget, now)
        excess = self.used(budget, now) + min(calls, budget.calls) - budget.calls
        if excess <= 0:
            return self._spread(budget, now) if budget.burst and spread else 0.0
        ended = self._window(budget.name).ended
        if not ended:
            return 0.05
        leaves = ended[min(excess, len(ended)) - 1] + timedelta(seconds=budget.seconds)
        return max(0.001, (leaves - now).total_seconds())

    def _spread(self, budget: Budget, now: datetime) -> float:
        """At once while the bucket holds a call, then at the pace."""
        return 0.0 if self._bucket(budget, now) >= 1 else self._pace(budget, now)

    def _bucket(self, budget: Budget, now: datetime) -> float:
        """It holds a burst and fills so slowly that with it no more come than the window allows.

        Asked also from the store's threads: it changes nothing, and looks at a copy.
        """
        most, a_second = float(budget.burst), max(1, budget.calls - budget.burst) / budget.seconds
        holds, before = most, now - timedelta(seconds=budget.seconds)
        window = self._windows.get(budget.name)
        for at in tuple(window.ended) if window is not None else ():
            if at >= before:
                holds = max(0.0, min(most, holds + (at - before).total_seconds() * a_second) - 1)
                before = at
        return min(most, holds + (now - before).total_seconds() * a_second)

    def _pace(self, budget: Budget, now: datetime) -> float:
        """Seconds until the next of calls that are spread evenly over all that is left of the window.

        Until its n-th call has left it, only what is free now and n - 1 more can go.
        """
        window = self._window(budget.name)
        if not window.ended:
            return 0.0
        free, last = budget.calls - len(window.ended) - window.under_way, window.ended[-1]
        gap = max(((at - last).total_seconds() + budget.seconds) / (free + n) for n, at in enumerate(window.ended, 1))
        return max(0.0, gap - (now - last).total_seconds())
