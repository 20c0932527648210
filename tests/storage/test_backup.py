"""Backups: whole, checked, made while the product writes, on both databases."""

import asyncio
import os
import sqlite3
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage import backup as backup_module
from bot.storage.backup import BackupError, backup, libpq_environment
from bot.storage.store import Store, Tx
from bot.storage.tables import contacts, metadata
from tests.storage.filling import everything, fill

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def add_pair(tx: Tx, n: int) -> None:
    """Two rows that belong together: a copy that holds one of them was torn."""
    for half in ("левая", "правая"):
        tx.execute(contacts.insert().values(name=f"{n} {half}", created_at=NOW))


def address(store: Store) -> str:
    return store.url.render_as_string(hide_password=False)


def names_in(copy: Path) -> list[str]:
    if copy.suffix == ".db":
        with closing(sqlite3.connect(copy)) as opened:
            return [name for (name,) in opened.execute("SELECT name FROM contacts")]
    arguments = ["pg_restore", "--data-only", "--table=contacts", "--file=-", str(copy)]
    text = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    return [line.split("\t")[1] for line in text.splitlines() if line.count("\t") == len(contacts.columns) - 1]


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def copy(store_url: str, tmp_path: Path) -> Path:
    return tmp_path / ("copy.db" if store_url.startswith("sqlite") else "copy.dump")


async def test_a_backup_is_whole_while_the_product_writes(store: Store, copy: Path, client_programs: None) -> None:
    for n in range(50):
        await store.write(add_pair, n)
    copied = asyncio.Event()

    async def keep_writing() -> int:
        written = 50
        while not copied.is_set():
            await store.write(add_pair, written)
            written += 1
        return written

    writing = asyncio.create_task(keep_writing())
    await backup(address(store), copy)
    copied.set()
    written = await writing

    names = names_in(copy)
    pairs = len(names) // 2
    assert 50 <= pairs <= written
    assert set(names) == {f"{n} {half}" for n in range(pairs) for half in ("левая", "правая")}


async def test_a_backup_is_one_private_file(store: Store, copy: Path, client_programs: None) -> None:
    await store.write(lambda tx: fill(tx, metadata))
    await backup(address(store), copy)
    assert names_in(copy) == [f"name №{n}" for n in (1, 2, 3)]
    assert mode(copy) == 0o600
    assert [name for name in files(copy.parent) if "copy" in name] == [copy.name]


async def test_a_backup_of_sqlite_holds_every_row_of_every_table(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'gemba.db'}")
    with engine.begin() as connection:
        metadata.create_all(connection)
        fill(connection, metadata)
        rows = everything(connection)
    await backup(f"sqlite:///{tmp_path / 'gemba.db'}", tmp_path / "copy.db")
    with sa.create_engine(f"sqlite:///{tmp_path / 'copy.db'}").connect() as copied:
        assert everything(copied) == rows


async def test_progress_is_told_to_the_end(store: Store, copy: Path, client_programs: None) -> None:
    told: list[tuple[int, int]] = []
    await backup(address(store), copy, lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] == told[-1][1] > 0


async def test_a_writer_does_not_start_a_long_copy_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit between two steps restarts SQLite's copy, unless one read transaction spans them all."""
    file = tmp_path / "gemba.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (x)")
        writer.executemany("INSERT INTO t VALUES (?)", [("x" * 1000,) for _ in range(500)])
        monkeypatch.setattr(backup_module, "PAGES_A_STEP", 10)
        left: list[int] = []

        def write_between_steps(done: int, total: int) -> None:
            left.append(total - done)
            with closing(sqlite3.connect(file, isolation_level=None)) as other:
                other.execute("INSERT INTO t VALUES ('later')")

        await backup(f"sqlite:///{file}", tmp_path / "copy.db", write_between_steps)
    assert left == sorted(left, reverse=True)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copied:
        assert copied.execute("SELECT count(*) FROM t").fetchone() == (500,)


async def test_nothing_is_overwritten(store: Store, copy: Path, client_programs: None) -> None:
    await backup(address(store), copy)
    await store.write(add_pair, 1)
    with pytest.raises(BackupError, match="overwrites nothing"):
        await backup(address(store), copy)
    assert names_in(copy) == []


async def test_a_folder_that_is_not_there_is_named(store: Store, copy: Path, client_programs: None) -> None:
    with pytest.raises(BackupError, match="There is no folder"):
        await backup(address(store), copy.parent / "none" / copy.name)


async def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="There is no database"):
        await backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")
    assert files(tmp_path) == []


async def test_what_is_no_database_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "gemba.db").write_bytes(b"not a database, however long it is said to be " * 100)
    with pytest.raises(BackupError, match="not a database"):
        await backup(f"sqlite:///{tmp_path / 'gemba.db'}", tmp_path / "copy.db")
    assert files(tmp_path) == ["gemba.db"]


async def test_a_damaged_database_gives_no_backup(tmp_path: Path) -> None:
    file = tmp_path / "gemba.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE t (x)")
        made.executemany("INSERT INTO t VALUES (?)", [("x" * 1000,) for _ in range(100)])
        made.commit()
    content = bytearray(file.read_bytes())
    content[8192:12288] = os.urandom(4096)
    file.write_bytes(content)
    with pytest.raises(BackupError):
        await backup(f"sqlite:///{file}", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


async def test_missing_client_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        await backup("postgresql://gemba:secret@localhost/gemba", tmp_path / "copy.dump")


async def test_a_server_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, client_programs: None
) -> None:
    with pytest.raises(BackupError, match="does not answer") as caught:
        await backup("postgresql://gemba:secret@127.0.0.1:1/gemba", tmp_path / "copy.dump")
    assert "secret" not in str(caught.value)
    assert files(tmp_path) == []


async def test_a_failing_pg_dump_says_why(
    postgres_url: str, tmp_path: Path, client_programs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "bin" / "pg_dump"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\necho pg_dump: last built-in OID is 16383 >&2\necho pg_dump: error: too old >&2\nexit 1\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(BackupError, match=r"^pg_dump failed: pg_dump: error: too old$"):
        await backup(postgres_url, tmp_path / "copy.dump")
    assert not (tmp_path / "copy.dump").exists()


def test_where_to_connect_goes_by_environment() -> None:
    url = sa.make_url("postgresql+asyncpg://gemba:p%40ss@db:5433/sales?ssl=require")
    assert libpq_environment(url) == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "gemba",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "sales",
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "30",
        "LC_ALL": "C.UTF-8",
    }
