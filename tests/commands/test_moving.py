"""What docs/operations.md promises: a copy restored step by step as written there, and the way to PostgreSQL."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.runtime.leader import holding_file_lock
from bot.storage.backup import libpq_environment
from bot.storage.migrate import migrate
from bot.storage.tables import contacts
from tests.commands.conftest import Called, everything, within
from tests.conftest import MONDAY_NOON
from tests.storage.conftest import client_programs  # noqa: F401
from tests.use_cases.test_build_report import worked_day

Call = Callable[..., Called]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The database that a bot without DATABASE_URL has, with a worked day in it."""
    place = tmp_path / "data" / "gemba.db"
    place.parent.mkdir()
    asyncio.run(migrate(f"sqlite:///{place}", tmp_path / "backups", MONDAY_NOON))
    within(f"sqlite:///{place}", worked_day)
    return place


@pytest.fixture
def postgres(empty_database_url: str) -> str:
    if empty_database_url.startswith("sqlite"):
        pytest.skip("it is PostgreSQL that one moves to")
    return empty_database_url


def people(url: str) -> list[str]:
    return [row["name"] for row in within(url, everything, contacts)]


def add(url: str, name: str) -> None:
    within(url, lambda tx: tx.execute(contacts.insert().values(name=name, created_at=MONDAY_NOON)))


def test_a_file_is_restored_over_one_that_was_written_to_since(call: Call, file: Path, tmp_path: Path) -> None:
    copy, url = tmp_path / "copy.db", f"sqlite:///{file}"
    before = people(url)
    assert call("backup", str(copy))[0] == 0
    with closing(sqlite3.connect(file)) as killed:  # it leaves its log behind, with words in it
        killed.execute("UPDATE contacts SET name = 'После копии'")
        killed.commit()
        logs = {log: log.read_bytes() for log in (file.with_name("gemba.db-wal"), file.with_name("gemba.db-shm"))}
    for log, held in logs.items():
        log.write_bytes(held)
    assert all(logs.values()) and set(people(url)) == {"После копии"}
    for log, held in logs.items():
        log.write_bytes(held)

    shutil.copy(copy, file)
    for log in logs:
        log.unlink()
    assert people(url) == before
    code, report, _ = call("report", "--date", "2026-11-16")
    assert code == 0 and report
    assert call("migrate")[0] == 0  # as a start does


@pytest.mark.usefixtures("client_programs")
def test_an_archive_is_restored_into_a_new_database(
    call: Call, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(migrate(postgres, tmp_path, MONDAY_NOON))
    within(postgres, worked_day)
    before, copy = people(postgres), tmp_path / "copy.dump"
    monkeypatch.setenv("DATABASE_URL", postgres)
    assert call("backup", str(copy))[0] == 0
    add(postgres, "После копии")

    address = sa.make_url(postgres)
    name = f"{address.database}_restored"
    restored = address.set(database=name).render_as_string(hide_password=False)
    for key, value in libpq_environment(address).items():
        monkeypatch.setenv(key, value)
    subprocess.run(["createdb", name], check=True)
    try:
        subprocess.run(["pg_restore", "--no-owner", f"--dbname={name}", str(copy)], check=True)
        monkeypatch.setenv("DATABASE_URL", restored)
        assert people(restored) == before
        assert call("migrate")[0] == 0
        add(restored, "Следующий")  # the numbers go on where the copy ends
        assert people(restored) == [*before, "Следующий"]
    finally:
        subprocess.run(["dropdb", "--force", name], check=True)


def test_all_goes_over_and_is_told(call: Call, file: Path, postgres: str) -> None:
    before = people(f"sqlite:///{file}")
    code, told, errors = call("move-to", postgres)
    assert (code, errors) == (0, "")
    assert f"contacts {len(before)}" in told and "DATABASE_URL" in told and told.count("\n") == 1
    assert people(postgres) == people(f"sqlite:///{file}") == before


def test_what_cannot_be_moved_is_said_in_a_line_and_nothing_is_touched(
    call: Call, file: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: str) -> tuple[int, str]:
        code, told, errors = call("move-to", *arguments)
        assert told == "" and errors.count("\n") == 1
        return code, errors

    async def while_it_runs() -> tuple[int, str]:
        async with holding_file_lock(file.with_name("gemba.lock")):
            return await asyncio.to_thread(refused, postgres)

    code, why = asyncio.run(while_it_runs())
    assert code == 1 and "stop it first" in why
    code, why = refused(f"sqlite:///{file}")
    assert code == 2 and "the new database is the old one" in why
    assert refused("mysql://somewhere/else")[0] == 2
    assert refused("postgresql://nobody@127.0.0.1:1/nothing")[0] == 1
    assert call("move-to", postgres)[0] == 0
    add(postgres, "Уже на новом месте")
    code, why = refused(postgres)
    assert code == 1 and "empty" in why
    assert "Уже на новом месте" in people(postgres)
    monkeypatch.setenv("DATABASE_URL", postgres)
    code, why = refused(postgres)
    assert code == 2 and "PostgreSQL already" in why
