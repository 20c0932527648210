"""The table of threats names tests that there are: what nobody tests protects nobody."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", SECURITY)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_each_named_test_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    found = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert name in found


def test_each_surface_names_who_attacks_what_protects_and_what_shows_it() -> None:
    surfaces = SECURITY.partition("## Threats")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in surfaces.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 18
    for row in rows:
        assert len(row) == 4 and all(cell.strip() for cell in row), row
        assert "::test_" in row[3] or row[3].strip().startswith("not tested:"), row[0]
