"""`report`: the numbers of a period, the very ones the digest and the dashboard show."""

from datetime import date, datetime

from bot.commands import WrongUseError
from bot.commands.data import open_data, texts_of
from bot.domain.kpi import Audience, Period, PeriodKind, Report
from bot.locales import Texts
from bot.runtime.clocks import open_clock
from bot.settings import Settings
from bot.use_cases.build_report import build_report
from bot.use_cases.report_formats import to_csv, to_json
from integrations.telegram.digest_view import render_digest
from integrations.telegram.html import without_markup


async def report(settings: Settings, period: str, day: date | None, audience: str, form: str) -> str:
    """Without a day, the last period that is over. Raises WrongUseError for a period that has not begun."""
    now = open_clock(settings.clock_file).now()
    asked = _period(PeriodKind(period), day, now, settings.timezone)
    async with open_data(settings) as store:
        built = await store.read(build_report, asked, now, Audience(audience))
    return render(built, form, texts_of(settings))


def render(built: Report, form: str, texts: Texts) -> str:
    match form:
        case "json":
            return to_json(built)
        case "csv":
            return to_csv(built)
    return without_markup(str(render_digest(built, texts))) + "\n"


def as_bytes(text: str, form: str) -> bytes:
    """A table goes with a mark of its alphabet, or Excel guesses another one."""
    return text.encode("utf-8-sig" if form == "csv" else "utf-8")


def _period(kind: PeriodKind, day: date | None, now: datetime, zone: str) -> Period:
    if day is None:
        return Period.last_complete(kind, now, zone)
    period = Period.of(kind, day, zone)
    if period.since > now:
        raise WrongUseError(f"--date: {day} has not come yet")
    return period
