"""The face of the store, and what both of its kinds share."""

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Tx = sa.Connection
P = ParamSpec("P")
R = TypeVar("R")
Unit = Callable[Concatenate[Tx, P], R]
"""One unit of work: a plain synchronous function whose only effects are on `tx`."""

MOST_RUNS = 5


class Store(Protocol):
    """Runs units of work. A unit never catches an integrity error: it is run again, five times at most."""

    url: sa.URL
    committed: asyncio.Event
    """Set after every committed write; who waits for work clears it before looking."""

    async def write(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def write_first(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """For taps: ahead of bulk intake."""
        ...

    async def read(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def close(self) -> None: ...


def insert(tx: Tx, table: sa.Table) -> Any:
    """An INSERT that can say ON CONFLICT, in the dialect of this transaction; the form is the same in both."""
    return (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(table)


def new_id(result: sa.CursorResult[Any]) -> int:
    """The key of the one row just inserted."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


ENGINE_OPTIONS: dict[str, Any] = {"json_serializer": dumps, "json_deserializer": orjson.loads}
