"""Measures, periods and the revenue ledger, as tables of numbers."""

import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.kpi import (
    NO_TIMES,
    AmountSet,
    Period,
    PeriodKind,
    Ratio,
    Times,
    add_money,
    bookings,
    change,
    median,
    p90,
    percentile,
)
from bot.domain.kpi.asked import read_period


def between(first: int, end: int) -> Period:
    return Period.between(date(2026, 11, first), date(2026, 11, end), "UTC")


DAY, WEEK, MONTH = PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH


@pytest.mark.parametrize(
    ("sample", "middle", "ninetieth"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1.5, 1.9),
        ([3, 1, 2], 2, 2.8),
        (list(range(11)), 5, 9),
        ([0, 0, 0, 1000], 0, 700),
    ],
)
def test_quantiles(sample: list[float], middle: float | None, ninetieth: float | None) -> None:
    assert median(sample) == middle
    assert p90(sample) == (None if ninetieth is None else pytest.approx(ninetieth))


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_the_median_is_the_standard_librarys(sample: list[float]) -> None:
    assert median(sample) == pytest.approx(statistics.median(sample))


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1], 90)


def test_an_empty_sample_has_no_times() -> None:
    assert Times.of([]) == NO_TIMES
    assert Times.of([60, 120, 600]) == Times(3, 260, 120, 504)


def test_ratios() -> None:
    assert Ratio(1, 0).value is None
    assert Ratio(200, 600).value == pytest.approx(1 / 3)
    assert (Ratio(1, 2) + Ratio(0, 8)).value == 0.1  # the mean of the two ratios would be 0.25


@pytest.mark.parametrize(
    ("now", "before", "growth"), [(3, 2, 0.5), (1, 2, -0.5), (0, 2, -1), (5, 0, None), (None, 2, None), (2, None, None)]
)
def test_growth(now: float | None, before: float | None, growth: float | None) -> None:
    assert change(now, before) == growth


@pytest.mark.parametrize(
    ("kind", "day", "first", "end"),
    [
        (DAY, date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 1)),
        (WEEK, date(2026, 11, 16), date(2026, 11, 16), date(2026, 11, 23)),
        (WEEK, date(2026, 11, 22), date(2026, 11, 16), date(2026, 11, 23)),
        (MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (MONTH, date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
    ],
)
def test_periods_hold_whole_days(kind: PeriodKind, day: date, first: date, end: date) -> None:
    period = Period.of(kind, day, "Europe/Moscow")
    assert (period.first, period.end) == (first, end)


def test_a_moscow_day_in_utc() -> None:
    period = Period.of(DAY, date(2026, 11, 16), "Europe/Moscow")
    assert (period.since, period.until) == (
        datetime(2026, 11, 15, 21, tzinfo=UTC),
        datetime(2026, 11, 16, 21, tzinfo=UTC),
    )
    assert period.since in period
    assert period.until not in period
    assert datetime(2026, 11, 16, 20, 30, tzinfo=UTC) in period


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 9, 6), "America/Santiago", 23),  # this day has no midnight: it begins at 01:00
        (date(2026, 4, 4), "America/Santiago", 25),
        (date(2011, 12, 31), "Pacific/Apia", 24),  # the day before was skipped as a whole
    ],
)
def test_days_with_a_clock_change(day: date, zone: str, hours: int) -> None:
    period = Period.of(DAY, day, zone)
    assert period.until - period.since == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin", "America/Santiago", "America/Havana"])
def test_every_moment_of_a_year_lies_in_exactly_one_day(zone: str) -> None:
    days = [Period.of(DAY, date(2026, 1, 1) + timedelta(days=number), zone) for number in range(365)]
    assert all(today.until == tomorrow.since for today, tomorrow in pairwise(days))
    assert all(today.previous() == yesterday for yesterday, today in pairwise(days))


def test_the_period_before() -> None:
    week = Period.of(WEEK, date(2026, 11, 18), "UTC")
    assert week.previous() == Period.of(WEEK, date(2026, 11, 11), "UTC")
    assert Period.of(MONTH, date(2026, 3, 31), "UTC").previous() == Period.of(MONTH, date(2026, 2, 1), "UTC")
    ten_days = Period.between(date(2026, 11, 11), date(2026, 11, 21), "UTC")
    assert ten_days.previous() == Period.between(date(2026, 11, 1), date(2026, 11, 11), "UTC")


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (Period.of(DAY, date(2026, 11, 16), "UTC"), Period.of(DAY, date(2026, 11, 9), "UTC")),
        (Period.of(WEEK, date(2026, 11, 18), "UTC"), Period.of(WEEK, date(2026, 11, 11), "UTC")),
        (Period.of(MONTH, date(2026, 3, 31), "UTC"), Period.of(MONTH, date(2026, 2, 1), "UTC")),
        (between(20, 23), between(13, 16)),  # Friday to Sunday
        (between(16, 23), between(9, 16)),
        (between(16, 24), between(2, 10)),  # eight days: two weeks, so that none is on both sides
    ],
)
def test_the_same_days_a_week_ago(period: Period, before: Period) -> None:
    assert period.week_before() == before
    assert before.end <= period.first


