"""The published Bot API as a second opinion on every call: methods, parameters, types, nested objects."""

import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.state import Json

VARIABLE = "GEMBA_EVALUATION_DATA"
_FILE = "telegram_bot_api_spec.json"
# The published description is of version 10.1; these fields came later.
_NEWER: dict[str, dict[str, list[str]]] = {
    "InlineKeyboardButton": {"disabled": ["Boolean"]},
    "ChatMemberAdministrator": {"can_send_welcome_messages": ["Boolean"]},
}
_SIMPLE = ("Integer", "Float", "String", "Boolean", "True", "InputFile")


class Specification:
    def __init__(self, document: Json) -> None:
        self._methods: Json = document["methods"]
        self._types: Json = document["types"]

    def parameters(self, method: str) -> dict[str, bool] | None:
        """The names of the parameters and whether each is required; None for an unknown method."""
        found = self._method(method)
        return None if found is None else {field["name"]: field["required"] for field in found.get("fields", ())}

    def problems(self, method: str, raw: Mapping[str, Any], uploads: Mapping[str, Upload]) -> list[str]:
        found = self._method(method)
        if found is None:
            return [f"{method}: no such method"]
        attached = {name for name in uploads if any(field["name"] == name for field in found.get("fields", ()))}
        given = {**raw, **{name: uploads[name] for name in attached}}
        return [f"{method}: {problem}" for problem in self._object(found.get("fields", ()), {}, given, loose=True)]

    def _method(self, name: str) -> Json | None:
        found: Json | None = self._methods.get(name) or self._methods_lower.get(name.lower())
        return found

    @functools.cached_property
    def _methods_lower(self) -> Json:
        return {name.lower(): method for name, method in self._methods.items()}

    def _object(
        self, fields: Any, newer: dict[str, list[str]], given: Mapping[str, Any], *, loose: bool
    ) -> Iterator[str]:
        known = {field["name"]: field["types"] for field in fields} | newer
        for name, value in given.items():
            if name not in known:
                yield f"unknown field {name!r}"
            elif value is not None and not any(self._fits(kind, value, loose=loose) for kind in known[name]):
                yield f"{name!r} is not {' or '.join(known[name])}"
        for field in fields:
            if field["required"] and given.get(field["name"]) is None:
                yield f"required {field['name']!r} is missing"

    def _fits(self, kind: str, value: Any, *, loose: bool) -> bool:
        """Loose is the outermost level, where a form gives numbers and objects as text."""
        if kind in _SIMPLE:
            return _fits_simple(kind, value, loose=loose)
        if loose and isinstance(value, str):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                return False
        if kind.startswith("Array of "):
            inner = kind.removeprefix("Array of ")
            if not isinstance(value, list):
                return False
            # An array of several types is described once for each of them, and may mix them.
            kinds = self._siblings(inner)
            return all(any(self._fits(each, item, loose=False) for each in kinds) for item in value)
        if kind == "KeyboardButton" and isinstance(value, str):
            return True
        if not isinstance(value, dict) or kind not in self._types:
            return False
        subtypes = self._types[kind].get("subtypes")
        if subtypes:
            return any(self._fits(subtype, value, loose=False) for subtype in subtypes)
        newer = _NEWER.get(kind, {})
        return next(self._object(self._types[kind].get("fields", ()), newer, value, loose=False), None) is None

    def _siblings(self, kind: str) -> list[str]:
        mixed: list[str] = self._types["InputMedia"]["subtypes"]
        return mixed if kind.startswith("InputMedia") else [kind]


def _fits_simple(kind: str, value: Any, *, loose: bool) -> bool:
    if kind == "InputFile":
        return isinstance(value, Upload)
    if kind == "String":
        return isinstance(value, str)
    if kind in ("Boolean", "True"):
        return isinstance(value, bool) or (loose and value in ("true", "false", "True", "False", "1", "0"))
    if isinstance(value, str) and loose:
        try:
            float(value) if kind == "Float" else int(value)
        except ValueError:
            return False
        return True
    numbers = int | float if kind == "Float" else int
    return isinstance(value, numbers) and not isinstance(value, bool)


@functools.lru_cache(maxsize=4)
def _load(file: Path) -> Specification:
    return Specification(orjson.loads(file.read_bytes()))


def from_environment() -> Specification | None:
    folder = os.environ.get(VARIABLE)
    file = Path(folder) / _FILE if folder else None
    return _load(file) if file is not None and file.is_file() else None
