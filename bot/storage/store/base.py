"""The face of the store, and what both of its kinds share."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.types import storable

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


_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def dumps(value: Any) -> str:
    """JSON that every database takes: PostgreSQL's has no NUL, and no UTF-8 has half a surrogate pair."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = orjson.dumps(_storable(value)).decode()
    while "\\u0000" in text and (cleaned := _NUL.sub(r"\1", text)) != text:
        text = cleaned
    return text


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
        case _:
            return value


ENGINE_OPTIONS: dict[str, Any] = {"json_serializer": dumps, "json_deserializer": orjson.loads}
