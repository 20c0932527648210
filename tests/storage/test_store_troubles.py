"""SQLite without room, with somebody else's lock on it, and no longer in its place: told at once, and nothing lost."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.errors import StoreUnavailableError
from bot.storage.backup import backup_sqlite
from bot.storage.store import SqliteStore, Tx
from bot.storage.store.place import refuse_beside_rescued
from bot.storage.store.sqlite import writing_engine
from bot.storage.tables import metadata, notes
from tests.storage.test_store import NOW, add_contact, names

LARGE = "о" * 20_000


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    url = f"sqlite:///{tmp_path / 'gemba.db'}"
    engine = writing_engine(sa.make_url(url))
    metadata.create_all(engine)
    engine.dispose()
    store = SqliteStore(url)
    yield store
    await store.close()


async def has_pages(store: SqliteStore, more: int) -> None:
    """From now on the database may have so many pages more."""

    def limit(tx: Tx) -> None:
        count = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={count + more}")

    await store.write(limit)


async def test_without_room_each_is_told_and_what_fits_is_kept(sqlite_store: SqliteStore) -> None:
    await has_pages(sqlite_store, 2)
    told = await asyncio.gather(
        *(sqlite_store.write(add_contact, words) for words in ("Анна", LARGE, "Борис", LARGE)), return_exceptions=True
    )
    assert [isinstance(each, Exception) for each in told] == [False, True, False, True]
    assert "full" in str(told[1])
    await has_pages(sqlite_store, 1_000)
    await sqlite_store.write(add_contact, LARGE)
    assert sqlite_store.trouble is None
    assert sorted(await sqlite_store.read(names)) == sorted(["Анна", "Борис", LARGE])


async def test_it_says_that_it_has_no_room_until_something_is_written(sqlite_store: SqliteStore) -> None:
    await has_pages(sqlite_store, 2)
    with pytest.raises(sa.exc.OperationalError):
        await sqlite_store.write(add_contact, LARGE)
    assert sqlite_store.trouble == "database or disk is full"
    await sqlite_store.write(lambda tx: tx.exec_driver_sql("SELECT 1").scalar())
    assert sqlite_store.trouble is not None, "a transaction that changes nothing has proved nothing"
    await sqlite_store.write(add_contact, "Анна")
    assert sqlite_store.trouble is None


async def test_nobody_waits_for_anothers_lock_longer_than_once(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    await sqlite_store.write(lambda tx: tx.exec_driver_sql("PRAGMA busy_timeout=200"))
    other = sqlite3.connect(tmp_path / "gemba.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    told = await asyncio.gather(*(sqlite_store.write(add_contact, f"№{n}") for n in range(50)), return_exceptions=True)
    assert time.monotonic() - began < 8  # each of fifty for itself takes ten seconds, and five tries each took fifty
    assert all("locked" in str(each) for each in told)
    assert "locked" in str(sqlite_store.trouble)
    assert await sqlite_store.read(names) == []
    other.execute("ROLLBACK")
    other.close()
    await sqlite_store.write(add_contact, "Анна")
    assert (await sqlite_store.read(names), sqlite_store.trouble) == (["Анна"], None)


async def test_after_a_commit_that_failed_the_next_one_goes_well(sqlite_store: SqliteStore) -> None:
    def orphan(tx: Tx) -> None:
        """Until the commit nobody asks whose it is; then SQLite refuses, and leaves the transaction open."""
        tx.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        tx.execute(notes.insert().values(lead_id=0, author_id=0, text="", at=NOW))

    for _ in range(2):
        told = await asyncio.gather(
            *(sqlite_store.write(unit) for unit in (partial(add_contact, name="Анна"), orphan)), return_exceptions=True
        )
        assert [isinstance(each, Exception) for each in told] == [False, True]
        assert "FOREIGN KEY" in str(told[1])
    await sqlite_store.write(add_contact, "Борис")
    assert (await sqlite_store.read(names), sqlite_store.trouble) == (["Анна", "Анна", "Борис"], None)


def deleted(place: Path) -> None:
    place.unlink()


def moved(place: Path) -> None:
    place.rename(place.with_name("elsewhere.db"))


def replaced(place: Path) -> None:
    """As by somebody who restores a backup and does not stop the process."""
    backup_sqlite(sa.make_url(f"sqlite:///{place}"), place.with_name("old.db"))
    place.with_name("old.db").rename(place)


def without_its_log(place: Path) -> None:
    place.with_name(f"{place.name}-wal").unlink()


def names_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as opened:
        return [name for (name,) in opened.execute("SELECT name FROM contacts ORDER BY id")]


@pytest.mark.parametrize("displace", [deleted, moved, replaced, without_its_log])
async def test_a_displaced_database_takes_nothing_more_and_is_rescued(
    sqlite_store: SqliteStore, tmp_path: Path, displace: Callable[[Path], None]
) -> None:
    place, rescued = tmp_path / "gemba.db", tmp_path / "gemba.rescued-2.db"
    (tmp_path / "gemba.rescued-1.db").write_text("somebody's")
    await sqlite_store.write(add_contact, "Анна")
    await sqlite_store.read(names)
    displace(place)
    left = {file.name for file in tmp_path.iterdir()}
    told = await asyncio.gather(*(sqlite_store.write(add_contact, f"№{n}") for n in range(9)), return_exceptions=True)
    assert all(isinstance(each, StoreUnavailableError) for each in told)
    with pytest.raises(StoreUnavailableError):
        await sqlite_store.read(names)
    assert str(rescued) in str(sqlite_store.trouble) and "gemba.db" in str(sqlite_store.trouble)
    assert names_in(rescued) == ["Анна"]
    assert {file.name for file in tmp_path.iterdir()} == left | {rescued.name}, "one copy, and nothing new in its place"
    assert (tmp_path / "gemba.rescued-1.db").read_text() == "somebody's"


async def test_it_notices_while_nobody_writes(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    await sqlite_store.write(add_contact, "Анна")
    deleted(tmp_path / "gemba.db")
    with pytest.raises(StoreUnavailableError):
        await sqlite_store.read(names)
    assert names_in(tmp_path / "gemba.rescued-1.db") == ["Анна"]


async def test_what_is_deleted_within_a_commit_is_not_acknowledged(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    await sqlite_store.write(add_contact, "Анна")

    def add_and_lose(tx: Tx) -> None:
        add_contact(tx, "Борис")
        deleted(tmp_path / "gemba.db")

    with pytest.raises(StoreUnavailableError):
        await sqlite_store.write(add_and_lose)
    assert names_in(tmp_path / "gemba.rescued-1.db") == ["Анна", "Борис"], "sent again it is known"


async def test_put_back_it_goes_on(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    await sqlite_store.write(add_contact, "Анна")
    moved(tmp_path / "gemba.db")
    with pytest.raises(StoreUnavailableError):
        await sqlite_store.write(add_contact, "Борис")
    (tmp_path / "elsewhere.db").rename(tmp_path / "gemba.db")
    await sqlite_store.write(add_contact, "Борис")
    assert (await sqlite_store.read(names), sqlite_store.trouble) == (["Анна", "Борис"], None)
    refuse_beside_rescued(tmp_path / "gemba.db")
    assert (tmp_path / "gemba.rescued-1.db.superseded").exists(), "older than what is in its place, and in nobody's way"


async def test_what_may_not_be_looked_at_is_not_gone(
    sqlite_store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has locked the folder, or a network's file system stutters: SQLite has its files open all the same."""
    await sqlite_store.write(add_contact, "Анна")

    def refused(path: object, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patched:
        patched.setattr("bot.storage.store.place.os.stat", refused)
        await sqlite_store.write(add_contact, "Борис")
    assert (await sqlite_store.read(names), sqlite_store.trouble) == (["Анна", "Борис"], None)


async def test_without_a_folder_it_says_so_and_tries_again(
    sqlite_store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_store.write(add_contact, "Анна")
    gone = tmp_path.with_name(f"{tmp_path.name}-gone")
    tmp_path.rename(gone)
    with pytest.raises(StoreUnavailableError):
        await sqlite_store.write(add_contact, "Борис")
    assert "Do not stop this process" in str(sqlite_store.trouble)
    tmp_path.mkdir()
    monkeypatch.setattr("bot.storage.store.place.RESCUE_AGAIN_SECONDS", 0.0)
    with pytest.raises(StoreUnavailableError):
        await sqlite_store.write(add_contact, "Борис")
    assert names_in(tmp_path / "gemba.rescued-1.db") == ["Анна"]
