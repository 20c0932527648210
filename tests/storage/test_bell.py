"""What one process rings, the others hear, also after their connection was cut."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.storage.store import Bell, Store, bell_of
from tests.runtime.porter import until


@pytest.fixture
async def pair(store: Store) -> AsyncIterator[tuple[Bell, Bell]]:
    """Those of two processes on one store, which hear each other."""
    if store.url.get_backend_name() == "sqlite":
        pytest.skip("SQLite is for one process")
    bells = bell_of(store), bell_of(store)
    running = [asyncio.create_task(bell.run()) for bell in bells]
    await until(lambda: all(bell.hears for bell in bells))
    yield bells
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_the_other_process_hears_each_word_once_and_the_own_one_none(pair: tuple[Bell, Bell]) -> None:
    here, there = pair
    own: list[str] = []
    heard: list[str] = []
    here.on("chat", own.append)
    there.on("chat", heard.append)
    for word in ("anna", "boris", "anna", "o'hara -- ☃"):
        here.ring("chat", word)
    here.ring("nobody hears this")
    await until(lambda: len(heard) == 3)
    assert heard == ["anna", "boris", "o'hara -- ☃"] and own == []


async def test_a_cut_connection_is_made_anew_and_says_that_something_may_be_missed(
    pair: tuple[Bell, Bell], store: Store
) -> None:
    here, there = pair
    heard: list[str] = []
    there.on("chat", heard.append)
    others = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await store.read(lambda tx: tx.execute(others).all())
    await until(lambda: "" in heard and here.hears and there.hears)
    here.ring("chat", "again")
    await until(lambda: heard[-1] == "again")


async def test_alone_nobody_hears() -> None:
    bell, heard = Bell(), list[str]()
    bell.on("chat", heard.append)
    bell.ring("chat", "anna")
    assert heard == [] and not bell.hears
