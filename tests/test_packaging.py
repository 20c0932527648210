"""The four top-level packages are ours, the environment is pinned, and no file knows one machine or package index."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "integrations", "scheduler")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

# Spelled so that this file is not the one that breaks the rule.
INDEX = re.compile(r"py[p]i\.org|python[h]osted\.org|registry\.[n]pmjs|index[-]url")
MACHINE = re.compile(r"(?<![\w.:/*-])/(roo[t]|wor[k]|hom[e]/\w+|opt/py[p]i)/")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def required(name: str, extras: frozenset[str], seen: set[str]) -> Iterator[str]:
    """Names of everything that installing `name` here brings."""
    for line in distribution(name).requires or []:
        requirement = Requirement(line)
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            continue
        wanted = canonicalize_name(requirement.name)
        if wanted not in seen:
            seen.add(wanted)
            yield wanted
            yield from required(wanted, frozenset(requirement.extras), seen)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_brings_a_package_of_our_name(package: str) -> None:
    assert set(packages_distributions()[package]) == {"gemba"}


def test_every_requirement_is_pinned_to_what_is_installed() -> None:
    pins: dict[str, str] = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        name, version = re.fullmatch(r"([\w.-]+)==([\w.]+)", line).groups()  # type: ignore[union-attr]
        pins[str(canonicalize_name(name))] = version
    needed = set(required("gemba", frozenset({"dev"}), set()))
    assert {name: pins.get(name) for name in needed} == {name: distribution(name).version for name in needed}


def test_the_project_is_kept_from_being_uploaded() -> None:
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]


def test_every_file_beside_the_code_is_package_data() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    beside = [path for path in tracked_files() if path.relative_to(ROOT).parts[0] in PACKAGES and path.suffix != ".py"]
    assert [str(path) for path in beside if not any(path.match(one) for one in (*patterns, "README.md"))] == []


@pytest.mark.parametrize("kind", ["address of a package index", "path of one machine"])
def test_no_tracked_file_holds_an(kind: str) -> None:
    forbidden = INDEX if kind.startswith("address") else re.compile(f"{MACHINE.pattern}|{re.escape(str(ROOT))}/")
    found = []
    for path in tracked_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in forbidden.finditer(text)]
    assert found == []


def test_handlers_never_import_bot_whole() -> None:
    """aiogram hands every handler an argument called `bot`; the name must stay free."""
    for file in (ROOT / "handlers").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not [name for name in node.names if name.name.split(".")[0] == "bot"], f"{file}:{node.lineno}"


@pytest.mark.parametrize("hook", re.findall(r"entry: \.venv/bin/(.+)", (ROOT / ".pre-commit-config.yaml").read_text()))
def test_pre_commit_runs_what_check_runs(hook: str) -> None:
    check = (ROOT / "Makefile").read_text("utf-8").split("\ncheck:")[1].split("\n\n")[0]
    assert f"$(BIN)/{hook}" in check


def test_ci_runs_make_check() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert re.search(r"^exec make check\b", script.read_text("utf-8"), re.MULTILINE)
    subprocess.run(["bash", "-n", script], check=True)
