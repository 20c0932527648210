"""Working hours: what they accept, when they open, and clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.public_holidays import PublicHolidays, UnknownCountryError
from bot.domain.working_time import WorkingHours

MOSCOW = "Europe/Moscow"
BERLIN = "Europe/Berlin"
OFFICE = WorkingHours.parse("Mon-Fri 09:00-18:00", MOSCOW)
LUNCH = WorkingHours.parse("Mon-Fri 09:00-13:00,14:00-18:00; Sat 10:00-15:00", MOSCOW)
ALWAYS = WorkingHours.parse("Mon-Sun 00:00-24:00", BERLIN)


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(MOSCOW))


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("Mon-Fri 09:00-18:00", [[(540, 1080)]] * 5 + [[], []]),
        ("Пн–Пт 9:00–18:00", [[(540, 1080)]] * 5 + [[], []]),
        ("Fri-Mon 10:00-12:00", [[(600, 720)], [], [], [], [(600, 720)], [(600, 720)], [(600, 720)]]),
        ("sat, sun 14:00-15:00, 10:00-11:00", [[]] * 5 + [[(600, 660), (840, 900)]] * 2),
        ("Wed 00:00-24:00;", [[], [], [(0, 1440)], [], [], [], []]),
    ],
)
def test_hours_as_people_write_them(text: str, week: list[list[tuple[int, int]]]) -> None:
    assert [list(day) for day in WorkingHours.parse(text, MOSCOW).week] == week


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no working hours at all"),
        (" ; ", "no working hours at all"),
        ("Mon-Fri", "names no hours"),
        ("09:00-18:00", "names no day"),
        ("Mon-Fry 09:00-18:00", "'fry' is no day"),
        ("Mon-Wed-Fri 09:00-18:00", "no range of days"),
        ("Mon 9-18", "are no hours"),
        ("Mon 09:00-18:00, Sat 10:00-15:00", "days apart by a semicolon"),
        ("Mon 09:00-25:00", "no clock shows"),
        ("Mon 09:70-10:00", "no clock shows"),
        ("Mon 22:00-06:00", "ends before it begins"),
        ("Mon 09:00-09:00", "ends before it begins"),
        ("Mon 09:00-13:00,12:00-18:00", "overlap"),
        ("Mon-Fri 09:00-18:00; Fri 10:00-16:00", "has some already"),
    ],
)
def test_a_mistake_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WorkingHours.parse(text, MOSCOW)


@pytest.mark.parametrize(
    ("at", "is_open", "opens"),
    [
        (moscow(16, 8, 59), False, moscow(16, 9)),
        (moscow(16, 9), True, moscow(16, 9)),
        (moscow(16, 12, 59), True, moscow(16, 12, 59)),
        (moscow(16, 13), False, moscow(16, 14)),
        (moscow(16, 18), False, moscow(17, 9)),
        (moscow(21, 15), False, moscow(23, 9)),
    ],
)
def test_hours_are_half_open(at: datetime, is_open: bool, opens: datetime) -> None:
    assert LUNCH.is_open(at) is is_open
    assert LUNCH.next_opening(at) == opens
    assert LUNCH.next_opening(at).tzinfo is UTC


def test_a_night_between_two_working_days_does_not_count() -> None:
    assert OFFICE.working_seconds(moscow(16, 17), moscow(17, 10)) == 2 * 3600
    assert OFFICE.working_seconds(moscow(20, 18), moscow(23, 9)) == 0
    assert OFFICE.working_seconds(moscow(17, 10), moscow(16, 10)) == 0
    assert LUNCH.working_seconds(moscow(16, 0), moscow(23, 0)) == (5 * 8 + 5) * 3600


def test_a_promise_in_working_time_becomes_a_deadline() -> None:
    assert OFFICE.after(moscow(20, 17, 50), 900) == moscow(23, 9, 5)
    assert OFFICE.after(moscow(21, 12), 900) == moscow(23, 9, 15)
    assert LUNCH.after(moscow(16, 12, 50), 1800) == moscow(16, 14, 20)
    assert OFFICE.after(moscow(16, 17), 3600) == moscow(16, 18)


def test_a_holiday_is_closed() -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00", MOSCOW, lambda day: day == date(2026, 11, 17))
    assert not hours.is_working_day(date(2026, 11, 17))
    assert hours.is_working_day(date(2026, 11, 18))
    assert not hours.is_working_day(date(2026, 11, 21))
    assert not hours.is_open(moscow(17, 12))
    assert hours.next_opening(moscow(16, 18)) == moscow(18, 9)
    assert hours.working_seconds(moscow(16, 17), moscow(18, 10)) == 2 * 3600


def test_the_production_calendar_of_russia() -> None:
    calendar = PublicHolidays("RU")
    hours = WorkingHours.parse("Mon-Thu 09:00-18:00; Fri 09:00-16:45", MOSCOW, calendar.is_holiday, calendar.is_workday)
    assert not hours.is_working_day(date(2026, 11, 4))  # a Wednesday
    assert not hours.is_working_day(date(2026, 12, 31))  # moved here from a Sunday in January
    assert hours.working_day_before(date(2027, 1, 11)) == date(2026, 12, 30)
    assert hours.working_days(date(2026, 12, 28), date(2027, 1, 12)) == 4
    assert hours.is_working_day(date(2025, 11, 1))  # a Saturday that is worked, with the hours of a Friday
    saturday = datetime(2025, 11, 1, 16, 44, tzinfo=ZoneInfo(MOSCOW))
    assert hours.is_open(saturday) and not hours.is_open(saturday + timedelta(minutes=1))
    assert not hours.is_working_day(date(2025, 11, 8))


def test_a_week_without_weekend_has_its_own_hours_on_a_moved_saturday() -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00; Sat 10:00-12:00", MOSCOW, is_workday=lambda _day: True)
    assert hours.week[5] == ((600, 720),)
    assert not hours.is_open(moscow(21, 9)) and hours.is_open(moscow(21, 11))


def test_a_country_of_which_nothing_is_known() -> None:
    with pytest.raises(UnknownCountryError, match="'XX'"):
        PublicHolidays("XX")


def test_a_calendar_without_end_is_refused() -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00", MOSCOW, lambda _day: True)
    with pytest.raises(ValueError, match="closed for more than"):
        hours.next_opening(moscow(16, 9))
    with pytest.raises(ValueError, match="closed for more than"):
        hours.working_day_before(date(2026, 11, 16))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 28), 24)])
def test_a_day_with_a_clock_change_has_its_true_length(day: date, hours: int) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(BERLIN))
    tomorrow = datetime.combine(day + timedelta(days=1), midnight.timetz())
    assert ALWAYS.working_seconds(midnight, tomorrow) == hours * 3600


def test_hours_that_begin_in_the_skipped_hour_begin_with_the_change() -> None:
    hours = WorkingHours.parse("Sun 02:30-03:30", BERLIN)
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert hours.next_opening(datetime(2026, 3, 29, 0, tzinfo=UTC)) == change
    assert hours.working_seconds(change - timedelta(hours=5), change + timedelta(hours=5)) == 1800


moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 10), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments, moments)
def test_working_time_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    hours = WorkingHours.parse("Mon-Fri 00:30-13:00,14:00-24:00; Sun 01:00-04:00", BERLIN)
    a, b, c = sorted((a, b, c))
    whole = hours.working_seconds(a, c)
    assert hours.working_seconds(a, b) + hours.working_seconds(b, c) == pytest.approx(whole, abs=1e-3)
    assert 0 <= whole <= (c - a).total_seconds()


@given(moments, st.floats(0, 500_000))
def test_a_deadline_has_exactly_the_promised_time_before_it(since: datetime, seconds: float) -> None:
    hours = WorkingHours.parse("Mon-Fri 09:00-13:00,14:00-18:00; Sun 01:00-04:00", BERLIN)
    assert hours.working_seconds(since, hours.after(since, seconds)) == pytest.approx(seconds, abs=1e-3)


@given(moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(at: datetime) -> None:
    opening = LUNCH.next_opening(at)
    assert LUNCH.is_open(opening)
    assert LUNCH.working_seconds(at, opening) == 0
