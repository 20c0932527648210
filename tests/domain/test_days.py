"""Days as people write them."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.days import day_of_term, read_coming_day, read_past_days
from bot.domain.leads import WarmUpTerm

TODAY = date(2026, 11, 17)  # a Tuesday
NOON = datetime(2026, 11, 17, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("через две недели", date(2026, 12, 1)),
        ("завтра", date(2026, 11, 18)),
        ("в понедельник", date(2026, 11, 23)),
        ("15 января", date(2027, 1, 15)),
        ("15.01", date(2027, 1, 15)),
        ("15.12", date(2026, 12, 15)),
        ("1.2.27", date(2027, 2, 1)),
        ("2026-12-01", date(2026, 12, 1)),
        ("in three weeks", date(2026, 12, 8)),
        ("next Monday", date(2026, 11, 23)),
        ("сегодня", None),
        ("вчера", None),
        ("01.11.2026", None),
        ("31.02", None),
        ("3", None),
        ("через 5 лет", None),
        ("никогда", None),
        ("", None),
    ],
)
def test_a_coming_day(words: str, day: date | None) -> None:
    assert read_coming_day(words, "Europe/Moscow", NOON) == day


@pytest.mark.parametrize(
    ("term", "today", "day"),
    [
        (WarmUpTerm.WEEK, date(2026, 12, 28), date(2027, 1, 4)),
        (WarmUpTerm.MONTH, date(2027, 1, 31), date(2027, 2, 28)),
        (WarmUpTerm.MONTH, date(2026, 12, 15), date(2027, 1, 15)),
        (WarmUpTerm.QUARTER, date(2026, 11, 30), date(2027, 2, 28)),
    ],
)
def test_terms(term: WarmUpTerm, today: date, day: date) -> None:
    assert day_of_term(term, today) == day


@pytest.mark.parametrize(
    ("words", "first", "end"),
    [
        ("неделя", date(2026, 11, 11), date(2026, 11, 18)),
        ("Month", date(2026, 10, 19), date(2026, 11, 18)),
        ("30", date(2026, 10, 19), date(2026, 11, 18)),
        ("1", TODAY, date(2026, 11, 18)),
        ("01.11–15.11", date(2026, 11, 1), date(2026, 11, 16)),
    ],
)
def test_past_days(words: str, first: date, end: date) -> None:
    period = read_past_days(words, TODAY, "Europe/Moscow")
    assert period is not None and (period.first, period.end) == (first, end)


@pytest.mark.parametrize("words", ["", "0", "999999", "когда-нибудь", "32.13"])
def test_no_days(words: str) -> None:
    assert read_past_days(words, TODAY, "Europe/Moscow") is None
