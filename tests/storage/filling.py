"""Rows for every table, made from the tables themselves, so that a new table is filled without being asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

ROWS_A_TABLE = 3
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)

Rows = dict[str, list[dict[str, Any]]]


def fill(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Some rows in each table; the n-th row refers to the n-th row of every table it points at."""
    for table in metadata.sorted_tables:
        for n in range(1, ROWS_A_TABLE + 1):
            connection.execute(table.insert().values({column.name: _value(column, n) for column in table.columns}))


def everything(connection: sa.Connection) -> Rows:
    """All rows of all tables, as the database holds them and whatever the code thinks of them."""
    found = sa.MetaData()
    found.reflect(connection)
    return {
        name: sorted((dict(row._mapping) for row in connection.execute(table.select())), key=repr)
        for name, table in found.tables.items()
        if name != "alembic_version"
    }


def _value(column: sa.Column[Any], n: int) -> Any:
    if column.foreign_keys or (column.primary_key and _is(column, sa.Integer)):
        return n
    if _is(column, sa.Enum):
        return column.type.enums[n % len(column.type.enums)]  # type: ignore[attr-defined]
    if _is(column, sa.Boolean):
        return n % 2 == 0
    if _is(column, sa.Integer):
        return 10**10 + n if _is(column, sa.BigInteger) else n
    if _is(column, sa.DateTime):
        return START + timedelta(minutes=n, microseconds=n)
    if _is(column, sa.JSON):
        return {"№": n, "text": "Привет"}
    if _is(column, sa.LargeBinary):
        return b"\x00\xff" * n
    if _is(column, sa.Numeric):
        return n / 2
    return f"{column.name} №{n}"


def _is(column: sa.Column[Any], kind: type[sa.types.TypeEngine[Any]]) -> bool:
    kept_as = getattr(column.type, "impl_instance", column.type)
    return isinstance(kept_as, kind)
