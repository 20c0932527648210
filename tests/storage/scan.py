"""Looks for words in every cell of a database, and in the bytes of its files."""

from pathlib import Path

import orjson
import sqlalchemy as sa

from bot.storage.store import Tx
from bot.storage.tables import metadata


def cells_with(tx: Tx, words: list[str]) -> list[str]:
    """`table.column: word` for every cell of every table that holds one of the words, whatever its type."""
    found = []
    for table in metadata.sorted_tables:
        for row in tx.execute(sa.select(table)).mappings():
            for column, value in row.items():
                text = value if isinstance(value, str) else orjson.dumps(value).decode()
                found += [f"{table.name}.{column}: {word}" for word in words if word.casefold() in text.casefold()]
    return found


def files_with(database: Path, words: list[str]) -> list[str]:
    """The same in the file itself, its log and its index: what was deleted must not lie there."""
    found = []
    for file in sorted(database.parent.glob(f"{database.name}*")):
        content = file.read_bytes()
        found += [f"{file.name}: {word}" for word in words if word.encode() in content]
    return found
