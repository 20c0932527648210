"""Lead scoring: stored customer events in, an explainable total and a band out."""

from bot.domain.scoring.band import Band
from bot.domain.scoring.engine import handoff, next_decay_at, points_by_event, score
from bot.domain.scoring.explain import band_title, explain
from bot.domain.scoring.facts import KNOWN_FIELDS, Event, Facts
from bot.domain.scoring.loading import default_rules, load_rules, parse_rules
from bot.domain.scoring.result import Score, ScoreReason
from bot.domain.scoring.rules import Group, Rule, Rules

__all__ = [
    "KNOWN_FIELDS",
    "Band",
    "Event",
    "Facts",
    "Group",
    "Rule",
    "Rules",
    "Score",
    "ScoreReason",
    "band_title",
    "default_rules",
    "explain",
    "handoff",
    "load_rules",
    "next_decay_at",
    "parse_rules",
    "points_by_event",
    "score",
]
