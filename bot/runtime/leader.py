"""One process polls, sends and keeps time: by a file lock on SQLite, by a lease row on PostgreSQL."""

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog

from bot import ports
from bot.domain.errors import LeadershipLostError
from bot.runtime.metrics import EPOCH, LATE_WRITES, LEADING
from bot.storage.store import Bell, Store, Tx
from bot.storage.store.base import P, R, Unit, insert
from bot.storage.store.bell import CHANNEL
from bot.storage.tables import leases

log = structlog.get_logger(__name__)

LEASE = "leader"
BELL = "leader"
RENEWALS_A_LEASE = 3
MARGIN = 2 / 15
"""This part of the lease before its end its holder begins nothing any more: the call has to leave the house, too."""


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a lease that was given up has ended: there is nobody to be patient with."""


class AlreadyRunningError(Exception):
    """Another Gemba runs on this database; stop it first, or give this one a DATA_DIR or DATABASE_URL of its own."""

    def __str__(self) -> str:
        return (self.__doc__ or "").strip()


@asynccontextmanager
async def holding_file_lock(file: Path) -> AsyncIterator[None]:
    """Raises `AlreadyRunningError` at once when another process holds it; a killed one leaves it free."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError from error
        yield
    finally:
        os.close(handle)


class Lease:
    """A row with holder, epoch and expiry on the database's clock: a frozen process loses it, unlike a session lock.

    It lasts `seconds`. When its holder has not given it up, nobody else takes it before another `patience` seconds:
    so long may a call that he has begun still be under way. Each change of hands is a new `epoch`.
    """

    def __init__(self, store: Store, bell: Bell, seconds: float, patience: float) -> None:
        self._store, self._given_up = store, asyncio.Event()
        bell.on(BELL, lambda _word: self._given_up.set())
        self._seconds, self._patience = seconds, patience
        self._every = seconds / RENEWALS_A_LEASE
        self._holder = secrets.token_hex(8)
        self._good_until = 0.0
        self.epoch = 0
        self.lost = asyncio.Event()
        self.stands_by = False
        """Another process leads, and this one would take over."""

    def holds(self) -> bool:
        """By our own watch, without asking: a process that was frozen and woke up knows that its time is over."""
        return ports.watch() < self._good_until and not self.lost.is_set()

    async def acquire(self) -> None:
        """Waits until this process leads. A store that is away is waited for."""
        while not await self._take():
            self._given_up.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._given_up.wait(), self._every)
        self.lost.clear()
        self.stands_by = False
        LEADING.set(1)
        EPOCH.set(self.epoch)
        log.info("leader.elected", epoch=self.epoch)

    async def keep(self) -> None:
        """Renews until another process leads; then `lost` is set."""
        while True:
            await asyncio.sleep(self._every)
            try:
                # With patience: to break a slow one off costs its connection, and the next one is slower still.
                renewed = await asyncio.wait_for(self._renew(), self._seconds)
            except Exception as error:  # the store is away: who leads is not known, and `holds` ends by itself
                log.warning("leader.not_renewed", error=type(error).__name__)
                continue
            if not renewed:
                log.warning("leader.lost", epoch=self.epoch)
                self._end()
                self.lost.set()
                return

    async def give_up(self) -> None:
        """With nothing under way any more, so that the next one need not wait; where the store is away it does."""
        if self.epoch == 0:
            return
        self._end()
        with contextlib.suppress(sa.exc.SQLAlchemyError, OSError, TimeoutError):
            await asyncio.wait_for(self._store.write(_release, self._holder), self._every)

    def _end(self) -> None:
        self._good_until = 0.0
        LEADING.set(0)

    async def _take(self) -> bool:
        began = ports.watch()
        try:
            epoch = await self._store.write(_take, self._holder, self._seconds, self._patience)
        except Exception as error:
            log.exception("leader.store_away", exc_info=error)
            return False
        self.stands_by = epoch is None
        if epoch is not None:
            self.epoch = epoch
            self._hold_from(began)
        return epoch is not None

    async def _renew(self) -> bool:
        began = ports.watch()
        renewed = await self._store.write(_renew, self._holder, self._seconds)
        if renewed:
            self._hold_from(began)
        return renewed

    def _hold_from(self, began: float) -> None:
        self._good_until = began + self._seconds * (1 - MARGIN)


class FencedStore:
    """The store for what only the leader does: late writes of one who was overtaken are refused.

    So is whatever he has read to act upon. Both raise `LeadershipLostError`.
    """

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store, self._lease = store, lease
        self.url, self.committed, self.trouble = store.url, store.committed, store.trouble

    async def write(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        epoch = self._lease.epoch

        def fenced(tx: Tx) -> R:
            check_epoch(tx, epoch)
            return unit(tx, *args, **kwargs)

        try:
            return await self._store.write(fenced)
        except LeadershipLostError:
            LATE_WRITES.inc()
            log.warning("leader.late_write_refused", unit=getattr(unit, "__name__", ""), epoch=epoch)
            raise

    write_first = write

    async def read(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        found = await self._store.read(query, *args, **kwargs)
        if not self._lease.holds():
            raise LeadershipLostError
        return found

    look = read

    async def close(self) -> None:
        await self._store.close()


def leadership(store: Store, bell: Bell, seconds: float, patience: float) -> tuple[Lease | None, Store]:
    """The lease, and the store that refuses who has lost it; on SQLite the file lock is enough."""
    if store.url.get_backend_name() == "sqlite":
        return None, store
    lease = Lease(store, bell, seconds, patience)
    return lease, FencedStore(store, lease)


def check_epoch(tx: Tx, epoch: int) -> None:
    """Whoever leads in this epoch leads until this transaction ends: taking over has to wait for it, renewing has not.

    Raises `LeadershipLostError`.
    """
    still = sa.select(leases.c.epoch).where(leases.c.name == LEASE, leases.c.epoch == epoch)
    if tx.execute(still.with_for_update(read=True, key_share=True)).first() is None:
        raise LeadershipLostError


def _take(tx: Tx, holder: str, seconds: float, patience: float) -> int | None:
    """The new epoch; None while somebody else leads, or may have a call under way."""
    tx.execute(
        insert(tx, leases)
        .values(name=LEASE, holder="", epoch=0, expires_at=LONG_AGO)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    free = leases.c.expires_at + _interval(patience) <= sa.func.now()
    # A plain UPDATE would not wait for the writes that `check_epoch` has let in.
    epoch = tx.scalar(sa.select(leases.c.epoch).where(leases.c.name == LEASE, free).with_for_update())
    if epoch is None:
        return None
    tx.execute(
        leases.update()
        .where(leases.c.name == LEASE)
        .values(holder=holder, epoch=epoch + 1, expires_at=sa.func.now() + _interval(seconds))
    )
    return int(epoch) + 1


def _renew(tx: Tx, holder: str, seconds: float) -> bool:
    """Also one that has run out, while nobody has taken it."""
    renewed = tx.execute(_held_by(holder).values(expires_at=sa.func.now() + _interval(seconds)))
    return renewed.rowcount == 1


def _release(tx: Tx, holder: str) -> None:
    """Rung from within: the process that gives up has no time to ring afterwards."""
    tx.execute(_held_by(holder).values(holder="", expires_at=LONG_AGO))
    tx.execute(sa.select(sa.func.pg_notify(CHANNEL, BELL)))


def _held_by(holder: str) -> sa.Update:
    return leases.update().where(leases.c.name == LEASE, leases.c.holder == holder)


def _interval(seconds: float) -> sa.ColumnElement[timedelta]:
    return sa.literal(timedelta(seconds=seconds), sa.Interval)
