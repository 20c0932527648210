"""SQLite: one writer thread commits queued units in groups; reads have threads and connections of their own."""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from bot.storage.store import hot
from bot.storage.store.base import ENGINE_OPTIONS, P, R, Tx, Unit
from bot.storage.store.place import DisplacedError, Place

MOST_UNITS_A_COMMIT = 200
BUSY_TIMEOUT_MS = 5_000
READERS = 4
NOTICE_SECONDS = 1.0
"""So long a reader waits for the writer, who may be rescuing a large file."""


@dataclass(eq=False, slots=True)
class _Job:
    run: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = field(default=None)

    def attempt(self, tx: Tx) -> None:
        """Runs the unit behind a savepoint, so that its failure never takes its batch mates along."""
        raw: sqlite3.Connection = tx.connection.driver_connection  # type: ignore[assignment]
        raw.execute("SAVEPOINT unit")
        try:
            self.result, self.error = self.run(tx), None
        except Exception as error:  # handed to the caller, never swallowed
            if not raw.in_transaction:
                raise _TransactionLostError from error
            raw.execute("ROLLBACK TO unit")
            self.result, self.error = None, error
        raw.execute("RELEASE unit")


class _TransactionLostError(Exception):
    """SQLite ended the whole transaction, as it does on a full disk."""


OF_THE_WHOLE_BATCH = (_TransactionLostError, DisplacedError, sa.exc.DBAPIError, sqlite3.Error)