@pytest.mark.parametrize(
    ("words", "first", "days"),
    [
        ("вчера", date(2026, 11, 17), 1),
        ("Сегодня", date(2026, 11, 18), 1),
        ("yesterday", date(2026, 11, 17), 1),
        ("неделя", date(2026, 11, 9), 7),
        ("за неделю", date(2026, 11, 9), 7),
        ("last week", date(2026, 11, 9), 7),
        ("месяц", date(2026, 10, 1), 31),
        ("month", date(2026, 10, 1), 31),
        ("2026-11-01", date(2026, 11, 1), 1),
        ("1.11", date(2026, 11, 1), 1),
        ("19.11", date(2025, 11, 19), 1),  # tomorrow's date: last year's
        ("29.02", date(2024, 2, 29), 1),
        ("01.11.25", date(2025, 11, 1), 1),
        ("1.11–15.11", date(2026, 11, 1), 15),
        ("1.11 - 15.11.2026", date(2026, 11, 1), 15),
        ("2026-11-15  2026-11-01", date(2026, 11, 1), 15),
        ("2026-11-01 to 2026-11-30", date(2026, 11, 1), 30),
    ],
)
def test_periods_as_people_ask_for_them(words: str, first: date, days: int) -> None:
    period = read_period(words, date(2026, 11, 18), "Europe/Moscow")
    assert period is not None
    assert (period.first, period.days) == (first, days)


@pytest.mark.parametrize(
    "words", ["всё", "31.02", "2026-13-01", "2026-11-19", "1.1.2020-1.1.2026", "1.11-", "вчера вечером"]
)
def test_words_that_are_no_period(words: str) -> None:
    assert read_period(words, date(2026, 11, 18), "Europe/Moscow") is None


def test_a_digest_reports_the_last_complete_day() -> None:
    just_after_midnight = datetime(2026, 11, 16, 21, tzinfo=UTC)
    period = Period.last_complete(DAY, just_after_midnight, "Europe/Moscow")
    assert period.first == date(2026, 11, 16)
    assert period.is_over(just_after_midnight)
    assert not period.is_over(just_after_midnight - timedelta(seconds=1))


def test_impossible_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="must end after it begins"):
        Period.between(date(2026, 11, 16), date(2026, 11, 16), "UTC")
    with pytest.raises(ValueError, match="two dates"):
        Period.of(PeriodKind.RANGE, date(2026, 11, 16), "UTC")


def noon(day: int) -> datetime:
    return datetime(2026, 11, day, 12, tzinfo=UTC)


def amount(day: int, amount: int, currency: str = "RUB", *, lead: int = 1, won: int = 16) -> AmountSet:
    return AmountSet(lead, noon(day), amount, currency, noon(won), None, None)


@pytest.mark.parametrize(
    ("amounts", "booked"),
    [
        ([], {}),
        ([amount(16, 100)], {16: {"RUB": 100}}),
        ([amount(16, 100), amount(18, 80)], {16: {"RUB": 100}, 18: {"RUB": -20}}),
        ([amount(14, 50), amount(15, 70)], {16: {"RUB": 70}}),  # agreed before the win, booked with it
        ([amount(16, 100), amount(18, 90, "USD")], {16: {"RUB": 100}, 18: {"RUB": -100, "USD": 90}}),
        ([amount(16, 100), amount(17, 5, lead=2, won=17)], {16: {"RUB": 100}, 17: {"RUB": 5}}),
        ([amount(16, 0)], {16: {"RUB": 0}}),
    ],
)
def test_the_ledger(amounts: list[AmountSet], booked: dict[int, dict[str, int]]) -> None:
    entries = list(bookings(amounts))
    assert {
        day: add_money((entry.currency, entry.amount) for entry in entries if entry.at == noon(day))
        for day in sorted({entry.at.day for entry in entries})
    } == booked


@given(st.lists(st.tuples(st.integers(10, 25), st.integers(0, 10**15)), min_size=1))
def test_the_ledger_always_comes_to_the_last_amount(changes: list[tuple[int, int]]) -> None:
    in_order = sorted(changes, key=lambda change: change[0])
    entries = bookings(amount(day, sum_) for day, sum_ in in_order)
    last = in_order[-1][1]
    assert add_money((entry.currency, entry.amount) for entry in entries) == {"RUB": last}
