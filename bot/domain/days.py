"""Days and runs of days as people write them."""

import re
from datetime import date, datetime, time, timedelta

from bot.domain.kpi.asked import read_period
from bot.domain.kpi.periods import Period
from bot.domain.leads import WarmUpTerm

FARTHEST = timedelta(days=366)
"""What is meant for later than this is meant for never."""

LONGEST_RUN = 3_660

_NUMERIC = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<d>\d{1,2})[./](?P<m>\d{1,2})(?:[./](?P<y>\d{4}|\d{2}))?"
)
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


def read_coming_day(text: str, today: date) -> date | None:
    """«через две недели», "15 January", 15.01: a day after today and within a year; None for anything else."""
    words = text.strip()[:100]
    found = _NUMERIC.fullmatch(words)
    if found is None:
        day = None if words.isdigit() else _spoken(words, today)
    else:
        day = _numeric(found, today)
        if day is not None and day <= today and not (found["year"] or found["y"]):
            day = _numeric(found, today.replace(year=today.year + 1, day=1))
    return day if day is not None and today < day <= today + FARTHEST else None


def read_past_days(words: str, today: date, zone: str) -> Period | None:
    """«месяц», 30: so many days, today the last; or the dates that `read_period` knows."""
    asked = words.strip().lower()
    days = _DAYS_OF_WORD.get(asked) or (int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0)
    if 0 < days <= LONGEST_RUN:
        return Period.between(today - timedelta(days=days - 1), today + timedelta(days=1), zone)
    return read_period(asked, today, zone)


def _numeric(found: re.Match[str], today: date) -> date | None:
    year = int(found["year"] or found["y"] or today.year)
    try:
        return date(
            year + 2000 if year < 100 else year, int(found["month"] or found["m"]), int(found["day"] or found["d"])
        )
    except ValueError:
        return None


def _spoken(words: str, today: date) -> date | None:
    import dateparser  # its tables are large: only when somebody really wrote a day in words

    found: datetime | None = dateparser.parse(
        words,
        languages=["ru", "en"],
        settings={
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "DATE_ORDER": "DMY",
        },
    )
    return found.date() if found is not None else None