class SqliteStore:
    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url).set(drivername="sqlite")
        self.committed = asyncio.Event()
        self.trouble: str | None = None
        self._loop = asyncio.get_running_loop()
        self._first: deque[_Job] = deque()
        self._rest: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = self._called = False
        self._place = Place(Path(self.url.database or "").absolute())
        self._engine = writing_engine(self.url, poolclass=sa.StaticPool)
        self._readers = sa.create_engine(self.url, poolclass=sa.QueuePool, pool_size=READERS, **ENGINE_OPTIONS)
        sa.event.listen(self._readers, "connect", _prepare_reader)
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._tx: Tx | None = None
        self._thread = threading.Thread(target=self._write_forever, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._submit(self._rest, lambda tx: unit(tx, *args, **kwargs))

    async def write_first(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._submit(self._first, lambda tx: unit(tx, *args, **kwargs))

    async def look(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._submit(self._first, lambda tx: query(tx, *args, **kwargs))

    async def read(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        def run() -> R:
            self._place.check()  # a new connection would open, or even make, whatever is at that place now
            with self._readers.connect() as tx:
                return query(tx, *args, **kwargs)

        try:
            return await self._loop.run_in_executor(self._reading, run)
        except DisplacedError:
            with contextlib.suppress(TimeoutError):  # where nobody writes the writer has to hear of it, too
                await asyncio.wait_for(self.write(_nothing), NOTICE_SECONDS)
            raise

    async def close(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._reading.shutdown)
        self._readers.dispose()
        self._engine.dispose()

    async def _submit(self, lane: deque[_Job], run: Callable[[Tx], R]) -> R:
        job = _Job(run, self._loop.create_future())
        if self._closing:
            raise RuntimeError("the store is closed")
        lane.append(job)
        if not self._called:
            self._called = True
            self._loop.call_soon(self._call_writer)
        result: R = await job.future
        return result

    def _call_writer(self) -> None:
        """Once for all that was asked for in one go: woken by the first of them, it would commit that one alone."""
        self._called = False
        with self._wake:
            self._wake.notify()

    def _write_forever(self) -> None:
        while batch := self._next_batch():
            changed = True
            try:
                changed = self._commit(batch)
            except OF_THE_WHOLE_BATCH as error:
                self._note_trouble(error)
                self._commit_each(batch, error)
            self._loop.call_soon_threadsafe(partial(self._hand_back, batch, changed=changed))
        if self._tx is not None:
            self._tx.close()

    def _next_batch(self) -> list[_Job]:
        """Waits for work; empty when the store closes and everything queued is done. Taps go first."""
        with self._wake:
            while not (self._first or self._rest):
                if self._closing:
                    return []
                self._wake.wait()
            batch: list[_Job] = []
            for lane in (self._first, self._rest):
                while lane and len(batch) < MOST_UNITS_A_COMMIT:
                    batch.append(lane.popleft())
            return batch

    def _commit(self, batch: list[_Job]) -> bool:
        """Whether anything was changed.

        Looks before, so that nothing is done in vain, and after: only what is in its place is acknowledged.
        """
        self._place.check()
        tx = self._tx = self._tx or self._engine.connect()  # kept: to check it out and in costs as much as a unit
        raw: sqlite3.Connection = tx.connection.driver_connection  # type: ignore[assignment]
        before = raw.total_changes
        try:
            with tx.begin():
                for job in batch:
                    job.attempt(tx)
                changed = raw.total_changes > before
        except BaseException:
            raw.rollback()  # a COMMIT that failed may leave its transaction open, and SQLAlchemy takes it for ended
            raise
        self._place.remember()
        self._place.check()
        if short := next((job.error for job in batch if job.error and _is_out_of_order(job.error)), None):
            self._note_trouble(short)
        elif changed:  # a transaction that changes nothing succeeds on a full disk, too
            self._in_order()
        return changed

    def _in_order(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            self._place.is_well()

    def _commit_each(self, batch: list[_Job], cause: BaseException) -> None:
        """The group failed as a whole: each unit for itself, and what still fails is told so.

        Where somebody else holds the lock all have waited for it together: nobody waits for each of them again. Nor is
        anything tried again in a file that is not in its place.
        """
        for job in batch:
            if _is_busy(cause) or isinstance(cause, DisplacedError):
                job.result, job.error = None, cause
                continue
            try:
                self._commit([job])
            except OF_THE_WHOLE_BATCH as error:
                cause = error
                self._note_trouble(error)
                job.result, job.error = None, error.__cause__ or error

    def _note_trouble(self, error: BaseException) -> None:
        """In SQLite's own words, which quote nothing; of a file that is not in its place in ours."""
        if isinstance(error, DisplacedError):
            self.trouble = self.trouble or f"{error}; what it held is being rescued"
            with contextlib.closing(self._engine.raw_connection()) as held:
                self._place.rescue(held.driver_connection)  # type: ignore[arg-type]
            self.trouble = self._place.in_words(error)
            return
        cause = error.__cause__ or error
        self.trouble = str(getattr(cause, "orig", None) or cause)

    def _hand_back(self, batch: list[_Job], *, changed: bool) -> None:
        for job in batch:
            if job.future.cancelled():
                continue
            if job.error is None:
                job.future.set_result(job.result)
            else:
                job.future.set_exception(job.error)
        if changed:
            self.committed.set()


def _nothing(_tx: Tx) -> None:
    pass


def writing_engine(url: sa.URL, poolclass: type[sa.Pool] = NullPool) -> sa.Engine:
    """An engine whose transactions take the write lock at once: a deferred one fails when it upgrades its lock."""
    engine = sa.create_engine(url, poolclass=poolclass, **ENGINE_OPTIONS)
    sa.event.listen(engine, "connect", _prepare_writer)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: sa.Connection) -> None:
    hot.command(connection, "BEGIN IMMEDIATE")


def _prepare_writer(raw: sqlite3.Connection, _record: Any) -> None:
    raw.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is overwritten, not only unlinked
    ):
        raw.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "query_only=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


OUT_OF_ORDER = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
    }
)


def _is_out_of_order(error: BaseException) -> bool:
    """The file or its disk is at fault, not the unit."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return (code & 0xFF) in OUT_OF_ORDER


def _is_busy(error: BaseException) -> bool:
    return "database is locked" in str(error)


def truncate_log(url: sa.URL) -> bool:
    """Empties the write-ahead log, in which older pages lie until then; False while somebody still reads them."""
    raw = sqlite3.connect(url.database or "", timeout=BUSY_TIMEOUT_MS / 1_000, isolation_level=None)
    try:
        busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.close()
    return not busy
