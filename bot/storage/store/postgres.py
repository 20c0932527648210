"""PostgreSQL: the same units through asyncpg, several at once, rerun on a lost race."""

import asyncio
import socket
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.store.base import ENGINE_OPTIONS, MOST_RUNS, P, R, Unit

CONNECTIONS = 10
LOST_RACES = frozenset({"23505", "40001", "40P01"})  # unique violation, serialisation failure, deadlock

CONNECT_SECONDS = 10
FROZEN_SECONDS = 20
"""A transaction in which nothing happens for so long is ended by the server: its process is frozen, its locks are not
to keep the others out."""

SILENCE_SECONDS = 20
"""A connection whose other end has fallen silent for so long is given up; without this only after a quarter of an
hour, and never while nothing is sent."""

CONNECTING: dict[str, Any] = {
    "timeout": CONNECT_SECONDS,
    "server_settings": {
        "application_name": "gemba",
        "idle_in_transaction_session_timeout": str(FROZEN_SECONDS * 1_000),
    },
}


class PostgresStore:
    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url).set(drivername="postgresql+asyncpg")
        self.committed = asyncio.Event()
        self.trouble: str | None = None
        self._engine = postgres_engine(self.url, pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=True)

    async def write(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        for run in range(1, MOST_RUNS + 1):
            try:
                async with self._engine.begin() as connection:
                    result = await connection.run_sync(lambda tx: unit(tx, *args, **kwargs))
            except sa.exc.DBAPIError as error:
                if run == MOST_RUNS or getattr(error.orig, "sqlstate", None) not in LOST_RACES:
                    raise
            else:
                self.committed.set()
                return result
        raise AssertionError("unreachable")

    write_first = write

    async def read(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        async with self._engine.connect() as connection:
            return await connection.run_sync(lambda tx: query(tx, *args, **kwargs))

    look = read

    async def close(self) -> None:
        await self._engine.dispose()


def postgres_engine(url: sa.URL, **pool: Any) -> AsyncEngine:
    engine = create_async_engine(url, connect_args=CONNECTING, **ENGINE_OPTIONS, **pool)
    sa.event.listen(engine.sync_engine, "connect", _notice_silence)
    return engine


def _notice_silence(connection: Any, _record: Any) -> None:
    """The driver has no setting for it, and its transport is the only way to the socket."""
    line: socket.socket | None = connection.driver_connection._transport.get_extra_info("socket")
    if line is None or line.family not in (socket.AF_INET, socket.AF_INET6):
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_USER_TIMEOUT", SILENCE_SECONDS * 1_000),
        ("TCP_KEEPIDLE", SILENCE_SECONDS // 2),
        ("TCP_KEEPINTVL", SILENCE_SECONDS // 4),
        ("TCP_KEEPCNT", 2),
    ):
        if option := getattr(socket, name, None):
            line.setsockopt(socket.IPPROTO_TCP, option, value)
