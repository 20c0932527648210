"""What the source asks of the catalogues: literal keys, families such as `reject.{…}`, and the values they get."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "handlers", "integrations", "scheduler")

ASKED: dict[str, tuple[int, ...]] = {
    "texts": (0,),
    "plain": (0,),
    "toast": (0,),
    "alert": (0,),
    "say": (2,),
    "_refuse": (3,),
}
"""At which places these functions take the keys of texts."""

FOUND: dict[str, tuple[int, ...]] = {"say": (0,), "on": (1,), "off": (1, 2), "wrong": (1, 2)}
"""The same where findings are collected; there `x` stands for `check.x`."""

NOT_VALUES = {"thread_id", "reply_to", "buttons"}
"""What `say` takes beside the values of its text."""


@dataclass(frozen=True, slots=True)
class Use:
    """A text asked for in one place. `values` is None where they are not all written there."""

    key: str
    values: frozenset[str] | None
    where: str


@dataclass(slots=True)
class Source:
    literals: set[str] = field(default_factory=set)
    """Every string that is no docstring and no name of a log line."""

    checked: set[str] = field(default_factory=set)
    """Every string of the modules that collect findings: there `x` stands for the key `check.x`."""

    beginnings: dict[str, str] = field(default_factory=dict)
    """How f-strings such as `reject.{reason}` begin, and where they stand."""

    uses: list[Use] = field(default_factory=list)


@cache
def read_source() -> Source:
    found = Source()
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if not {"sandbox", "versions"} & set(file.parts):
                _read(file, found)
    return found


def _read(file: Path, found: Source) -> None:
    text = file.read_text("utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    silent = {id(part) for node in _silent(nodes) for part in ast.walk(node)}
    silent |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    findings, place = "Findings" in text, file.relative_to(ROOT)
    for node in nodes:
        if id(node) in silent:
            continue
        where = f"{place}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            (found.checked if findings else found.literals).add(node.value)
            found.literals.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            if beginning := _beginning(node):
                found.beginnings.setdefault(beginning, where)
        elif isinstance(node, ast.Call):
            found.uses += (Use(key, _values(node), where) for key in _asked(node, findings=findings))


def _silent(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Docstrings and the lines of logs."""
    for node in nodes:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.Call) and _called_on(node) == "log"):
            yield node


def _called_on(node: ast.Call) -> str | None:
    """`log` in `log.info(…)`."""
    holder = node.func.value if isinstance(node.func, ast.Attribute) else None
    return holder.id if isinstance(holder, ast.Name) else None


def _beginning(node: ast.JoinedStr) -> str | None:
    first = node.values[0] if node.values else None
    if len(node.values) < 2 or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    space, dot, name = first.value.partition(".")
    return first.value if dot and space.isidentifier() and (not name or name.isidentifier()) else None


def _asked(node: ast.Call, *, findings: bool) -> Iterator[str]:
    """The keys that a call names. Where it chooses between two, both."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if _called_on(node) == "table":
        return  # texts of a TOML file
    checks = findings and name in FOUND
    prefix = "check." if checks else ""
    for place in (FOUND if checks else ASKED).get(name, ()):
        if place < len(node.args):
            yield from (prefix + key for key in _constants(node.args[place]) if key)


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _values(node: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in node.keywords]
    return None if None in names else frozenset(name for name in names if name and name not in NOT_VALUES)
