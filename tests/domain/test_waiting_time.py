"""How long a customer is told to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.waiting_time import answered_by, friendly, usual_wait
from bot.domain.working_time import WorkingHours

TARGET = timedelta(minutes=45)


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 5), (300, 5), (301, 10), (1_201, 30), (7_201, 180), (28_801, 540), (36_000, 600)]
)
def test_a_friendly_time_is_never_shorter(seconds: float, minutes: int) -> None:
    assert friendly(seconds) == minutes * 60


@pytest.mark.parametrize(
    ("recent", "waited", "minutes"),
    [
        ([], 0, 45),  # nobody knows better than the promise
        ([60] * 4, 0, 45),  # four are not enough
        ([60] * 5, 0, 5),
        ([60, 60, 60, 600, 3_600], 0, 10),  # four of five were answered in ten minutes
        ([60] * 20 + [3_000] * 5, 2_700, 5),  # who waited as long was answered at 50 minutes
        ([60] * 20, 2_700, 45),  # nobody waited as long: as long again
        ([60] * 20, 7_200, 120),
    ],
)
def test_by_how_fast_people_were_answered_lately(recent: list[float], waited: float, minutes: int) -> None:
    assert usual_wait(recent, TARGET, waited) == minutes * 60


def test_outside_working_hours_the_time_begins_with_the_opening_and_holidays_count_for_nothing() -> None:
    friday_evening = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    hours = WorkingHours.parse("Mon-Fri 09:00-18:00", "UTC", lambda day: day.day == 23)
    assert answered_by(hours, friday_evening, 900) == datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
