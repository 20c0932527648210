"""What the pages for people name is there, in both languages, and the table of settings is the settings."""

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
PAGES = [
    ("README.md", "README.ru.md"),
    ("docs/team.md", "docs/team.ru.md"),
    ("docs/settings.md", "docs/settings.ru.md"),
]
"""Each in English and in Russian."""
TEXTS = {name: (ROOT / name).read_text("utf-8") for pair in PAGES for name in pair}
README = "\n".join(TEXTS.values())
CODE = re.findall(r"`([^`\n]+)`", README)
SETTING = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]+)`)? ?\| (.+) \|$", re.MULTILINE)
UNBUILT: set[str] = set()
"""Settings of parts that are not built yet; the table says so."""


def default_of(name: str) -> str:
    default = Settings.model_fields[name.lower()].default
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default == frozenset() else str(default)


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/settings.ru.md"])
def test_the_table_of_settings_is_the_settings(page: str) -> None:
    told = [(name, default) for name, default, _ in SETTING.findall(TEXTS[page])]
    assert sorted(told) == sorted((name.upper(), default_of(name)) for name in Settings.model_fields)


@pytest.mark.parametrize("pair", PAGES, ids=lambda pair: pair[0])
def test_both_languages_say_the_same(pair: tuple[str, str]) -> None:
    """As far as a test can tell: as many headings, steps, points and rows, and the same code, buttons and pictures."""
    english, russian = (re.sub(r"```.*?```", "", TEXTS[name], flags=re.DOTALL) for name in pair)
    russian = russian.replace("/demo.ru.", "/demo.en.")
    for shape in (r"^#+ ", r"^\d+\. ", r"^- ", r"^\|"):
        assert len(re.findall(shape, english, re.MULTILINE)) == len(re.findall(shape, russian, re.MULTILINE)), shape
    for named in (
        r"`([^`\n]+)`",
        r"«([^»]+)»",
        r"\]\(([^)]+\.(?:png|webp|gif))\)",
        r"\]\((https?:[^)]+)\)",
    ):
        one, other = (set(re.findall(named, re.sub(r"(?<!\n)\n(?!\n)", " ", text))) for text in (english, russian))
        assert one == other, named


def test_what_nothing_uses_is_said_to_be_unused() -> None:
    sources = [
        path for package in ("bot", "handlers", "integrations", "scheduler") for path in (ROOT / package).rglob("*.py")
    ]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    unused = {name for name in Settings.model_fields if not re.search(rf"(settings|_settings|self)\.{name}\b", code)}
    assert {name.upper() for name in unused} == UNBUILT
    told = SETTING.findall(TEXTS["docs/settings.md"])
    assert {name for name, _, meaning in told if "nothing uses it yet" in meaning} == UNBUILT


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
    names = [word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)*", word)]
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
        assert f"| `python -m bot {name}" in TEXTS["README.md"]


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


@pytest.mark.parametrize(
    ("page", "link"),
    sorted({(name, link) for name, text in TEXTS.items() for link in re.findall(r"\]\(((?!https?:)[^)]+)\)", text)}),
)
def test_links_lead_somewhere(page: str, link: str) -> None:
    assert (ROOT / page).parent.joinpath(link).exists()


@pytest.mark.parametrize("label", sorted(set(re.findall(r"«([^»]+)»(?: \(\*|[,:; ])", README))))
def test_buttons_are_called_so(label: str) -> None:
    texts = [str(text) for text in catalogue("ru")._catalog.values()]  # type: ignore[attr-defined]
    assert label in texts


@pytest.mark.parametrize("pair", re.findall(r"«([^»]+)» \(\*([^*]+)\*\)", README), ids=lambda pair: pair[1])
def test_buttons_are_translated_so(pair: tuple[str, str]) -> None:
    russian, english = (catalogue(locale)._catalog for locale in LOCALES)  # type: ignore[attr-defined]
    keys = [key for key, text in russian.items() if text == pair[0] and str(key).startswith("button.")]
    assert [re.sub(r"^\W+", "", english[key]) for key in keys] == [pair[1]]


@pytest.mark.parametrize("language", LOCALES)
def test_the_pictures_are_crisp_and_light(language: str) -> None:
    pictures = ROOT / "docs" / "pictures"
    picture = (pictures / f"demo.{language}.png").read_bytes()
    assert picture[:8] == PIXEL[:8]
    assert int.from_bytes(picture[16:20], "big") >= 1600
    assert len(picture) < 400_000
    film = (pictures / f"demo.{language}.webp").read_bytes()
    assert (film[:4], film[8:16]) == (b"RIFF", b"WEBPVP8X") and b"ANMF" in film
    assert len(film) < 800_000
