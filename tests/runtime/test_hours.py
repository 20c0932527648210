"""Hours and holidays out of the settings, and the one line that names what is wrong with them."""

from datetime import date

import pytest

from bot.runtime.hours import read_hours
from bot.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("RU", date(2026, 11, 4), False),
        ("DE", date(2026, 11, 4), True),
        ("DE", date(2026, 10, 3), False),
        ("RU", date(2025, 11, 1), True),  # a Saturday, in exchange for Monday the 3rd
        ("DE", date(2025, 11, 1), False),
    ],
)
def test_each_country_has_its_own_holidays(country: str, day: date, works: bool) -> None:
    hours = read_hours(Settings(_env_file=None, country=country))
    assert hours.is_working_day(day) is works


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"country": "XX"}, "COUNTRY: no public holidays are known for 'XX'; use a code such as RU"),
        ({"working_hours": "Mon 9-18"}, "WORKING_HOURS: '9-18' are no hours"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], line: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_hours(Settings(_env_file=None, **wrong))  # type: ignore[arg-type]
    assert str(error.value).startswith(line) and "\n" not in str(error.value)
