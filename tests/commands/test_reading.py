"""`report`, `export` and `score explain` on a database with a worked day in it."""

import asyncio
import csv
import html
import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest

from bot.domain.kpi import Audience, Period, PeriodKind
from bot.domain.scoring import explain, parse_rules, score
from bot.locales import Texts
from bot.runtime.hours import read_hours
from bot.settings import Settings
from bot.storage.leads import get_lead
from bot.storage.store import Tx
from bot.storage.tables import touches
from bot.use_cases.build_report import build_report
from bot.use_cases.report_formats import to_csv, to_json
from bot.use_cases.score_lead import gather_facts
from integrations.telegram.digest_view import render_digest
from tests.commands.conftest import Called, within
from tests.conftest import MONDAY_NOON
from tests.use_cases.journal import MOSCOW, Journal, local
from tests.use_cases.test_build_report import worked_day

MONDAY = Period.of(PeriodKind.DAY, date(2026, 11, 16), "Europe/Moscow")
HOURS = read_hours(Settings(_env_file=None))
LATER = MONDAY_NOON + timedelta(days=3)
ASKED = ("report", "--period", "day", "--date", "2026-11-16")


@pytest.fixture
def filled(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The clock of the commands stands at Thursday noon."""
    within(database, worked_day)

    class Standing:
        def now(self):  # type: ignore[no-untyped-def]
            return LATER

    for module in ("report", "score", "failed"):
        monkeypatch.setattr(f"bot.commands.{module}.open_clock", lambda _file: Standing())
    return database


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("audience", Audience)
def test_the_text_is_the_digest(
    filled: str, call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch, audience: Audience, locale: str
) -> None:
    monkeypatch.setenv("LOCALE", locale)
    code, out, err = call(*ASKED, "--audience", audience)
    assert (code, err) == (0, "")
    digest = render_digest(within(filled, build_report, MONDAY, LATER, audience), Texts(locale, MOSCOW), HOURS)
    assert "<tg-time" in digest and "<b>" in digest
    assert out == html.unescape(re.sub("<[^>]+>", "", digest)) + "\n"
    assert "Забытый" in out or audience is Audience.MARKETING


def test_the_picture_of_the_days_up_to_now(filled: str, call: Callable[..., Called], tmp_path: Path) -> None:
    out = tmp_path / "week.png"
    asked = ("report", "--period", "week", "--date", "2026-11-18", "--format", "png", "--out", str(out))
    assert call(*asked) == (0, "", "")
    drawn = out.read_bytes()
    assert drawn.startswith(b"\x89PNG") and drawn[16:24] == struct.pack(">II", 1080, 1350)


def test_json_and_csv_are_those_of_the_exports(filled: str, call: Callable[..., Called], tmp_path: Path) -> None:
    built = within(filled, build_report, MONDAY, LATER, Audience.SALES)
    assert call(*ASKED, "--audience", "sales", "--format", "json") == (0, to_json(built), "")
    out = tmp_path / "report.csv"
    assert call(*ASKED, "--audience", "sales", "--format", "csv", "--out", str(out)) == (0, "", "")
    assert out.read_bytes() == b"\xef\xbb\xbf" + to_csv(built).encode()
    assert sorted(tmp_path.glob(".*part")) == []


@pytest.mark.parametrize(
    ("arguments", "first", "end"),
    [
        ((), "2026-11-18", "2026-11-19"),
        (("--period", "week"), "2026-11-09", "2026-11-16"),
        (("--period", "month"), "2026-10-01", "2026-11-01"),
        (("--period", "week", "--date", "2026-11-18"), "2026-11-16", "2026-11-23"),
        (("--period", "month", "--date", "2026-11-18"), "2026-11-01", "2026-12-01"),
        (("--date", "2026-11-19"), "2026-11-19", "2026-11-20"),
    ],
)
def test_periods(filled: str, call: Callable[..., Called], arguments: tuple[str, ...], first: str, end: str) -> None:
    plain = orjson.loads(call("report", *arguments, "--format", "json")[1])
    assert (plain["period"]["first"], plain["period"]["end"]) == (first, end)


def test_tomorrow_is_no_period_yet(filled: str, call: Callable[..., Called]) -> None:
    assert call("report", "--date", "2026-11-20") == (2, "", "--date: 2026-11-20 has not come yet\n")


@pytest.mark.parametrize("out", ["none/report.txt", "."])
def test_a_place_that_cannot_be_written_to(filled: str, call: Callable[..., Called], out: str) -> None:
    for command in ((*ASKED, "--out", out), ("export", "leads", "--out", out)):
        code, shown, err = call(*command)
        assert (code, shown, err.count("\n")) == (1, "", 1)
        assert "folder" in err


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ((), 8),
        (("--from", "2026-11-16"), 6),
        (("--to", "2026-11-16"), 7),
        (("--from", "2026-11-16", "--to", "2026-11-16"), 5),
        (("--from", "2026-11-17", "--to", "2026-11-17"), 1),
        (("--to", "2026-11-14"), 2),
    ],
)
def test_both_days_belong_to_the_range(
    filled: str, call: Callable[..., Called], tmp_path: Path, arguments: tuple[str, ...], rows: int
) -> None:
    within(filled, lambda tx: Journal(tx).lead(local(17, 0, 0)))
    out = tmp_path / "leads.csv"
    code, said, err = call("export", "leads", "--out", str(out), *arguments)
    assert (code, said, err) == (0, f"Rows exported: {rows}. File: {out}\n", "")
    assert len(list(csv.reader(io.StringIO(out.read_text("utf-8-sig"), newline="")))) == rows + 1


@pytest.mark.parametrize("rows", ["leads", "messages", "events", "feedback"])
def test_every_kind_in_every_format(filled: str, call: Callable[..., Called], tmp_path: Path, rows: str) -> None:
    for form in ("csv", "xlsx", "jsonl"):
        assert call("export", rows, "--format", form, "--out", str(tmp_path / form))[0] == 0
    assert zipfile.is_zipfile(tmp_path / "xlsx")
    assert all(orjson.loads(line) for line in (tmp_path / "jsonl").read_bytes().splitlines())


def test_a_score_is_explained_as_of_now(
    filled: str, call: Callable[..., Called], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(tx: Tx) -> int:
        lead_id = Journal(tx).lead(local(16, 12), band="information", score=7)
        contact = get_lead(tx, lead_id).contact_id  # type: ignore[union-attr]
        tx.execute(touches.insert().values(contact_id=contact, kind="visit", channel="site", at=local(16), answers={}))
        return lead_id

    number = within(filled, add)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, "utf-8")
    monkeypatch.setenv("SCORING_FILE", str(rules))
    code, out, err = call("score", "explain", str(number))
    assert (code, err) == (0, "")

    def again(tx: Tx) -> list[str]:
        lead = get_lead(tx, number)
        assert lead is not None
        return explain(score(gather_facts(tx, lead.contact_id), parse_rules(RULES), LATER), "en", MOSCOW)

    assert out.splitlines() == [*within(filled, again), "On the card: 7, as of the last event."]
    assert "  +30  Looked around" in out


def test_an_unknown_lead(filled: str, call: Callable[..., Called]) -> None:
    assert call("score", "explain", "404") == (1, "", "There is no lead №404.\n")


def test_a_scoring_file_with_a_mistake(
    filled: str, call: Callable[..., Called], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("handoff = = 1")
    monkeypatch.setenv("SCORING_FILE", str(rules))
    code, out, err = call("score", "explain", "1")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"{rules}:1" in err


def test_nothing_is_shown_twice_on_a_terminal(filled: str, tmp_path: Path) -> None:
    """The bar is for a terminal: output in a file holds the result alone."""
    from bot.commands.export import export

    told: list[tuple[int, int]] = []
    settings = Settings(_env_file=None, database_url=filled, locale="en")
    out = tmp_path / "events.csv"
    asyncio.run(export(settings, "events", "csv", out, None, None, lambda done, total: told.append((done, total))))
    assert told and told[-1][0] == told[-1][1]


RULES = """
handoff = 40
[bands]
marketing_qualified = 20
sales_accepted = 40
sales_qualified = 70
[[rules]]
id = "visit"
points = 30
event = ["visit"]
reason = { ru = "Заходил на сайт", en = "Looked around" }
"""
