"""Column types: one aware-UTC time, one 64-bit key, one text, one JSON."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""SQLite numbers rows by itself only where the column is INTEGER."""

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def storable(text: str) -> str:
    """Without what no database takes: PostgreSQL refuses NUL, and half a surrogate pair is no UTF-8."""
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


class Words(sa.types.TypeDecorator[str]):
    """Text; whatever people write, nothing in it can make a statement fail."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        return None if value is None else storable(value)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in Python; `timestamptz` on PostgreSQL, sortable text on SQLite. A naive time is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone has no place in the store")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
