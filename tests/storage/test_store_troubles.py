"""SQLite without room, and with somebody else's lock on it: told at once, and over by itself."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.store import SqliteStore, Tx
from bot.storage.store.sqlite import writing_engine
from bot.storage.tables import metadata
from tests.storage.test_store import add_contact, names

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
    assert time.monotonic() - began < 3  # each of fifty for itself, five times, took fifty seconds
    assert all("locked" in str(each) for each in told)
    assert "locked" in str(sqlite_store.trouble)
    assert await sqlite_store.read(names) == []
    other.execute("ROLLBACK")
    other.close()
    await sqlite_store.write(add_contact, "Анна")
    assert (await sqlite_store.read(names), sqlite_store.trouble) == (["Анна"], None)
