"""One [[rules]] table of a scoring file, checked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.domain.scoring.condition_loading import load_condition, load_conditions
from bot.domain.scoring.facts import KNOWN_FIELDS
from bot.domain.scoring.rules import Group, Rule
from bot.domain.scoring.text import fold
from bot.domain.toml_file import Table, hint, quoted

MAX_POINTS: Final = 1_000
LOCALES: Final = ("ru", "en")
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ABOUT_EVENTS = ("half_life_days", "max_times", "until")
_CONDITIONS = ("event", "channel", "text", "attribute", "known")
_KEYS = ("id", "points", "reason", "group", *_ABOUT_EVENTS, *_CONDITIONS)


def name_rule(table: Table) -> Table:
    """The table with its rule's id in its error messages."""
    rule_id = table.text("id")
    check_id(table, rule_id, "id")
    return replace(table, label=f"rule {quoted(rule_id)}: ")


def load_rule(table: Table, groups: Mapping[str, Group]) -> Rule:
    """The rule without its `until`, which needs the other rules."""
    table.only(*_KEYS)
    rule = Rule(
        id=table.text("id"),
        points=table.whole("points", -MAX_POINTS, MAX_POINTS),
        reason=load_localised(table, "reason"),
        group=_group(table, groups),
        half_life_days=_half_life(table),
        max_times=table.whole("max_times", 1, MAX_POINTS, default=1),
        kinds=_names(table, "event"),
        channels=_names(table, "channel"),
        text=load_condition(table, "text") if "text" in table else None,
        attributes=load_conditions(table, "attribute"),
        known=load_conditions(table, "known"),
    )
    for name in rule.known:
        if name not in KNOWN_FIELDS:
            advice = hint(name, KNOWN_FIELDS) or f"; there are {', '.join(KNOWN_FIELDS)}"
            table.fail(f"known has no field {quoted(name)}{advice}", "known", name)
    if not rule.looks_at_events:
        if not rule.known:
            table.fail(f"has no condition; add one of {', '.join(_CONDITIONS)}")
        for key in _ABOUT_EVENTS:
            if key in table:
                table.fail(f"{key} needs a condition on events; known fields have no time and count once", key)
    return rule


def check_id(table: Table, value: str, key: str) -> None:
    if not _ID.fullmatch(value):
        table.fail(f"{quoted(value)} is no id; use small Latin letters, digits and _, a letter first", key)


def load_localised(table: Table, key: str) -> dict[str, str]:
    """A text in every locale."""
    if key not in table:
        table.fail(f"{key} is missing; write {' and '.join(f'{key}.{locale}' for locale in LOCALES)}")
    texts = table.table(key, example='{ ru = "…", en = "…" }')
    texts.only(*LOCALES)
    named = replace(texts, label=f"{table.label}{key}.")
    return {locale: named.text(locale) for locale in LOCALES}


def _group(table: Table, groups: Mapping[str, Group]) -> str | None:
    if "group" not in table:
        return None
    group = table.text("group")
    if group not in groups:
        advice = hint(group, groups) or f"; add a [groups.{group}] table with cap and title"
        table.fail(f"unknown group {quoted(group)}{advice}", "group")
    return group


def _half_life(table: Table) -> float | None:
    if "half_life_days" not in table:
        return None
    days = table.number("half_life_days")
    if not 0.01 <= days <= 3_650:
        table.fail(f"half_life_days must be from 0.01 to 3650, got {days:g}", "half_life_days")
    if table.whole("points", -MAX_POINTS, MAX_POINTS) < 0:
        table.fail("half_life_days needs positive points; to lift negative ones later, use until", "half_life_days")
    return days


def _names(table: Table, key: str) -> frozenset[str]:
    return frozenset(map(fold, table.texts(key))) if key in table else frozenset()
