"""What the tables promise by their shape alone."""

from collections.abc import Iterable

import sqlalchemy as sa

from bot.storage.tables import metadata

NEVER_DELETED = {"teammates", "touches"}


def test_no_row_is_deleted_by_looking_through_another_table() -> None:
    """The database looks for whoever refers to a row that goes: without an index in every row of a long history."""
    references = [key for table in metadata.sorted_tables for key in table.foreign_keys]
    sought = [key.parent for key in references if key.column.table.name not in NEVER_DELETED]
    assert len(sought) > 20
    assert [str(column) for column in sought if not _leads_an_index(column)] == []


def _leads_an_index(column: sa.Column[object]) -> bool:
    table = column.table
    assert isinstance(table, sa.Table)
    unique = [each for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    kept: list[Iterable[object]] = [table.primary_key, *unique, *(index.columns for index in table.indexes)]
    return any(column is next(iter(columns)) for columns in kept)
