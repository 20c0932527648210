"""The statements of every message: compiled once, then run by the driver itself.

SQLAlchemy spends 17 µs around a statement that SQLite answers in 3, and no message needs what it does there. Only
statements that are built once may come here: their SQL and their types are remembered by what they are.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.storage.store.base import Tx

_Convert = Callable[[Any], Any]
_row_type: Any = namedtuple


class _Compiled:
    """The SQL of one statement in one dialect, what it asks for, and how values go in and come out."""

    def __init__(self, statement: Any, dialect: sa.Dialect, names: tuple[str, ...]) -> None:
        told = statement.is_dml and getattr(statement, "select", None) is None  # else it names its columns itself
        compiled = statement.compile(dialect=dialect, column_keys=names if told else None)
        self.sql = str(compiled)
        binds = compiled.binds
        self._constant = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._asked: list[tuple[str, _Convert | None]] = [
            (name, binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in compiled.positiontup
        ]
        columns = tuple(statement.exported_columns)
        converted = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._converted = [(at, convert) for at, convert in enumerate(converted) if convert is not None]
        self._make = _row_type("Row", [column.key for column in columns], rename=True)._make

    def run(self, tx: Tx, values: Mapping[str, Any]) -> Any:
        if self._constant:
            values = {**self._constant, **values}
        return _run(
            tx, self.sql, [values[at] if convert is None else convert(values[at]) for at, convert in self._asked]
        )

    def row(self, told: Any) -> Any:
        if not self._converted:
            return self._make(told)
        told = list(told)
        for at, convert in self._converted:
            told[at] = convert(told[at])
        return self._make(told)


def _run(tx: Tx, sql: str, values: Sequence[Any]) -> Any:
    cursor = tx.connection.dbapi_connection.cursor()  # type: ignore[union-attr]
    try:
        cursor.execute(sql, values)
    except tx.dialect.loaded_dbapi.Error as error:
        raise _as_everywhere(tx, sql, error) from error
    return cursor


def _as_everywhere(tx: Tx, sql: str, error: Exception) -> BaseException:
    """The error as SQLAlchemy names it, without the values; a connection that is gone is not used again."""
    dialect = tx.dialect
    lost = dialect.is_disconnect(error, tx.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        tx.invalidate(error)
    return sa.exc.DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )


_known: dict[tuple[Any, ...], _Compiled] = {}


def _compiled(tx: Tx, statement: Any, values: Mapping[str, Any]) -> _Compiled:
    """What is read asks for the same values each time; what is written is told by the names of its values, too."""
    key = (statement, tx.dialect.name, *values) if statement.is_dml else (statement, tx.dialect.name)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _Compiled(statement, tx.dialect, tuple(values))
    return found


def command(tx: Tx, sql: str) -> None:
    """Something that is no query, in the driver's own words."""
    _run(tx, sql, ()).close()


def first(tx: Tx, statement: Any, values: Mapping[str, Any]) -> Any:
    """The first row, with the columns by their names and in their order, or None."""
    compiled = _compiled(tx, statement, values)
    cursor = compiled.run(tx, values)
    told = cursor.fetchone()
    cursor.close()
    return compiled.row(told) if told is not None else None


def rows(tx: Tx, statement: Any, values: Mapping[str, Any]) -> list[Any]:
    compiled = _compiled(tx, statement, values)
    cursor = compiled.run(tx, values)
    found = [compiled.row(told) for told in cursor.fetchall()]
    cursor.close()
    return found


def change(tx: Tx, statement: Any, values: Mapping[str, Any]) -> int:
    """How many rows it changed or added."""
    cursor = _compiled(tx, statement, values).run(tx, values)
    count = int(cursor.rowcount)
    cursor.close()
    return count
