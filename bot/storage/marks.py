"""Small facts the product remembers about itself."""

from bot.storage.store.base import Tx, insert
from bot.storage.tables import marks


def leave_mark(tx: Tx, name: str, value: str) -> None:
    statement = insert(tx, marks).values(name=name, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
