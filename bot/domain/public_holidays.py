"""Public holidays of a country, and the weekend days that its government has made working days."""

from datetime import date
from functools import cache
from typing import Any


class UnknownCountryError(ValueError):
    pass


class PublicHolidays:
    """Each year is worked out once, when it is first asked about; so is the library loaded."""

    def __init__(self, country: str) -> None:
        """Raises `UnknownCountryError`; `country` is an ISO 3166 code of two letters."""
        self.country = country
        try:
            _year(country, 2000)
        except NotImplementedError:
            raise UnknownCountryError(f"no public holidays are known for {country!r}; use a code such as RU") from None

    def is_holiday(self, day: date) -> bool:
        return day in _year(self.country, day.year)

    def is_workday(self, day: date) -> bool:
        """A day of the weekend that is worked, for a holiday moved elsewhere."""
        return day in _year(self.country, day.year).weekend_workdays


@cache
def _year(country: str, year: int) -> Any:
    from holidays import country_holidays  # half a hundred milliseconds that most commands never need

    return country_holidays(country, years=year, expand=False)
