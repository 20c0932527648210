"""What Telegram has said of our bot: good enough to begin with while it is away, and for who only links to it."""

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from bot.storage.store.base import Tx, dumps, insert
from bot.storage.tables import marks


def put_profile(tx: Tx, bot_id: int, profile: Mapping[str, Any]) -> None:
    value = dumps(dict(profile))
    tx.execute(
        insert(tx, marks)
        .values(name=_name(bot_id), value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def get_profile(tx: Tx, bot_id: int) -> dict[str, Any] | None:
    value = tx.scalar(sa.select(marks.c.value).where(marks.c.name == _name(bot_id)))
    return orjson.loads(value) if value else None


def bot_name(tx: Tx, bot_id: int) -> str | None:
    """Its username, once Telegram has told it."""
    return (get_profile(tx, bot_id) or {}).get("username")


def _name(bot_id: int) -> str:
    return f"profile:{bot_id}"
