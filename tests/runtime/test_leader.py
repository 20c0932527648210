"""One process leads, and knows when it does no longer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import ports
from bot.domain.errors import LeadershipLostError
from bot.runtime.leader import AlreadyRunningError, FencedStore, Lease, holding_file_lock
from bot.storage.store import Bell, Store, Tx
from bot.storage.tables import leases, marks
from tests.runtime.porter import until


@pytest.fixture
def on_postgres(store: Store) -> Store:
    if store.url.get_backend_name() == "sqlite":
        pytest.skip("a lease is for several machines, and SQLite is for one")
    return store


PATIENCE = 0.3


def lease_of(store: Store, seconds: float = 0.3) -> Lease:
    return Lease(store, Bell(), seconds, PATIENCE)


async def _expire(store: Store, seconds: float = 10) -> None:
    past = sa.func.now() - sa.text(f"interval '{seconds} seconds'")
    await store.write(lambda tx: tx.execute(leases.update().values(expires_at=past)))


def _note(tx: Tx, name: str) -> None:
    tx.execute(marks.insert().values(name=name, value=""))


async def _noted(store: Store) -> list[str]:
    return await store.read(lambda tx: list(tx.scalars(sa.select(marks.c.name))))


async def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with holding_file_lock(tmp_path / "lock"):
        with pytest.raises(AlreadyRunningError, match="Another Gemba runs"):
            async with holding_file_lock(tmp_path / "lock"):
                pass
    async with holding_file_lock(tmp_path / "lock"):
        pass


async def test_the_next_one_leads_when_the_first_gives_up(on_postgres: Store) -> None:
    first, second = lease_of(on_postgres, 5), lease_of(on_postgres, 0.3)
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    assert first.holds() and not second.holds() and second.stands_by
    await first.give_up()
    await asyncio.wait_for(waiting, 60)
    assert second.holds() and not first.holds() and not second.stands_by


async def test_what_was_not_given_up_is_taken_only_after_the_patience_for_a_call(on_postgres: Store) -> None:
    first, second = lease_of(on_postgres), lease_of(on_postgres)
    await first.acquire()
    began = asyncio.get_running_loop().time()
    await asyncio.wait_for(second.acquire(), 5)
    assert asyncio.get_running_loop().time() - began >= 0.3 + PATIENCE - 0.05


async def test_who_was_away_and_was_not_overtaken_leads_on(on_postgres: Store) -> None:
    lease = lease_of(on_postgres)
    await lease.acquire()
    await _expire(on_postgres)
    keeping = asyncio.create_task(lease.keep())
    await asyncio.sleep(0.3)
    assert lease.holds() and not lease.lost.is_set()
    keeping.cancel()


async def test_who_was_overtaken_is_told_and_every_change_of_hands_has_its_epoch(on_postgres: Store) -> None:
    first, second = lease_of(on_postgres), lease_of(on_postgres, 5)
    await first.acquire()
    await _expire(on_postgres)
    await second.acquire()
    await asyncio.wait_for(first.keep(), 5)
    assert first.lost.is_set() and not first.holds() and second.holds()
    assert (first.epoch, second.epoch) == (1, 2)


async def test_late_writes_of_who_was_overtaken_are_refused(on_postgres: Store) -> None:
    first, second = lease_of(on_postgres), lease_of(on_postgres, 5)
    await first.acquire()
    await FencedStore(on_postgres, first).write(_note, "in time")
    await _expire(on_postgres)
    await FencedStore(on_postgres, first).write(_note, "expired, and nobody leads")
    await second.acquire()
    with pytest.raises(LeadershipLostError):
        await FencedStore(on_postgres, first).write(_note, "late")
    await FencedStore(on_postgres, second).write(_note, "of the new one")
    assert await _noted(on_postgres) == ["in time", "expired, and nobody leads", "of the new one"]


async def test_taking_over_waits_for_a_write_that_has_begun_and_renewing_does_not(on_postgres: Store) -> None:
    first, second = lease_of(on_postgres, 5), lease_of(on_postgres)
    await first.acquire()
    checked = asyncio.Event()

    def slow(tx: Tx) -> None:
        checked.set()
        _note(tx, "begun in time")
        tx.execute(sa.select(sa.func.pg_sleep(1)))

    writing = asyncio.create_task(FencedStore(on_postgres, first).write(slow))
    await checked.wait()
    await asyncio.wait_for(first._renew(), 0.8)
    await asyncio.sleep(0.1)
    await _expire(on_postgres)
    await second.acquire()
    assert writing.done() or await _noted(on_postgres) == ["begun in time"]
    await writing


async def test_who_is_no_longer_sure_acts_upon_nothing_that_it_reads(
    on_postgres: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = lease_of(on_postgres, 15)
    await lease.acquire()
    fenced = FencedStore(on_postgres, lease)
    assert await fenced.read(lambda _tx: 1) == 1
    woken = ports.watch() + 15
    monkeypatch.setattr(ports, "watch", lambda: woken)
    assert not lease.holds()
    with pytest.raises(LeadershipLostError):
        await fenced.read(lambda _tx: 1)


async def test_a_store_that_blinks_ends_nothing(on_postgres: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = lease_of(on_postgres)
    write, failures = on_postgres.write, 0

    async def blinking(*args: Any, **kwargs: Any) -> Any:
        nonlocal failures
        failures += 1
        if failures < 3 or 4 < failures < 7:
            raise ConnectionResetError
        return await write(*args, **kwargs)

    monkeypatch.setattr(on_postgres, "write", blinking)
    await lease.acquire()
    keeping = asyncio.create_task(lease.keep())
    await until(lambda: failures > 8)
    assert lease.holds() and not lease.lost.is_set()
    keeping.cancel()
