"""Nested answers in human words: «Какой бюджет?: до 300 000» and not `answers.2.a`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

QUESTIONS = ("q", "question", "title", "label")
ANSWERS = ("a", "answer", "answers", "value", "values")
"""How builders call the two halves of a pair."""

_LONGEST_NAME, _DEEPEST = 512, 5
_BRACKETS = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was filled in."""

    path: str
    """Where it stood, as `contacts.phone`; a field that stood at the top has its name alone."""
    label: str
    """What a person calls it."""
    text: str

    @property
    def longer_label(self) -> str:
        """Two things of one name are told apart by what they stood in."""
        above = _last(self.path.rpartition(".")[0]) if "." in self.path else ""
        return f"{above} / {self.label}" if above else self.label


def flatten(given: Mapping[str, Any]) -> list[Said]:
    """Every field in its order, the empty ones too."""
    return [said for name, value in _nested(given).items() for said in _within(name, value)]


def plain(value: Any) -> str:
    """Checkboxes come as lists, numbers as numbers; what lies deeper is told part by part."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case str():
            return value.replace("\x00", "").strip()
        case list():
            return ", ".join(filter(None, map(plain, value)))
        case dict():
            pair = _pair(value)
            if pair is not None:
                return f"{pair[0]}: {pair[1]}" if pair[1] else ""
            return " · ".join(f"{name}: {told}" for name, inside in value.items() if (told := plain(inside)))
        case _:
            return str(value)


def _within(path: str, value: Any) -> Iterator[Said]:
    if isinstance(value, dict):
        if (pair := _pair(value)) is not None:
            yield Said(path, *pair)
        else:
            for name, inside in value.items():
                yield from _within(f"{path}.{name}", inside)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for one in value:
            pair = _pair(one) if isinstance(one, dict) else None
            yield Said(f"{path}.{pair[0]}", *pair) if pair is not None else Said(path, _last(path), plain(one))
    else:
        yield Said(path, _last(path), plain(value))


def _pair(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """The question and the answer to it, where that is what it is."""
    question = next((plain(value[name]) for name in QUESTIONS if isinstance(value.get(name), str)), "")
    answer = next((plain(value[name]) for name in ANSWERS if name in value), None)
    return (question.rstrip(" :"), answer) if question and answer is not None else None


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """`contacts[phone]`, as PHP writes it, is the phone within the contacts."""
    nested: dict[str, Any] = {}
    for name, value in given.items():
        found = _BRACKETS.fullmatch(str(name).strip()[:_LONGEST_NAME])
        inner = [part for part in re.findall(r"\[([^\[\]]*)\]", found[2]) if part] if found else []
        path = [found[1], *inner[:_DEEPEST]] if found and inner else [str(name).strip()]
        inside = nested
        for part in path[:-1]:
            below = inside.setdefault(part, {})
            inside = below if isinstance(below, dict) else inside.setdefault(f"{part}[]", {})
        inside[path[-1] if path[-1] not in inside else ".".join(path)] = value
    return nested


def _last(path: str) -> str:
    return path.rpartition(".")[2].strip() or path
