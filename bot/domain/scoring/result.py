"""The score of a contact and the lines that explain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.scoring.band import Band

FALLBACK_LOCALE = "en"


def localised(texts: Mapping[str, str], locale: str) -> str:
    """The text for `locale` ("ru", "ru_RU", "ru-RU"), in English where there is none."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return texts.get(language) or texts[FALLBACK_LOCALE]


@dataclass(frozen=True, slots=True)
class ScoreReason:
    """One line of why. `points` count; `full_points` is what they were before time took its share."""

    rule_id: str
    points: int
    texts: Mapping[str, str]
    full_points: int
    times: int = 1
    last_at: datetime | None = None
    """The newest event behind it; None for what has no moment, such as a known phone."""
    half_life_days: float | None = None

    def text(self, locale: str) -> str:
        return localised(self.texts, locale)


@dataclass(frozen=True, slots=True)
class Score:
    """The points of all reasons sum to `total`. Reasons come strongest first, the caps of groups last."""

    total: int
    band: Band
    reasons: tuple[ScoreReason, ...]

    def strongest(self, limit: int) -> tuple[ScoreReason, ...]:
        """At most `limit` (≥ 1) reasons for a card, the weaker ones as one line: they still sum to the total."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        telling = [reason for reason in self.reasons if reason.points]
        if len(telling) <= limit:
            return tuple(telling)
        shown, rest = telling[: limit - 1], telling[limit - 1 :]
        points = sum(reason.points for reason in rest)
        texts = {"ru": f"Прочее ({len(rest)})", "en": f"Other ({len(rest)})"}
        return (*shown, ScoreReason("other", points, texts, points, times=len(rest)))
