"""Days and runs of days as people write them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.kpi.asked import read_period
from bot.domain.kpi.periods import Period
from bot.domain.leads import WarmUpTerm
from bot.domain.moments import parse_moment

LONGEST_RUN = 3_660

_RUNS = {
    1: ("day", "today", "день", "сегодня"),
    7: ("week", "неделя", "неделю"),
    30: ("month", "месяц"),
    90: ("quarter", "квартал"),
    365: ("year", "год"),
}
_DAYS_OF_WORD = {word: days for days, words in _RUNS.items() for word in words}


def day_of_term(term: WarmUpTerm, today: date) -> date:
    """In a week, in one month, in three: of a month that is too short, its last day."""
    if term is WarmUpTerm.WEEK:
        return today + timedelta(days=7)
    months = today.month - 1 + (1 if term is WarmUpTerm.MONTH else 3)
    first = date(today.year + months // 12, months % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(last, first + timedelta(days=today.day - 1))


def read_coming_day(text: str, zone: str, now: datetime) -> date | None:
    """«через две недели», "15 January", 15.01: a day after today and within a year; None for anything else."""
    at = None if text.strip().isdigit() else parse_moment(text, zone, now)
    day = at.astimezone(ZoneInfo(zone)).date() if at is not None else None
    return day if day is not None and day > now.astimezone(ZoneInfo(zone)).date() else None


def read_past_days(words: str, today: date, zone: str) -> Period | None:
    """«месяц», 30: so many days, today the last; or the dates that `read_period` knows."""
    asked = words.strip().lower()
    days = _DAYS_OF_WORD.get(asked) or (int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0)
    if 0 < days <= LONGEST_RUN:
        return Period.between(today - timedelta(days=days - 1), today + timedelta(days=1), zone)
    return read_period(asked, today, zone)
