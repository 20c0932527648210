"""The README names nothing that is not there, and its table of settings is the settings."""

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from bot.locales import LOCALES, catalogue
from bot.settings import Settings
from handlers import commands
from integrations.telegram.sandbox.images import PIXEL

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CODE = re.findall(r"`([^`\n]+)`", README)
SETTINGS = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]+)`)? ?\| (.+) \|$", README, re.MULTILINE)
UNBUILT: set[str] = set()
"""Settings of parts that are not built yet; the README says so."""


def default_of(name: str) -> str:
    default = Settings.model_fields[name.lower()].default
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default == frozenset() else str(default)


def test_the_table_of_settings_is_the_settings() -> None:
    assert {name: default for name, default, _ in SETTINGS} == {
        name.upper(): default_of(name) for name in Settings.model_fields
    }
    assert len(SETTINGS) == len(Settings.model_fields)


def test_what_nothing_uses_is_said_to_be_unused() -> None:
    sources = [
        path for package in ("bot", "handlers", "integrations", "scheduler") for path in (ROOT / package).rglob("*.py")
    ]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    unused = {name for name in Settings.model_fields if not re.search(rf"(settings|_settings|self)\.{name}\b", code)}
    assert {name.upper() for name in unused} == UNBUILT
    assert {name for name, _, meaning in SETTINGS if "nothing uses it yet" in meaning} == UNBUILT


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)[`=]", README))))
def test_settings_in_the_text_exist(name: str) -> None:
    assert name.lower() in Settings.model_fields


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))))
def test_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted({part for part in CODE if "python -m bot " in part}))
def test_commands_exist(command: str) -> None:
    """With the options that are named, as far as the words that are lower-case go."""
    words = command.split("python -m bot ")[1].split()
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    runner, group = CliRunner(), get_command(app)
    steps: list[str] = []
    for name in names:
        known = getattr(group, "commands", {})
        if name not in known:
            break
        steps, group = [*steps, name], known[name]
    assert steps, command
    told = runner.invoke(app, [*steps, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert told.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert option in told.output


def test_every_command_is_in_the_table() -> None:
    group = get_command(app)
    for name in getattr(group, "commands", {}):
        assert f"| `python -m bot {name}" in README


def test_commands_in_telegram_exist() -> None:
    source = Path(commands.__file__).read_text("utf-8")
    registered = set(re.findall(r'Command\("(\w+)"\)', source)) | {"note", "stop"}  # words of a teammate, of a customer
    of_botfather = {"newbot", "setprivacy", "mybots", "revoke"}
    addresses = {"healthz", "readyz", "metrics"}
    named = {match[1] for part in CODE if (match := re.fullmatch(r"/([a-z]+)(?: .*)?", part))}
    assert named - of_botfather - addresses <= registered
    assert registered - {"start"} <= named


@pytest.mark.parametrize("path", sorted({part for part in CODE if re.fullmatch(r"(\w+/)+[\w.]*", part)}))
def test_folders_and_files_exist(path: str) -> None:
    assert (ROOT / path).exists() or path in ("docker/.env", Settings.model_fields["timezone"].default)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!https?:)[^)]+)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("label", sorted(set(re.findall(r"«([^»]+)»(?: \(\*|[,:; ])", README))))
def test_buttons_are_called_so(label: str) -> None:
    texts = [str(text) for text in catalogue("ru")._catalog.values()]  # type: ignore[attr-defined]
    assert label in texts


@pytest.mark.parametrize("pair", re.findall(r"«([^»]+)» \(\*([^*]+)\*\)", README), ids=lambda pair: pair[1])
def test_buttons_are_translated_so(pair: tuple[str, str]) -> None:
    russian, english = (catalogue(locale)._catalog for locale in LOCALES)  # type: ignore[attr-defined]
    keys = [key for key, text in russian.items() if text == pair[0] and str(key).startswith("button.")]
    assert [re.sub(r"^\W+", "", english[key]) for key in keys] == [pair[1]]


def test_the_picture_is_crisp_and_light() -> None:
    picture = (ROOT / "docs" / "pictures" / "conversation.png").read_bytes()
    assert picture[:8] == PIXEL[:8]
    assert int.from_bytes(picture[16:20], "big") >= 1600
    assert len(picture) < 400_000
