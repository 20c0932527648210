"""Exports: every row of the range once, readable in a spreadsheet, harmless in it, and whole or not at all."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from bot.storage.store import Store, Tx
from bot.storage.store.base import new_id
from bot.storage.tables import channel_identities, conversations, leads, messages
from bot.use_cases import export_rows as export
from bot.use_cases.export_rows import Dataset, FileFormat, export_rows
from bot.use_cases.write_rows import guarded
from tests.use_cases.journal import Journal, local

ZONE = "Europe/Moscow"


def one_of_each(tx: Tx) -> None:
    journal = Journal(tx)
    anna = journal.teammate("Анна")
    lead = journal.lead(local(16, 23, 30), name='=HYPERLINK("http://evil")', source="yandex")
    journal.claim(lead, anna, local(16, 23, 40))
    journal.amount(lead, anna, local(16, 23, 41), 150_000_00)
    journal.reject(lead, anna, local(16, 23, 45), "spam")
    contact = tx.execute(leads.select()).one().contact_id
    identity = new_id(
        tx.execute(
            channel_identities.insert().values(
                contact_id=contact, channel="telegram", external_id="7", created_at=local(16)
            )
        )
    )
    talk = new_id(
        tx.execute(
            conversations.insert().values(contact_id=contact, identity_id=identity, chat="7", created_at=local(16))
        )
    )
    for number, (text, author) in enumerate([("+79161234567", None), ("@SUM(1)\nи ещё", anna)]):
        tx.execute(
            messages.insert().values(
                conversation_id=talk,
                lead_id=lead,
                author_id=author,
                direction="outbound" if author else "inbound",
                status="sent" if author else "received",
                kind="text",
                text=text,
                file={},
                chat="7",
                external_id=str(number),
                at=local(16, 23, 30 + number),
            )
        )


async def exported(store: Store, dataset: Dataset, out: Path, **dates: Any) -> list[dict[str, str]]:
    count = await export_rows(store, dataset, FileFormat.CSV, out, ZONE, **dates)
    rows = as_a_spreadsheet_reads(out)
    assert len(rows) == count
    return rows


def as_a_spreadsheet_reads(out: Path) -> list[dict[str, str]]:
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "without it Excel takes the file for another alphabet"
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


async def test_a_lead_with_its_touch_its_money_and_both_clocks(store: Store, tmp_path: Path) -> None:
    await store.write(one_of_each)
    [row] = await exported(store, Dataset.LEADS, tmp_path / "leads.csv")
    assert row["contact"] == '\'=HYPERLINK("http://evil")'
    assert (row["owner"], row["first_source"], row["status"]) == ("Анна", "yandex", "rejected")
    assert (row["amount_minor"], row["currency"]) == ("15000000", "RUB")
    assert (row["created_at"], row["created_at_local"]) == ("2026-11-16T20:30:00Z", "2026-11-16 23:30:00")
    assert (row["first_answered_at"], row["first_answered_at_local"]) == ("", "")


async def test_messages_events_and_feedback(store: Store, tmp_path: Path) -> None:
    await store.write(one_of_each)
    said = await exported(store, Dataset.MESSAGES, tmp_path / "messages.csv")
    assert [(row["author"], row["text"], row["channel"]) for row in said] == [
        ("", "+79161234567", "telegram"),
        ("Анна", "'@SUM(1)\nи ещё", "telegram"),
    ]
    happened = await exported(store, Dataset.EVENTS, tmp_path / "events.csv")
    assert [row["kind"] for row in happened] == ["created", "claimed", "amount_set", "rejected"]
    assert orjson.loads(happened[2]["data"])["amount"] == 150_000_00
    [judged] = await exported(store, Dataset.FEEDBACK, tmp_path / "feedback.csv")
    assert (judged["reason"], judged["rejected_by"], judged["state"]) == ("spam", "Анна", "open")


@pytest.mark.parametrize(
    ("dates", "rows"),
    [
        ({"first": date(2026, 11, 16), "end": date(2026, 11, 17)}, 1),
        ({"first": date(2026, 11, 17)}, 0),
        ({"end": date(2026, 11, 16)}, 0),
        ({"first": date(2026, 11, 16)}, 1),
    ],
)
@pytest.mark.parametrize("dataset", [Dataset.LEADS, Dataset.FEEDBACK])
async def test_dates_are_local_days_and_half_open(
    store: Store, tmp_path: Path, dataset: Dataset, dates: dict[str, date], rows: int
) -> None:
    await store.write(one_of_each)
    assert len(await exported(store, dataset, tmp_path / "out.csv", **dates)) == rows


async def test_an_empty_range_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="empty"):
        await exported(store, Dataset.LEADS, tmp_path / "x.csv", first=date(2026, 11, 17), end=date(2026, 11, 17))


@pytest.mark.parametrize("file_format", FileFormat)
async def test_an_empty_table_gives_an_empty_file(store: Store, tmp_path: Path, file_format: FileFormat) -> None:
    out = tmp_path / "out"
    assert await export_rows(store, Dataset.EVENTS, file_format, out, ZONE) == 0
    assert out.exists()


async def test_jsonl_keeps_types(store: Store, tmp_path: Path) -> None:
    await store.write(one_of_each)
    out = tmp_path / "events.jsonl"
    await export_rows(store, Dataset.EVENTS, FileFormat.JSONL, out, ZONE)
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert lines[2]["data"]["amount"] == 150_000_00
    assert (lines[0]["at"], lines[0]["at_local"]) == ("2026-11-16T20:30:00Z", "2026-11-16 23:30:00")


async def test_in_xlsx_text_is_text(store: Store, tmp_path: Path) -> None:
    await store.write(one_of_each)
    out = tmp_path / "messages.xlsx"
    await export_rows(store, Dataset.MESSAGES, FileFormat.XLSX, out, ZONE)
    sheet = ET.fromstring(zipfile.ZipFile(out).read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    texts = [cell.text for cell in sheet.iter(f"{space}t")]
    assert "+79161234567" in texts
    assert "@SUM(1)\nи ещё" in texts
    assert not list(sheet.iter(f"{space}f"))


async def test_pages_hold_every_row_once_and_progress_is_told(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(tx: Tx) -> None:
        for number in range(25):
            Journal(tx).lead(local(16, 12), name=f"№{number}")

    await store.write(many)
    monkeypatch.setattr(export, "PAGE_KEYS", 10)
    told: list[tuple[int, int]] = []
    out = tmp_path / "leads.jsonl"
    count = await export_rows(
        store, Dataset.LEADS, FileFormat.JSONL, out, ZONE, progress=lambda done, total: told.append((done, total))
    )
    names = [orjson.loads(line)["contact"] for line in out.read_bytes().splitlines()]
    assert names == [f"№{number}" for number in range(25)]
    assert count == 25
    assert told == [(10, 25), (20, 25), (25, 25)]


async def test_a_failed_export_leaves_the_old_file_and_no_rest(store: Store, tmp_path: Path) -> None:
    await store.write(one_of_each)
    out = tmp_path / "leads.csv"
    out.write_text("yesterday's")

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        await export_rows(store, Dataset.LEADS, FileFormat.CSV, out, ZONE, progress=fail)
    assert out.read_text() == "yesterday's"
    assert unfinished(tmp_path) == []


def unfinished(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Иван", "Иван"),
        ("=1+1", "'=1+1"),
        ("@cmd", "'@cmd"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r'=1"),
        ("да;=1+1", "да;'=1+1"),
        ("да; \t@cmd;", "да;' \t@cmd;"),
        ("список:\n- стол\n\n+7916", "список:\n'- стол\n\n'+7916"),
        ("раз;два\nтри - четыре", "раз;два\nтри - четыре"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("＝1+1", "'＝1+1"),
        ("+79161234567", "+79161234567"),
        ("-15,5", "-15,5"),
        ("", ""),
    ],
)
def test_formulas_are_disarmed(text: str, cell: str) -> None:
    assert guarded(text) == cell
