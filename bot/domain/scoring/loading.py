"""From a scoring file to `Rules`: what is wrong with a file is found at the start, never at a customer's message."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

from bot.domain.scoring.band import Thresholds
from bot.domain.scoring.rule_loading import MAX_POINTS, check_id, load_localised, load_rule, name_rule
from bot.domain.scoring.rules import Group, Rule, Rules
from bot.domain.toml_file import Table, TomlFileError, hint, quoted, read_text

_BANDS = ("marketing_qualified", "sales_accepted", "sales_qualified")


def load_rules(path: str | Path) -> Rules:
    """Read and check a scoring file (TOML, UTF-8, at most 256 kB). Raises TomlFileError."""
    return parse_rules(read_text(Path(path), "SCORING_FILE"), str(path))


def parse_rules(text: str, name: str = "scoring.toml") -> Rules:
    """Check a scoring file's text; errors call it `name`. Raises TomlFileError."""
    if not text.strip():
        raise TomlFileError(f"{name}: the file is empty; start from a copy of the default rules")
    top = Table.parse(text, name)
    top.only("handoff", "hysteresis", "bands", "groups", "rules")
    thresholds = _thresholds(top)
    groups = _groups(top)
    return Rules(thresholds, _handoff(top, thresholds), _rules(top, groups), groups)


@cache
def default_rules() -> Rules:
    """The rules that apply when the firm has written none."""
    text = resources.files("bot.domain.scoring").joinpath("default.toml").read_text("utf-8")
    return parse_rules(text, "default.toml")


def _thresholds(top: Table) -> Thresholds:
    bands = top.table("bands", "bands: ")
    bands.only(*_BANDS)
    starts = {band: bands.whole(band, -MAX_POINTS, MAX_POINTS) for band in _BANDS}
    for lower, upper in pairwise(_BANDS):
        if starts[lower] >= starts[upper]:
            bands.fail(f"{upper} must be higher than {lower} ({starts[lower]}), got {starts[upper]}", upper)
    narrowest = min(starts[upper] - starts[lower] for lower, upper in pairwise(_BANDS))
    hysteresis = top.whole("hysteresis", 0, MAX_POINTS, default=0)
    if hysteresis >= narrowest:
        top.fail(f"hysteresis must be less than the narrowest band ({narrowest}), got {hysteresis}", "hysteresis")
    return Thresholds(**starts, hysteresis=hysteresis)


def _handoff(top: Table, thresholds: Thresholds) -> int:
    handoff = top.whole("handoff", -MAX_POINTS, MAX_POINTS)
    lowest, highest = thresholds.marketing_qualified, thresholds.sales_qualified
    if not lowest <= handoff <= highest:
        top.fail(
            f"handoff must lie between marketing_qualified ({lowest}) and sales_qualified ({highest}), got {handoff}",
            "handoff",
        )
    return handoff


def _groups(top: Table) -> dict[str, Group]:
    tables = top.table("groups", "groups: ")
    groups = {}
    for name in tables.values:
        check_id(tables, name, name)
        table = tables.table(name, f"group {quoted(name)}: ")
        table.only("cap", "title")
        groups[name] = Group(name, table.whole("cap", 0, MAX_POINTS), load_localised(table, "title"))
    return groups


def _rules(top: Table, groups: Mapping[str, Group]) -> tuple[Rule, ...]:
    tables: dict[str, Table] = {}
    rules: dict[str, Rule] = {}
    for unnamed in top.tables("rules"):
        table = name_rule(unnamed)
        rule = load_rule(table, groups)
        if rule.id in rules:
            table.fail("this id is used twice; rename one of the two rules", "id")
        if rule.id in groups:
            table.fail("a group has the same id; rename the rule or the group", "id")
        tables[rule.id], rules[rule.id] = table, rule
    if not rules:
        top.fail("there are no rules; add at least one [[rules]] table", "rules")
    return tuple(replace(rule, until=_until(tables[rule.id], rules, groups)) for rule in rules.values())


def _until(table: Table, rules: Mapping[str, Rule], groups: Mapping[str, Group]) -> frozenset[str]:
    """The ids of the rules that `until` names, a group standing for all rules in it."""
    if "until" not in table:
        return frozenset()
    ids: set[str] = set()
    for name in table.texts("until"):
        if name not in rules and name not in groups:
            table.fail(f"until names no rule and no group: {quoted(name)}{hint(name, [*rules, *groups])}", "until")
        if name in rules and not rules[name].looks_at_events:
            table.fail(f"until names rule {quoted(name)}, which has no condition on events", "until")
        ids.update(rule.id for rule in rules.values() if name in (rule.id, rule.group))
    return frozenset(ids)
