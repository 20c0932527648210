"""The small condition language: one test for one value, such as `{ one_of = ["yandex", "vk"] }`."""

from collections.abc import Callable
from typing import Final

from bot.domain.scoring import conditions
from bot.domain.scoring.conditions import Condition
from bot.domain.scoring.patterns import bounded_pattern
from bot.domain.scoring.text import fold, words_pattern
from bot.domain.toml_file import Table, quoted


def load_condition(parent: Table, key: str, subject: str = "") -> Condition:
    """The condition `key` of `parent`; `subject` (`attribute.budget`) names it in errors."""
    subject = subject or key
    table = parent.table(key, example='{ equals = "…" }')
    table.only(*_TESTS)
    tests = [test for test in _TESTS if test in table]
    if not tests:
        table.fail(f"{subject} has no test; use one of {', '.join(_TESTS)}")
    if len(tests) > 1 and tests != ["at_least", "below"]:
        table.fail(f"{subject} has several tests ({', '.join(tests)}); choose one, or make two rules", tests[1])
    return _TESTS[tests[0]](table, tests[0])


def load_conditions(parent: Table, key: str) -> dict[str, Condition]:
    """The conditions by folded name in the table `key` of `parent`."""
    table = parent.table(key, example='{ name = { equals = "…" } }')
    return {fold(name): load_condition(table, name, f"{key}.{name}") for name in table.values}


def _missing(table: Table, key: str) -> Condition:
    table.true(key)
    return conditions.missing()


def _present(table: Table, key: str) -> Condition:
    table.true(key)
    return conditions.present()


def _words(table: Table, key: str) -> Condition:
    phrases = table.texts(key)
    try:
        return conditions.finds(words_pattern(phrases))
    except ValueError as error:
        table.fail(f"{key}: {error}", key)


def _matches(table: Table, key: str) -> Condition:
    pattern = table.text(key)
    try:
        return conditions.matches(bounded_pattern(pattern))
    except ValueError as error:
        table.fail(f"{key} {quoted(pattern)} {error}", key)


def _range(table: Table, _key: str) -> Condition:
    at_least = table.number("at_least") if "at_least" in table else None
    below = table.number("below") if "below" in table else None
    if at_least is not None and below is not None and at_least >= below:
        table.fail(f"at_least must be less than below ({below:g}), got {at_least:g}", "at_least")
    return conditions.in_range(at_least, below)


_TESTS: Final[dict[str, Callable[[Table, str], Condition]]] = {
    "equals": lambda table, key: conditions.one_of(table.text(key)),
    "one_of": lambda table, key: conditions.one_of(*table.texts(key)),
    "contains": lambda table, key: conditions.contains(table.text(key)),
    "starts_with": lambda table, key: conditions.starts_with(table.text(key)),
    "words": _words,
    "matches": _matches,
    "at_least": _range,
    "below": _range,
    "present": _present,
    "missing": _missing,
}
