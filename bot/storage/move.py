"""Moves all that is stored from SQLite to another database: all of it, compared row by row, or nothing."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from bot.domain.errors import GembaError
from bot.storage.backup import Progress
from bot.storage.migrate import migrate, schema_state
from bot.storage.store import Tx, open_store
from bot.storage.store.base import ENGINE_OPTIONS
from bot.storage.tables import leases, metadata

ROWS_A_STEP = 1_000
MOVED = [table for table in metadata.sorted_tables if table is not leases]
"""Parents first. Who leads there is of no interest here."""

Counts = dict[str, int]


class TargetInUseError(GembaError):
    """The database to move to holds something already; give an empty one."""


class MoveFailedError(GembaError):
    """What was written is not what was read; the new database is as empty as before."""


async def move(source: str, target: str, backup_folder: Path, now: datetime, progress: Progress) -> Counts:
    """How many rows of each table were moved. Nobody may write to either database meanwhile.

    The new one takes all in one transaction, which is committed only when it holds, row by row, what the old one does.
    `progress` is told rows. Raises TargetInUseError, MoveFailedError.
    """
    if (await schema_state(target)).kind not in ("empty", "current"):
        raise TargetInUseError
    await migrate(target, backup_folder, now)
    reading, store = sa.create_engine(source, **ENGINE_OPTIONS), open_store(target)
    try:
        with reading.connect() as old:
            return await store.write(_fill, old, progress)
    finally:
        reading.dispose()
        await store.close()


def _fill(tx: Tx, old: Tx, progress: Progress) -> Counts:
    if tx.dialect.name == "postgresql":  # it waits for the reading of the other one, and nobody waits for it
        tx.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    if any(_counts(tx).values()):
        raise TargetInUseError
    expected = _counts(old)
    done, total = 0, sum(expected.values())
    for table in MOVED:
        written = _Sum()
        columns = list(table.columns.keys())
        inward = [columns.index(key.parent.name) for key in table.foreign_keys if key.column.table is table]
        for rows in _steps(old, table):
            _write(tx, table, [_without(row, inward) for row in rows] if inward else rows)
            written.add(rows)
            progress(done := done + len(rows), total)
        for at in inward:  # a row may refer to a later one of its own table
            one = table.update().where(table.c.id == sa.bindparam("of")).values({columns[at]: sa.bindparam("to")})
            for rows in _steps(old, table, table.c[columns[at]].is_not(None)):
                tx.execute(one, [{"of": row.id, "to": row[at]} for row in rows])
        kept = _Sum()
        for rows in _steps(tx, table):
            kept.add(rows)
        if kept.value != written.value or written.rows != expected[table.name]:
            raise MoveFailedError(f"{MoveFailedError.__doc__} It is the table {table.name}.")
        _number_on(tx, table)
    return _counts(tx)


def _steps(tx: Tx, table: sa.Table, *those: sa.ColumnElement[bool]) -> Iterator[Sequence[sa.Row[Any]]]:
    key = list(table.primary_key)
    at = [table.columns.keys().index(column.name) for column in key]
    query = sa.select(table).where(*those).order_by(*key).limit(ROWS_A_STEP)
    after = sa.tuple_(*key) > sa.tuple_(*(sa.bindparam(f"after_{column.name}", type_=column.type) for column in key))
    rows = tx.execute(query).all()
    while rows:
        yield rows
        last = {f"after_{column.name}": rows[-1][place] for column, place in zip(key, at, strict=True)}
        rows = tx.execute(query.where(after), last).all()


def _without(row: sa.Row[Any], places: Collection[int]) -> tuple[Any, ...]:
    return tuple(None if at in places else value for at, value in enumerate(row))


def _write(tx: Tx, table: sa.Table, rows: Sequence[Sequence[Any]]) -> None:
    """By COPY where there is one: an INSERT that names each value takes several times as long."""
    columns = table.columns.keys()
    if tx.dialect.name != "postgresql":
        tx.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    convert = [column.type.dialect_impl(tx.dialect).bind_processor(tx.dialect) or _as_it_is for column in table.columns]
    records = [tuple(to(value) for to, value in zip(convert, row, strict=True)) for row in rows]
    connection: Any = tx.connection.dbapi_connection
    connection.run_async(lambda raw: raw.copy_records_to_table(table.name, records=records, columns=columns))


def _as_it_is(value: Any) -> Any:
    return value


def _counts(tx: Tx) -> Counts:
    return {table.name: tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in MOVED}


def _number_on(tx: Tx, table: sa.Table) -> None:
    """PostgreSQL numbers rows by a counter of its own, which rows that bring their number do not move."""
    if tx.dialect.name == "postgresql" and table.autoincrement_column is not None:
        counter = sa.func.pg_get_serial_sequence(table.name, "id")
        tx.execute(sa.select(sa.func.setval(counter, sa.func.max(table.c.id))).having(sa.func.max(table.c.id) > 0))


class _Sum:
    """Of the rows of a table, in whatever order they come: databases sort letters differently."""

    def __init__(self) -> None:
        self.rows = self.value = 0

    def add(self, rows: Sequence[sa.Row[Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            told = orjson.dumps(tuple(row), default=bytes.hex, option=orjson.OPT_SORT_KEYS)
            self.value += int.from_bytes(hashlib.blake2b(told, digest_size=16).digest())
