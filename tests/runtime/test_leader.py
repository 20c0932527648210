"""One process leads, and knows when it does no longer."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.runtime import leader
from bot.runtime.leader import AlreadyRunningError, Lease, holding_file_lock
from bot.storage.store import Store
from bot.storage.tables import leases
from tests.runtime.porter import until


@pytest.fixture
def on_postgres(store: Store) -> Store:
    if store.url.get_backend_name() == "sqlite":
        pytest.skip("a lease is for several machines, and SQLite is for one")
    return store


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "RENEW_SECONDS", 0.05)


async def _expire(store: Store) -> None:
    past = sa.func.now() - sa.text("interval '1 second'")
    await store.write(lambda tx: tx.execute(leases.update().values(expires_at=past)))


async def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with holding_file_lock(tmp_path / "lock"):
        with pytest.raises(AlreadyRunningError, match="Another Gemba runs"):
            async with holding_file_lock(tmp_path / "lock"):
                pass
    async with holding_file_lock(tmp_path / "lock"):
        pass


async def test_the_next_one_leads_when_the_first_gives_up(on_postgres: Store) -> None:
    first, second = Lease(on_postgres), Lease(on_postgres)
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    assert first.holds() and not second.holds()
    await first.give_up()
    await asyncio.wait_for(waiting, 5)
    assert second.holds() and not first.holds()


async def test_who_was_overtaken_is_told_and_every_change_of_hands_has_its_epoch(on_postgres: Store) -> None:
    first, second = Lease(on_postgres), Lease(on_postgres)
    await first.acquire()
    await _expire(on_postgres)
    await second.acquire()
    await asyncio.wait_for(first.keep(), 5)
    assert first.lost.is_set() and not first.holds() and second.holds()
    assert await on_postgres.read(lambda tx: tx.scalar(sa.select(leases.c.epoch))) == 2


async def test_a_process_that_was_frozen_knows_by_its_own_watch(
    on_postgres: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = Lease(on_postgres)
    await lease.acquire()
    woken = time.monotonic() + leader.LEASE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: woken)
    assert not lease.holds()


async def test_a_store_that_blinks_ends_nothing(on_postgres: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = Lease(on_postgres)
    await lease.acquire()
    write, failures = on_postgres.write, 0

    async def blinking(*args: Any, **kwargs: Any) -> Any:
        nonlocal failures
        failures += 1
        if failures < 4:
            raise ConnectionResetError
        return await write(*args, **kwargs)

    monkeypatch.setattr(on_postgres, "write", blinking)
    keeping = asyncio.create_task(lease.keep())
    await until(lambda: failures > 5)
    assert lease.holds() and not lease.lost.is_set()
    keeping.cancel()
