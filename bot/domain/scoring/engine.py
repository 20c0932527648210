"""Scoring itself: events and rules in, total, band and reasons out.

Time alone never raises a total (only positive points fade), so a lead reaches sales by an event, never overnight.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.scoring.band import Band
from bot.domain.scoring.facts import Event, Facts
from bot.domain.scoring.result import Score, ScoreReason
from bot.domain.scoring.rules import Group, Reading, Rule, Rules
from bot.domain.scoring.text import fold

_DAY: Final = timedelta(days=1)

Matching = Mapping[str, Sequence[Event]]
"""By rule id, the events a rule matches, newest first."""


def score(facts: Facts, rules: Rules, now: datetime, previous_band: Band | None = None) -> Score:
    """The score at `now` (with a time zone; ValueError without), for a lead that is in `previous_band`.

    To replay the past, pass the events stored by then. An event later than `now` counts as fresh: the platform's clock
    may be ahead of ours, and a message must not be worth nothing for a second.
    """
    if now.utcoffset() is None:
        raise ValueError("now needs a time zone")
    known = {name: fold(value) for name, value in facts.known.items() if value}
    readings = [Reading.of(event) for event in facts.events]
    applicable = [rule for rule in rules.rules if rule.accepts_contact(known)]
    matching = {rule.id: rule.matching(readings) for rule in applicable if rule.looks_at_events}
    reasons: list[ScoreReason] = []
    group_points: Counter[str] = Counter()
    for rule in applicable:
        reason = _reason(rule, matching, now) if rule.points else None
        if reason is not None:
            reasons.append(reason)
            if rule.group is not None:
                group_points[rule.group] += reason.points
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.rule_id))
    for group_id, group in sorted(rules.groups.items()):
        if group_points[group_id] > group.cap:
            reasons.append(_overflow(group, group_points[group_id]))
    total = sum(reason.points for reason in reasons)
    return Score(total, rules.thresholds.band(total, previous_band), tuple(reasons))


def points_by_event(facts: Facts, rules: Rules, now: datetime) -> list[tuple[Event, ScoreReason]]:
    """What each event brings by each rule that counts it, before the caps of groups; rounded event by event."""
    known = {name: fold(value) for name, value in facts.known.items() if value}
    readings = [Reading.of(event) for event in facts.events]
    applicable = [rule for rule in rules.rules if rule.accepts_contact(known) and rule.looks_at_events]
    matching = {rule.id: rule.matching(readings) for rule in applicable}
    return [
        (event, ScoreReason(rule.id, _faded_points(rule, [event], now), rule.reason, rule.points, last_at=event.at))
        for rule in applicable
        if rule.points
        for event in _counted(rule, matching)
    ]


def handoff(score: Score, rules: Rules) -> bool:
    """Whether the score is enough to hand the lead to sales."""
    return score.total >= rules.handoff


def next_decay_at(
    facts: Facts, rules: Rules, now: datetime, band: Band, horizon: timedelta = timedelta(days=365)
) -> datetime | None:
    """When the lead will have left `band` by fading alone, to the hour; None: not within `horizon`."""

    def faded(hours: int) -> bool:
        return score(facts, rules, now + timedelta(hours=hours), band).band is not band

    early, late = 0, int(horizon / timedelta(hours=1))
    if not faded(late):
        return None
    while early < late:
        middle = (early + late) // 2
        early, late = (early, middle) if faded(middle) else (middle + 1, late)
    return now + timedelta(hours=late)


def _reason(rule: Rule, matching: Matching, now: datetime) -> ScoreReason | None:
    if not rule.looks_at_events:
        return ScoreReason(rule.id, rule.points, rule.reason, rule.points)
    events = _counted(rule, matching)
    if not events:
        return None
    return ScoreReason(
        rule.id,
        _faded_points(rule, events, now),
        rule.reason,
        full_points=rule.points * len(events),
        times=len(events),
        last_at=events[0].at,
        half_life_days=rule.half_life_days,
    )


def _counted(rule: Rule, matching: Matching) -> Sequence[Event]:
    """The newest events of the rule that nothing newer has made obsolete."""
    obsolete_before = max((matching[other][0].at for other in rule.until if matching.get(other)), default=None)
    events = matching[rule.id]
    if obsolete_before is not None:
        events = [event for event in events if event.at >= obsolete_before]
    return events[: rule.max_times]


def _faded_points(rule: Rule, events: Sequence[Event], now: datetime) -> int:
    if rule.half_life_days is None:
        return rule.points * len(events)
    ages = (max((now - event.at) / _DAY, 0.0) for event in events)
    # Rounded once a reason, and the total is the sum of reasons: nothing is lost between the two.
    return math.floor(sum(rule.points * math.exp2(-age / rule.half_life_days) for age in ages) + 0.5)


def _overflow(group: Group, points: int) -> ScoreReason:
    texts = {
        "ru": f"Предел группы «{group.title['ru']}» ({group.cap})",
        "en": f'Cap of group "{group.title["en"]}" ({group.cap})',
    }
    return ScoreReason(f"cap:{group.id}", group.cap - points, texts, group.cap - points)
