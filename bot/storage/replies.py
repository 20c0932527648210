"""Quick replies: what the team says again and again, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import MessageKind
from bot.storage.store.base import Tx, insert
from bot.storage.tables import quick_replies


@dataclass(frozen=True, slots=True)
class QuickReply:
    id: int
    name: str
    kind: MessageKind
    text: str
    file: Mapping[str, Any]


_COLUMNS = [quick_replies.c[name] for name in QuickReply.__dataclass_fields__]


def all_replies(tx: Tx) -> list[QuickReply]:
    return [_reply(row) for row in tx.execute(sa.select(*_COLUMNS).order_by(quick_replies.c.name))]


def get_reply(tx: Tx, reply_id: int) -> QuickReply | None:
    row = tx.execute(sa.select(*_COLUMNS).where(quick_replies.c.id == reply_id)).first()
    return _reply(row) if row is not None else None


def reply_named(tx: Tx, name: str) -> QuickReply | None:
    row = tx.execute(sa.select(*_COLUMNS).where(quick_replies.c.name == name.casefold())).first()
    return _reply(row) if row is not None else None


def put_reply(
    tx: Tx, name: str, kind: MessageKind, text: str, file: Mapping[str, Any], author_id: int, now: datetime
) -> None:
    """A name in use is given new words; the row says who changed it last, and when."""
    said = {"kind": kind, "text": text, "file": dict(file), "author_id": author_id, "changed_at": now}
    tx.execute(
        insert(tx, quick_replies)
        .values(name=name.casefold(), **said)
        .on_conflict_do_update(index_elements=["name"], set_=said)
    )


def drop_reply(tx: Tx, name: str) -> bool:
    return tx.execute(quick_replies.delete().where(quick_replies.c.name == name.casefold())).rowcount == 1


def _reply(row: sa.Row[Any]) -> QuickReply:
    return QuickReply(**{**row._mapping, "kind": MessageKind(row.kind)})
