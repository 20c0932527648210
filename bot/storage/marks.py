"""Small facts the product remembers about itself."""

import sqlalchemy as sa

from bot.storage.store.base import Tx, insert
from bot.storage.tables import marks


def leave_mark(tx: Tx, name: str, value: str) -> None:
    statement = insert(tx, marks).values(name=name, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def read_mark(tx: Tx, name: str) -> str | None:
    value: str | None = tx.scalar(sa.select(marks.c.value).where(marks.c.name == name))
    return value


def has_tables(tx: Tx) -> bool:
    """Whether this is still our database: one made anew under the same name answers, and knows nothing."""
    return sa.inspect(tx).has_table(marks.name)
