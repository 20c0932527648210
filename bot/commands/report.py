"""`report`: the numbers of a period, the very ones the digest and the dashboard show."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commands import WrongUseError
from bot.commands.data import open_data, texts_of
from bot.domain.kpi import Audience, Period, PeriodKind, Report
from bot.domain.working_time import WorkingHours
from bot.locales import Texts
from bot.runtime.clocks import open_clock
from bot.runtime.drawing import Painter
from bot.runtime.hours import read_hours
from bot.settings import Settings
from bot.use_cases.build_digest import trend_until
from bot.use_cases.build_report import build_report
from bot.use_cases.report_formats import to_csv, to_json
from integrations.telegram.digest_picture import picture_of
from integrations.telegram.digest_view import render_digest
from integrations.telegram.html import without_markup


async def report(settings: Settings, period: str, day: date | None, audience: str, form: str) -> str | bytes:
    """Without a day, the last period that is over. Raises WrongUseError for a period that has not begun."""
    now, hours, texts = open_clock(settings.clock_file).now(), read_hours(settings), texts_of(settings)
    asked = _period(PeriodKind(period), day, now, settings.timezone)
    async with open_data(settings) as store:
        if form == "png":
            trend = await store.read(trend_until, _begun(asked, now))
            return await Painter(settings.data_dir / "drawing").draw(picture_of(trend, texts, hours, now))
        built = await store.read(build_report, asked, now, Audience(audience))
    return render(built, form, texts, hours)


def render(built: Report, form: str, texts: Texts, hours: WorkingHours) -> str:
    match form:
        case "json":
            return to_json(built)
        case "csv":
            return to_csv(built)
    return without_markup(str(render_digest(built, texts, hours))) + "\n"


def as_file(content: str | bytes, form: str) -> bytes:
    """A table goes with a mark of its alphabet, or Excel guesses another one."""
    if isinstance(content, bytes):
        return content
    return content.encode("utf-8-sig" if form == "csv" else "utf-8")


def _begun(period: Period, now: datetime) -> Period:
    """Without the days still to come: a picture has no use for them."""
    tomorrow = now.astimezone(ZoneInfo(period.zone)).date() + timedelta(days=1)
    return period if period.end <= tomorrow else Period.between(period.first, tomorrow, period.zone)


def _period(kind: PeriodKind, day: date | None, now: datetime, zone: str) -> Period:
    if day is None:
        return Period.last_complete(kind, now, zone)
    period = Period.of(kind, day, zone)
    if period.since > now:
        raise WrongUseError(f"--date: {day} has not come yet")
    return period
