"""How long a customer will wait for a human, told honestly."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.working_time import WorkingHours

ENOUGH = 5
"""So many recent answers say more than any promise."""

_FRIENDLY_MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 360, 480)


def usual_wait(recent: Sequence[float], promised: timedelta, waited: float = 0.0) -> float:
    """Working seconds until most people (80 %) are answered, from now on; `recent` are those of recent first answers.

    Who has waited for `waited` already is like those who had to wait longer than that. Where there are too few of
    them, it takes what we promise ourselves, or as long again.
    """
    alike = sorted(seconds for seconds in recent if seconds > waited)
    if len(alike) >= ENOUGH:
        return friendly(alike[math.ceil(0.8 * len(alike)) - 1] - waited)
    return friendly(max(promised.total_seconds(), waited))


def friendly(seconds: float) -> float:
    """Rounded up to what people say: 5, 10, 15 … minutes, then whole hours."""
    minutes = math.ceil(seconds / 60)
    known = next((step for step in _FRIENDLY_MINUTES if minutes <= step), None)
    return 60.0 * (known if known is not None else 60 * math.ceil(minutes / 60))


def answered_by(hours: WorkingHours, now: datetime, wait: float) -> datetime:
    """The moment to promise; outside working hours the time begins with the next opening."""
    return hours.after(now, wait).replace(microsecond=0)
