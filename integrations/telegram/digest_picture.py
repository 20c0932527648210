"""What the picture of a digest says, in the firm's language."""

from datetime import date, datetime, timedelta

from bot.domain.kpi import Totals, Trend
from bot.domain.working_time import WorkingHours
from bot.drawing import Day, Picture, Step
from bot.locales import Texts
from integrations.telegram.digest_view import span

STEPS = ("created", "handed_over", "claimed", "answered", "won")
MOST_LABELLED = 16
"""With more days than this only Mondays have their names."""

HOURS_FROM = 180 * 60
"""Seconds from which the times of answers are told in hours."""


def picture_of(trend: Trend, texts: Texts, hours: WorkingHours, now: datetime) -> Picture:
    period, whole = trend.period, trend.whole
    dates = [period.first + timedelta(days=number) for number in range(period.days)]
    longest = max((day.first_response.median or 0 for day in trend.days), default=0)
    unit, seconds = ("hours", 3600) if longest > HOURS_FROM else ("minutes", 60)
    return Picture(
        title=texts.days(dates[0], dates[-1], now.astimezone(texts.zone).year),
        figures=(
            (texts.number(whole.created), texts.plain("picture.figure_new")),
            (texts.number(whole.won), _sales(whole, texts)),
            (span(whole.first_response.median, texts), texts.plain("picture.figure_answer")),
        ),
        new_title=texts.plain("picture.new"),
        won_title=texts.plain("picture.won"),
        answer_title=texts.plain(f"picture.answer_{unit}"),
        funnel_title=texts.plain("picture.funnel"),
        nothing=texts.plain("picture.nothing"),
        days=tuple(
            Day(
                label=_label(day, len(dates), texts),
                off=not hours.is_working_day(day),
                new=totals.created,
                won=totals.won,
                answer=None if totals.first_response.median is None else totals.first_response.median / seconds,
            )
            for day, totals in zip(dates, trend.days, strict=True)
        ),
        funnel=tuple(Step(texts.plain(f"picture.step_{step}"), getattr(whole, step)) for step in STEPS),
    )


def _sales(whole: Totals, texts: Texts) -> str:
    sums = [texts.short_money(amount, currency) for currency, amount in sorted(whole.revenue.items())]
    return " · ".join([texts.plain("picture.figure_won"), *sums[:1]])


def _label(day: date, days: int, texts: Texts) -> str:
    return f"{texts.weekday(day)}\n{day.day}" if days <= MOST_LABELLED or day.weekday() == 0 else ""
