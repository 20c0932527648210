"""A score in words, for people who want to know why."""

from datetime import UTC, tzinfo
from typing import Final

from bot.domain.scoring.band import Band
from bot.domain.scoring.result import Score, ScoreReason, localised

_BANDS: Final = {
    Band.INFORMATION: {"ru": "холодный", "en": "cold"},
    Band.MARKETING_QUALIFIED: {"ru": "присматривается", "en": "interested"},
    Band.SALES_ACCEPTED: {"ru": "тёплый", "en": "warm"},
    Band.SALES_QUALIFIED: {"ru": "горячий", "en": "hot"},
}
_TOTAL: Final = {"ru": "Итого {total}: {band}", "en": "Total {total}: {band}"}
_NOTHING: Final = {"ru": "Ни одно правило не сработало", "en": "No rule applied"}
_FADED: Final = {
    "ru": "было {full}, ослабло со временем (вдвое за {days} дн.)",
    "en": "was {full}, faded with time (half in {days} days)",
}
_MOMENT: Final = {"ru": "%d.%m.%Y %H:%M", "en": "%Y-%m-%d %H:%M"}


def band_title(band: Band, locale: str) -> str:
    """What the band means, in words."""
    return localised(_BANDS[band], locale)


def explain(score: Score, locale: str, zone: tzinfo = UTC) -> list[str]:
    """The total and band, then one line a reason: points, text, how often, when last (in `zone`), what faded."""
    total = localised(_TOTAL, locale).format(total=score.total, band=band_title(score.band, locale))
    if not score.reasons:
        return [total, localised(_NOTHING, locale)]
    return [total, *(_line(reason, locale, zone) for reason in score.reasons)]


def _line(reason: ScoreReason, locale: str, zone: tzinfo) -> str:
    text = reason.text(locale)
    details = [f"{text} ×{reason.times}" if reason.times > 1 else text]
    if reason.last_at is not None:
        details.append(reason.last_at.astimezone(zone).strftime(localised(_MOMENT, locale)))
    if reason.half_life_days is not None and reason.points != reason.full_points:
        faded = localised(_FADED, locale)
        details.append(faded.format(full=f"{reason.full_points:+d}", days=f"{reason.half_life_days:g}"))
    return f"{reason.points:+5d}  " + " · ".join(details)
