"""All texts a person reads, in one catalogue a language."""

import gettext
import io
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
)
from markupsafe import Markup

LOCALES = ("ru", "en")


@cache
def catalogue(locale: str) -> gettext.GNUTranslations:
    """Read from the `.po` file at start: no compiled file can be older than its source."""
    with (Path(__file__).parent / f"{locale}.po").open("rb") as file:
        parsed = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Texts:
    """The voice of the product in one language. Texts are HTML; whatever is put into them is escaped."""

    def __init__(self, locale: str, zone: tzinfo) -> None:
        self.locale, self.zone = locale, zone
        self._catalogue = catalogue(locale)

    def __call__(self, key: str, **values: Any) -> Markup:
        """The text of `key`; `count` chooses the plural form."""
        return Markup(self._find(key, values)).format(**values)  # noqa: S704 - the catalogue is ours; format() escapes

    def plain(self, key: str, **values: Any) -> str:
        """The text of `key` where Telegram takes no HTML: buttons, alerts, topic names."""
        return self._find(key, values).format(**values)

    def _find(self, key: str, values: dict[str, Any]) -> str:
        count = values.get("count")
        return self._catalogue.ngettext(key, key, count) if isinstance(count, int) else self._catalogue.gettext(key)

    def duration(self, seconds: float) -> str:
        """«4 мин», "2 h 5 min": short, and free of grammatical case. What lies in the future began just now."""
        seconds = max(0.0, seconds)
        minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86_400)
        if minutes < 1:
            return self.plain("duration.seconds", seconds=int(seconds))
        if hours < 1:
            return self.plain("duration.minutes", minutes=minutes)
        if days < 1:
            return self.plain("duration.hours", hours=hours, minutes=minutes % 60)
        return self.plain("duration.days", days=days, hours=hours % 24)

    def moment(self, at: datetime) -> str:
        return format_datetime(at, "d MMM, HH:mm", tzinfo=self.zone, locale=self.locale)

    def when(self, at: datetime, now: datetime) -> str:
        """«сегодня, 13:40», "tomorrow, 10:00", «пн, 24 нояб., 10:00»: a moment to come, as one says it at `now`."""
        days = (at.astimezone(self.zone).date() - now.astimezone(self.zone).date()).days
        if days not in (0, 1):
            return format_datetime(at, "EEE, d MMM, HH:mm", tzinfo=self.zone, locale=self.locale)
        time = format_datetime(at, "HH:mm", tzinfo=self.zone, locale=self.locale)
        return self.plain("when.tomorrow" if days else "when.today", time=time)

    def short_day(self, at: datetime) -> str:
        """The day of a moment, «12 декабря»."""
        return format_date(at.astimezone(self.zone).date(), "d MMMM", locale=self.locale)

    def day(self, day: date) -> str:
        return format_date(day, "EEEE, d MMMM", locale=self.locale)

    def weekday(self, day: date) -> str:
        """«пн», "Mon"."""
        return format_date(day, "ccc", locale=self.locale)

    def days(self, first: date, last: date, year: int) -> str:
        """«пятница, 20 ноября», «пт 20 – вс 22 ноября», «1 – 30 ноября»; with the year where it is not `year`."""
        if first == last:
            return format_date(first, "EEEE, d MMMM" + _year(first, year), locale=self.locale)
        weekday = "EEE " if (last - first).days < 7 else ""
        one_month = (first.year, first.month) == (last.year, last.month)
        begins = f"{weekday}d" + ("" if one_month else " MMMM" + _year(first, year))
        ends = f"{weekday}d MMMM{_year(last, year)}"
        return f"{format_date(first, begins, locale=self.locale)} – {format_date(last, ends, locale=self.locale)}"

    def date_of(self, day: date) -> str:
        """«9 января», "January 9"."""
        return format_date(day, "d MMMM" if self.locale == "ru" else "MMMM d", locale=self.locale)

    def money(self, minor_units: int, currency: str) -> str:
        """Whole amounts without their zero cents, in the currency's own number of digits."""
        digits = get_currency_precision(currency)
        amount = minor_units / 10**digits
        whole = minor_units % 10**digits == 0
        return format_currency(
            amount, currency, "#,##0\u00a0¤" if whole else None, locale=self.locale, currency_digits=not whole
        )

    def rounded_money(self, minor_units: float, currency: str) -> str:
        """«162 333 ₽»: of a mean nobody wants the cents."""
        unit = 10 ** get_currency_precision(currency)
        return self.money(round(minor_units / unit) * unit, currency)

    def short_money(self, minor_units: int, currency: str) -> str:
        """«1,3 млн ₽»: for where there is little room."""
        amount = minor_units / 10 ** get_currency_precision(currency)
        number = format_compact_decimal(amount, locale=self.locale, fraction_digits=1)
        return f"{number}\u00a0{get_currency_symbol(currency, self.locale)}"

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def percent(self, share: float | None) -> str:
        return "–" if share is None else f"{self.number(round(share * 100, 1))}\u00a0%"


def _year(day: date, this_year: int) -> str:
    return "" if day.year == this_year else " y"
