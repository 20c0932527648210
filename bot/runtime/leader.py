"""One process polls, sends and keeps time: by a file lock on SQLite, by a lease row on PostgreSQL."""

import asyncio
import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
import structlog

from bot.storage.store import Store, Tx
from bot.storage.store.base import insert
from bot.storage.tables import leases

log = structlog.get_logger(__name__)

LEASE = "leader"
LEASE_SECONDS = 15
RENEW_SECONDS = 5.0
MARGIN_SECONDS = 2.0
"""So long before the lease runs out its holder begins nothing any more: the call has to leave the house, too."""


class AlreadyRunningError(Exception):
    """Another Gemba runs on this data directory; stop it first, or give this one a DATA_DIR of its own."""

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
    """A row with holder and expiry on the database's clock: a frozen process loses it, unlike a session lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = secrets.token_hex(8)
        self._good_until = 0.0
        self.lost = asyncio.Event()

    def holds(self) -> bool:
        """By our own watch, without asking: a process that was frozen and woke up knows that its time is over."""
        return time.monotonic() < self._good_until and not self.lost.is_set()

    async def acquire(self) -> None:
        """Waits until this process leads."""
        while not await self._renew():  # noqa: ASYNC110 - the other holder is elsewhere
            await asyncio.sleep(RENEW_SECONDS)
        log.info("leader.elected")

    async def keep(self) -> None:
        """Renews until another process leads or the lease has run out; then `lost` is set."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                renewed = await asyncio.wait_for(self._renew(), RENEW_SECONDS)
            except Exception as error:  # the store is away: as long as the lease runs nobody else can lead
                log.warning("leader.not_renewed", error=type(error).__name__)
                renewed = self.holds()
            if not renewed:
                log.warning("leader.lost")
                self.lost.set()
                return

    async def give_up(self) -> None:
        """So that the next one need not wait; where the store is away it does."""
        self._good_until = 0.0
        with contextlib.suppress(sa.exc.SQLAlchemyError, OSError):
            await self._store.write(_release, self._holder)

    async def _renew(self) -> bool:
        began = time.monotonic()
        renewed = await self._store.write(_take, self._holder)
        if renewed:
            self._good_until = began + LEASE_SECONDS - MARGIN_SECONDS
        return renewed


def _take(tx: Tx, holder: str) -> bool:
    tx.execute(
        insert(tx, leases)
        .values(name=LEASE, holder="", epoch=0, expires_at=sa.func.now())
        .on_conflict_do_nothing(index_elements=["name"])
    )
    taken = tx.execute(
        leases.update()
        .where(leases.c.name == LEASE, sa.or_(leases.c.holder == holder, leases.c.expires_at <= sa.func.now()))
        .values(
            holder=holder,
            epoch=sa.case((leases.c.holder == holder, leases.c.epoch), else_=leases.c.epoch + 1),
            expires_at=sa.func.now() + sa.text(f"interval '{LEASE_SECONDS} seconds'"),
        )
    )
    return taken.rowcount == 1


def _release(tx: Tx, holder: str) -> None:
    tx.execute(
        leases.update().where(leases.c.name == LEASE, leases.c.holder == holder).values(expires_at=sa.func.now())
    )
