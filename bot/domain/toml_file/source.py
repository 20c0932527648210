"""A settings file as text, and checked access to its tables: every wrong value is an error with a line number."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from bot.domain.errors import GembaError
from bot.domain.toml_file.key_lines import KeyLines, KeyPath

MAX_BYTES: Final = 256 * 1024
_TOMLLIB_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class TomlFileError(GembaError):
    """The file cannot be used. Its text is one line: file, line, what is wrong, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__("".join(character if character.isprintable() else "?" for character in message))


def read_text(path: Path, setting: str) -> str:
    """The text of the file that `setting` names; TomlFileError when it cannot be read, is too large or is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise TomlFileError(f"{path}: no such file; correct {setting} or leave it out for the defaults") from None
    except OSError as error:
        raise TomlFileError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise TomlFileError(f"{path}: larger than {MAX_BYTES // 1024} kB; this is no file for {setting}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TomlFileError(f"{path}:{line}: not UTF-8 text; save the file as UTF-8") from None


def quoted(value: object) -> str:
    """A value as the author wrote it, but short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def hint(word: str, choices: Iterable[str]) -> str:
    """`; did you mean "…"?` or nothing."""
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file. Getters return checked values and raise TomlFileError for all others."""

    name: str
    """The file, as messages name it."""
    lines: KeyLines
    path: KeyPath
    values: dict[str, object]
    label: str = ""
    """What the table describes, as messages name it: `rule "asked_price": `."""

    @classmethod
    def parse(cls, text: str, name: str) -> "Table":
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = _TOMLLIB_PLACE.search(str(error))
            line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
            raise TomlFileError(f"{name}:{line}: not valid TOML: {_TOMLLIB_PLACE.sub('', str(error))}") from None
        except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
            raise TomlFileError(f"{name}: not valid TOML: too long a number or too deeply nested") from None
        return cls(name, KeyLines(text), (), values)

    def fail(self, message: str, *key: str | int) -> NoReturn:
        raise TomlFileError(f"{self.name}:{self.lines.line((*self.path, *key))}: {self.label}{message}")

    def only(self, *allowed: str) -> None:
        for key in self.values:
            if key not in allowed:
                advice = hint(key, allowed) or f"; known here: {', '.join(allowed)}"
                self.fail(f"unknown key {quoted(key)}{advice}", key)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def _get(self, key: str, kind: str) -> object:
        if key not in self.values:
            self.fail(f"{key} is missing; it must be {kind}")
        return self.values[key]

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        if default is not None and key not in self:
            return default
        value = self._get(key, "a whole number")
        if type(value) is not int:
            self.fail(f"{key} must be a whole number, got {quoted(value)}", key)
        if not least <= value <= most:
            self.fail(f"{key} must be from {least} to {most}, got {value}", key)
        return value

    def number(self, key: str) -> float:
        value = self._get(key, "a number")
        if type(value) not in (int, float) or not abs(float(str(value))) < 1e15:
            self.fail(f"{key} must be a number, got {quoted(value)}", key)
        return float(str(value))

    def text(self, key: str) -> str:
        value = self._get(key, "a text")
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{key} must be a text in quotes, got {quoted(value)}", key)
        return value.strip()

    def texts(self, key: str) -> list[str]:
        value = self._get(key, "a list of texts")
        items = value if isinstance(value, list) else []
        if not items or not all(isinstance(item, str) and item.strip() for item in items):
            self.fail(f'{key} must be a list of texts such as ["one", "two"], got {quoted(value)}', key)
        return [item.strip() for item in items]

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.fail(f"{key} must be true or false, got {quoted(value)}", key)
        return value

    def true(self, key: str) -> None:
        if self.values[key] is not True:
            self.fail(f"{key} can only be true, got {quoted(self.values[key])}", key)

    def table(self, key: str, label: str | None = None, example: str = "") -> "Table":
        """The sub-table `key`, empty when absent; `example` tells how to write it."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(f"{key} must be a table{example and f' such as {example}'}, got {quoted(value)}", key)
        return Table(self.name, self.lines, (*self.path, key), value, self.label if label is None else label)

    def tables(self, key: str) -> "list[Table]":
        """The array of tables `key`, each labelled by its position."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fail(f"{key} must be written as [[{key}]] tables", key)
        singular = key.removesuffix("s")
        return [
            Table(self.name, self.lines, (*self.path, key, position), item, f"{singular} {position + 1}: ")
            for position, item in enumerate(value)
        ]
