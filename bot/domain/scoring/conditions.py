"""Conditions of a rule: one test of one value, where a missing value passes no test but its own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.scoring.patterns import MAX_SUBJECT
from bot.domain.scoring.text import fold

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of a folded value; without a test the value must be missing."""

    test: Callable[[str], bool] | None

    def holds(self, value: str | None) -> bool:
        """Whether `value` (None or empty: missing) meets the condition."""
        if self.test is None:
            return not value
        return value is not None and value != "" and self.test(value)


def missing() -> Condition:
    return Condition(None)


def present() -> Condition:
    return Condition(lambda _: True)


def one_of(*values: str) -> Condition:
    folded = frozenset(map(fold, values))
    return Condition(lambda value: value in folded)


def contains(part: str) -> Condition:
    folded = fold(part)
    return Condition(lambda value: folded in value)


def starts_with(beginning: str) -> Condition:
    folded = fold(beginning)
    return Condition(lambda value: value.startswith(folded))


def finds(pattern: re.Pattern[str], limit: int | None = None) -> Condition:
    """The pattern occurs in the first `limit` characters."""
    return Condition(lambda value: pattern.search(value[:limit]) is not None)


def matches(pattern: re.Pattern[str]) -> Condition:
    return finds(pattern, MAX_SUBJECT)


def in_range(at_least: float | None, below: float | None) -> Condition:
    """A number in the half-open range; "1 500,50" is a number, "1500 руб" is not."""

    def test(value: str) -> bool:
        number = _number(value)
        return number is not None and (at_least is None or number >= at_least) and (below is None or number < below)

    return Condition(test)


def _number(value: str) -> float | None:
    digits = value.replace(" ", "")
    return float(digits.replace(",", ".")) if _NUMBER.fullmatch(digits) else None
