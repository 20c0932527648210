"""PostgreSQL: the same units through asyncpg, several at once, rerun on a lost race."""

import asyncio

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.store.base import ENGINE_OPTIONS, MOST_RUNS, P, R, Unit

CONNECTIONS = 10
LOST_RACES = frozenset({"23505", "40001", "40P01"})  # unique violation, serialisation failure, deadlock


class PostgresStore:
    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url).set(drivername="postgresql+asyncpg")
        self.committed = asyncio.Event()
        self._engine = create_async_engine(
            self.url, pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=True, **ENGINE_OPTIONS
        )

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

    async def close(self) -> None:
        await self._engine.dispose()
