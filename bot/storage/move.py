"""Moves all that is stored from SQLite to another database: all of it, compared row by row, or nothing."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    if any(_counts(tx).values()):
        raise TargetInUseError
    expected = _counts(old)
    done, total = 0, sum(expected.values())
    for table in MOVED:
        written = _Sum()
        inward = [key.parent.name for key in table.foreign_keys if key.column.table is table]
        for rows in _steps(old, table):
            tx.execute(table.insert(), [row | dict.fromkeys(inward) for row in rows])
            written.add(rows)
            progress(done := done + len(rows), total)
        for name in inward:  # a row may refer to a later one of its own table
            for rows in _steps(old, table):
                refers = [{"of": row["id"], "to": row[name]} for row in rows if row[name] is not None]
                if refers:
                    one = table.update().where(table.c.id == sa.bindparam("of"))
                    tx.execute(one.values({name: sa.bindparam("to")}), refers)
        kept = _Sum()
        for rows in _steps(tx, table):
            kept.add(rows)
        if kept.value != written.value or written.rows != expected[table.name]:
            raise MoveFailedError(f"{MoveFailedError.__doc__} It is the table {table.name}.")
        _number_on(tx, table)
    return _counts(tx)


def _steps(tx: Tx, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    key = list(table.primary_key)
    query = sa.select(table).order_by(*key).limit(ROWS_A_STEP)
    last: list[Any] = []
    while True:
        after = sa.tuple_(*key) > sa.tuple_(*map(sa.literal, last)) if last else sa.true()
        rows = [dict(row) for row in tx.execute(query.where(after)).mappings()]
        if not rows:
            return
        yield rows
        last = [rows[-1][column.name] for column in key]


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

    def add(self, rows: list[dict[str, Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            told = repr(sorted((name, _plain(value)) for name, value in row.items())).encode("utf-8", "replace")
            self.value += int.from_bytes(hashlib.blake2b(told, digest_size=16).digest())


def _plain(value: Any) -> Any:
    """The same words for the same value, whichever database it came from."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return sorted((key, _plain(item)) for key, item in value.items())
        case list() | tuple():
            return [_plain(item) for item in value]
        case memoryview():
            return bytes(value)
        case _:
            return value
