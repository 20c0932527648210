"""The face of the store, and what both of its kinds share."""

import asyncio
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.errors import StoreUnavailableError
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
    """Set after every write that changed something; who waits for work clears it before looking."""
    trouble: str | None
    """Why nothing could be written, until something is; where the database answers for itself always None."""

    async def write(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def write_first(self, unit: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """For taps: ahead of bulk intake."""
        ...

    async def read(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

    async def look(self, query: Unit[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A short read after every commit: on SQLite by the writer, who has at hand what a reader must fetch."""
        ...

    async def close(self) -> None: ...


AWAY = ("08", "57P01", "57P02", "57P03", "53300")
"""Of PostgreSQL's error codes those that say nothing of the unit: no connection, or none any more, or none yet."""


def is_away(error: BaseException) -> bool:
    """The store was not there for it: the same unit may go well a moment later."""
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, (ConnectionError, StoreUnavailableError))
    code = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or isinstance(error.orig, OSError) or code.startswith(AWAY)


def insert(tx: Tx, table: sa.Table) -> Any:
    """An INSERT that can say ON CONFLICT, in the dialect of this transaction; the form is the same in both."""
    return insert_for(tx.dialect.name, table)


def insert_for(dialect: str, table: sa.Table) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


# Building a statement takes longer than running it: what every message asks is built once, with bind parameters.


@cache
def rows_by(columns: tuple[sa.Column[Any], ...], *names: str) -> sa.Select[Any]:
    """`SELECT columns … WHERE name = :name AND …`"""
    table = columns[0].table
    return sa.select(*columns).where(*(table.c[name] == sa.bindparam(name) for name in names))


@cache
def update_by_id(table: sa.Table) -> sa.Update:
    """`UPDATE … WHERE id = :of`: run with `of` and the values to set."""
    return table.update().where(table.c.id == sa.bindparam("of"))


@cache
def insert_new(dialect: str, columns: tuple[sa.Column[Any], ...], *unique: str) -> Any:
    """`INSERT … ON CONFLICT (unique) DO NOTHING RETURNING columns`: run with the values; no row where it is known."""
    inserted = insert_for(dialect, columns[0].table).on_conflict_do_nothing(index_elements=unique)
    return inserted.returning(*columns)


def new_id(result: sa.CursorResult[Any]) -> int:
    """The key of the one row just inserted."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


DEEPEST = 200
"""How far lists and objects nest in what is stored; beyond 254 the library that writes them gives up."""


def dumps(value: Any) -> str:
    """JSON that every database takes: PostgreSQL's has no NUL, and no UTF-8 has half a surrogate pair.

    What nests deeper than anything that is read is left out: an event that cannot be stored would come again for ever.
    """
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = orjson.dumps(_storable(value, DEEPEST)).decode()
    while "\\u0000" in text and (cleaned := _NUL.sub(r"\1", text)) != text:
        text = cleaned
    return text


def _storable(value: Any, levels: int) -> Any:
    match value:
        case str():
            return storable(value)
        case dict() | list() | tuple() if not levels:
            return None
        case dict():
            return {_storable(key, levels): _storable(item, levels - 1) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item, levels - 1) for item in value]
        case _:
            return value


ENGINE_OPTIONS: dict[str, Any] = {"json_serializer": dumps, "json_deserializer": orjson.loads}
