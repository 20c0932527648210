"""The team's working hours, as the settings and the public holidays of the country have them."""

from bot.domain.public_holidays import PublicHolidays, UnknownCountryError
from bot.domain.working_time import WorkingHours
from bot.settings import Settings, SettingsError


def read_hours(settings: Settings) -> WorkingHours:
    """Raises `SettingsError` with one line that names the setting at fault."""
    try:
        calendar = PublicHolidays(settings.country)
    except UnknownCountryError as error:
        raise SettingsError(f"COUNTRY: {error}") from error
    try:
        return WorkingHours.parse(settings.working_hours, settings.timezone, calendar.is_holiday, calendar.is_workday)
    except ValueError as error:
        raise SettingsError(f"WORKING_HOURS: {error}") from error
