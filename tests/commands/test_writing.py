"""`migrate` and `backup`, and every command while the bot itself is running."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from bot.ports import RawEvent
from bot.runtime.leader import holding_file_lock
from bot.storage.intake import record_failure
from bot.storage.migrate import VERSIONS, migrate, schema_state
from bot.storage.store import Tx, open_store
from bot.storage.tables import intake_events
from tests.commands.conftest import Called, within
from tests.conftest import MONDAY_NOON
from tests.journeys.stage import on_stage
from tests.storage.conftest import client_programs  # noqa: F401
from tests.storage.test_migrations import LAST
from tests.use_cases.test_build_report import worked_day


def test_migrate_makes_the_database_once(
    empty_database_url: str, call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert call("migrate") == (0, f"The database is made, version {LAST}.\n", "")
    assert call("migrate") == (0, f"The database is at version {LAST}: nothing to do.\n", "")
    assert asyncio.run(schema_state(empty_database_url)).kind == "current"


def test_migrate_waits_for_the_bot_to_stop_and_a_current_database_needs_no_wait(
    call: Callable[..., Called], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()

    def while_it_runs() -> Called:
        async def run() -> Called:
            async with holding_file_lock(data / "gemba.lock"):
                return await asyncio.to_thread(call, "migrate")

        return asyncio.run(run())

    code, out, err = while_it_runs()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "stop it first" in err
    assert not (data / "gemba.db").exists()
    assert call("migrate")[0] == 0
    assert while_it_runs() == (0, f"The database is at version {LAST}: nothing to do.\n", "")


def test_a_newer_database_is_left_alone(
    database: str, call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456:TEST")
    within(database, lambda tx: tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    for command in (["run"], ["migrate"], ["report"], ["failed", "retry"]):
        code, out, err = call(*command)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "newer Gemba" in err


def test_an_older_database_is_read_only_after_migrate(
    database: str, call: Callable[..., Called], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.storage.test_migrations import step

    later = (VERSIONS, step(tmp_path / "later", "pass"))
    for function in (schema_state, migrate):
        monkeypatch.setattr(function, "__kwdefaults__", {"versions": later})
    code, out, err = call("report")
    assert (code, out) == (1, "")
    assert "python -m bot migrate" in err
    assert call("migrate") == (0, f"The database went from version {LAST} to next.\n", "")
    assert call("report")[0] == 0


@pytest.mark.usefixtures("client_programs")
def test_backup(database: str, call: Callable[..., Called], tmp_path: Path) -> None:
    within(database, worked_day)
    out = tmp_path / "copy"
    assert call("backup", str(out)) == (0, f"Backup: {out}\n", "")
    assert out.stat().st_size > 1_000
    if database.startswith("sqlite"):
        with sqlite3.connect(out) as copy:
            assert copy.execute("SELECT count(*) FROM leads").fetchone() == (7,)
    code, shown, err = call("backup", str(out))
    assert (code, shown, err.count("\n")) == (1, "", 1)
    assert "overwrites nothing" in err


@pytest.mark.journey
async def test_every_command_works_while_the_bot_runs(tmp_path: Path) -> None:
    """Each is a process of its own beside the one that holds the file; what is retried, the running bot takes up."""
    async with on_stage(tmp_path, locale="en") as stage:
        sandbox, bot = stage.sandbox, stage.bot
        await sandbox.faults("error", "sendMessage", chat_id=stage.sales, code=400, description="Bad Request: ODD")
        ivan = await sandbox.create("Ivan")
        await sandbox.start(ivan)
        await sandbox.send(ivan, ivan, "How much is a kitchen?")
        await _until_failed(stage.bot.command, 1)

        await _lose_an_update(tmp_path / "data" / "gemba.db", ivan)
        code, listed, _ = await bot.command("failed", "list")
        assert code == 0 and "telegram card" in listed and "KeyError" in listed and "kitchen" not in listed

        code, said, errors = await bot.command("failed", "retry")
        assert (code, said, errors) == (0, "In the queue again: 1 incoming, 1 outgoing.\n", "")
        await stage.card(stage.sales, "How much is a kitchen?")
        await stage.card(stage.sales, "And when?")

        for command in (
            ["migrate"],
            ["report", "--date", "2026-11-21", "--format", "json"],
            ["export", "messages", "--out", "messages.jsonl", "--format", "jsonl"],
            ["score", "explain", "1"],
            ["backup", "copy.db"],
            ["check"],
        ):
            code, said, errors = await bot.command(*command)
            assert (code, errors) == (0, ""), (command, said)
        texts = [orjson.loads(line)["text"] for line in (tmp_path / "messages.jsonl").read_bytes().splitlines()]
        assert "And when?" in texts


async def _until_failed(command: Callable[..., object], count: int) -> None:
    async with asyncio.timeout(60):
        while True:
            _code, listed, _errors = await command("failed", "list")  # type: ignore[misc]
            if listed.count("out-") >= count:
                return


async def _lose_an_update(database: Path, person: int) -> None:
    """An update as it is kept after our own mistake, parked for good."""
    who = {"id": person, "is_bot": False, "first_name": "Ivan", "language_code": "ru"}
    raw = {
        "update_id": 1,
        "message": {
            "message_id": 900,
            "from": who,
            "chat": {"id": person, "type": "private", "first_name": "Ivan"},
            "date": int(MONDAY_NOON.timestamp()),
            "text": "And when?",
        },
    }

    def park(tx: Tx) -> None:
        source = tx.execute(intake_events.select().limit(1)).one().source
        record_failure(tx, RawEvent(source, "lost", "", raw), "KeyError at bot.x:1", MONDAY_NOON)
        tx.execute(intake_events.update().where(intake_events.c.external_id == "lost").values(status="parked"))

    store = open_store(f"sqlite:///{database}")
    try:
        await store.write(park)
    finally:
        await store.close()
