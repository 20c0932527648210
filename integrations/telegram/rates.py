"""Telegram's limits, as budgets of a destination."""

import math
from dataclasses import dataclass
from functools import lru_cache

from bot.ports import Budget

OVERALL = "telegram"

PRIVATE_BURST_SECONDS = 3
"""Telegram tolerates short bursts in a private chat: a second's allowance may be used within three."""

GROUP_BURST = 0.3
"""How much of a group's minute may go at once: with the rest, the next one never waits longer than four seconds."""


@dataclass(frozen=True, slots=True)
class Rates:
    """0: no limit."""

    overall: int = 30
    """A second."""
    chat: int = 1
    """A second."""
    group: int = 20
    """A minute, with all its topics; edits count."""

    def budgets(self, destination: str) -> tuple[Budget, ...]:
        return _budgets(self, destination)


@lru_cache(maxsize=4_096)  # asked for several times a call
def _budgets(rates: Rates, destination: str) -> tuple[Budget, ...]:
    if destination.rpartition(":")[2].startswith("-"):
        own = Budget(destination, rates.group, 60.0, burst=math.ceil(GROUP_BURST * rates.group), kind="group")
    else:
        own = Budget(destination, rates.chat * PRIVATE_BURST_SECONDS, float(PRIVATE_BURST_SECONDS), kind="private")
    return tuple(budget for budget in (Budget(OVERALL, rates.overall, 1.0, kind="all"), own) if budget.calls)
