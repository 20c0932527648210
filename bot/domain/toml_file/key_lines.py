"""Where each key of a TOML text stands: tomllib does not tell, and an error without a line is no help."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Names, and positions in arrays of tables, from the top."""

_PIECE = re.compile(
    r"""
      "{3} (?:\\.|[^\\])*? "{3} (?!")
    | '{3} .*? '{3} (?!')
    | "(?:\\.|[^"\\\n])*"
    | '[^'\n]*'
    | \#[^\n]*
    | [\n\[\]{}=]
    | [^\n\[\]{}="'\#]+
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")


@dataclass(slots=True)
class _Statement:
    """A table header or one `key = value`, which may span lines."""

    line: int
    key: list[str] = field(default_factory=list)
    has_value: bool = False


class KeyLines:
    """Line numbers by path, such as ("rules", 2, "points"), of a text that tomllib accepts."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._array_sizes: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for statement in _statements(text.replace("\r\n", "\n")):
            if statement.has_value:
                self._note(table, _names(statement.key), statement.line)
            else:
                table = self._open_table(statement)

    def line(self, path: KeyPath) -> int:
        """The line of `path`, or of the nearest thing around it that has one."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _note(self, table: KeyPath, names: list[str], line: int) -> None:
        for length in range(1, len(names) + 1):
            self._lines.setdefault((*table, *names[:length]), line)

    def _open_table(self, header: _Statement) -> KeyPath:
        is_array = header.key[:2] == ["[", "["]
        names = _names([piece for piece in header.key if piece not in "[]"])
        table: KeyPath = ()
        for position, name in enumerate(names):
            table = (*table, name)
            self._lines.setdefault(table, header.line)
            if is_array and position == len(names) - 1:
                self._array_sizes[table] = self._array_sizes.get(table, 0) + 1
            if table in self._array_sizes:
                table = (*table, self._array_sizes[table] - 1)
                self._lines.setdefault(table, header.line)
        return table


def _statements(text: str) -> Iterator[_Statement]:
    line, depth = 1, 0
    statement: _Statement | None = None
    for piece in _PIECE.findall(text):
        if piece == "\n" and depth == 0:
            if statement is not None:
                yield statement
            statement = None
        elif piece.strip() and not piece.startswith("#"):
            statement = statement or _Statement(line)
            if piece == "=" and depth == 0:
                statement.has_value = True
            elif not statement.has_value:
                statement.key.append(piece.strip())
            depth += (piece in _OPENING) - (piece in _CLOSING)
        line += piece.count("\n")
    if statement is not None:
        yield statement


def _names(pieces: list[str]) -> list[str]:
    """The parts of a key: `attribute."Ваш бюджет".below` → attribute, Ваш бюджет, below."""
    names: list[str] = []
    for piece in pieces:
        if piece[0] in "\"'":
            names.append(tomllib.loads(f"name = {piece}")["name"])
        else:
            names.extend(part for part in map(str.strip, piece.split(".")) if part)
    return names
