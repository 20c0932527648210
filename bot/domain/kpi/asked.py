"""A period in a person's words: «вчера», "week", «1.11 – 15.11», `2026-11-01 2026-11-15`."""

import re
from datetime import date, timedelta

from bot.domain.kpi.periods import Period, PeriodKind

LONGEST_ASKED = 366

_KINDS = {"недел": PeriodKind.WEEK, "week": PeriodKind.WEEK, "месяц": PeriodKind.MONTH, "month": PeriodKind.MONTH}
_DAYS = {"сегодня": 0, "today": 0, "вчера": 1, "yesterday": 1}
_DATE = r"(\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}(?:\.(?:\d{4}|\d{2}))?)"
_DATES = re.compile(rf"{_DATE}(?:(?:\s*(?:[-–—]|\.\.|по|до|to)\s*|\s+){_DATE})?")


def read_period(words: str, today: date, zone: str) -> Period | None:
    """None for what is no period or has not begun. A week or a month is the last that is over; both dates belong to it.

    A date without a year is the last such day.
    """
    words = " ".join(words.lower().split())
    if words in _DAYS:
        return Period.of(PeriodKind.DAY, today - timedelta(days=_DAYS[words]), zone)
    for beginning, kind in _KINDS.items():
        if words.removeprefix("за ").removeprefix("last ").startswith(beginning):
            return Period.of(kind, today, zone).previous()
    found = _DATES.fullmatch(words)
    days = [_date(text, today) for text in found.groups() if text] if found else []
    if not days or None in days:
        return None
    first, last = min(filter(None, days)), max(filter(None, days))
    if first > today or (last - first).days >= LONGEST_ASKED:
        return None
    if first == last:
        return Period.of(PeriodKind.DAY, first, zone)
    return Period.between(first, last + timedelta(days=1), zone)


def _date(text: str, today: date) -> date | None:
    try:
        if "-" in text:
            return date.fromisoformat(text)
        day, month, *rest = map(int, text.split("."))
        if rest:
            return date(rest[0] + (2000 if rest[0] < 100 else 0), month, day)
        return next((past for past in _such_days(day, month, today.year) if past <= today), None)
    except ValueError:
        return None


def _such_days(day: int, month: int, year: int) -> list[date]:
    """This year's, or else last year's; the 29th of February is in neither but every fourth."""
    days = []
    for each in range(year, year - 9, -1):
        try:
            days.append(date(each, month, day))
        except ValueError:
            continue
    return days
