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

    def bind_processor(self, _dialect: sa.Dialect) -> Any:
        return _storable_or_none


def _storable_or_none(value: str | None) -> str | None:
    return None if value is None else storable(value)


_TEXT_LENGTH = len("2026-11-30 09:00:00.000000")


def _time_to_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it for SQLite, in a fifth of the time: without the zone, which is always UTC."""
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:_TEXT_LENGTH]


def _time_from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone has no place in the store")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in Python; `timestamptz` on PostgreSQL, sortable text on SQLite. A naive time is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        return _time_to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        return _time_from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)
