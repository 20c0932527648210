"""What could not be sent: it stays in the outbox for a person to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.store.base import Tx
from bot.storage.tables import outbox

ERASING = ("erase", "erase_topic")
"""What takes a forgotten person out of our chats."""


@dataclass(frozen=True, slots=True)
class FailedItem:
    """An item that finally failed; nothing in it tells of a customer."""

    id: int
    kind: str
    carrier: str
    created_at: datetime
    attempts: int
    error: str
    place: str = ""
    """Where to erase by hand what Telegram refuses to erase for us: `chat/message`."""


def failed_items(tx: Tx, most: int = 1_000) -> list[FailedItem]:
    """Oldest first."""
    rows = tx.execute(sa.select(outbox).where(outbox.c.status == "failed").order_by(outbox.c.id).limit(most))
    return [
        FailedItem(
            row.id,
            row.kind,
            row.destination.partition(":")[0],
            row.created_at,
            row.calls or row.attempts,
            row.error,
            _place(row) if row.kind in ERASING else "",
        )
        for row in rows
    ]


def erasures_left(tx: Tx, contact_id: int) -> tuple[int, int]:
    """Of what is to be erased from our chats after a person was forgotten: `(waiting, refused)`."""
    counted = sa.select(outbox.c.status, sa.func.count()).where(
        outbox.c.kind.in_(ERASING), outbox.c.payload["contact"].as_integer() == contact_id
    )
    found = {row[0]: row[1] for row in tx.execute(counted.group_by(outbox.c.status))}
    return found.get("pending", 0), found.get("failed", 0)


def count_failed(tx: Tx) -> int:
    return int(tx.scalar(sa.select(sa.func.count()).where(outbox.c.status == "failed")) or 0)


def retry_failed(tx: Tx, now: datetime) -> tuple[int, int]:
    """What failed is due at once; `(due again, dropped)`.

    Dropped is what has expired, and what a newer item of the same key says better.
    """
    newer = outbox.alias("newer")
    superseded = (
        sa.select(newer.c.id)
        .where(
            newer.c.key == outbox.c.key,
            sa.or_(newer.c.status == "pending", sa.and_(newer.c.status == "failed", newer.c.id > outbox.c.id)),
        )
        .exists()
    )
    failed = outbox.update().where(outbox.c.status == "failed")
    dropped = tx.execute(
        failed.where(sa.or_(outbox.c.expires_at <= now, superseded)).values(
            status="dropped", finished_at=now, version=outbox.c.version + 1
        )
    )
    due = tx.execute(
        failed.values(
            status="pending",
            not_before=now,
            attempts=0,
            finished_at=None,
            error=None,
            version=outbox.c.version + 1,
        )
    )
    return int(due.rowcount), int(dropped.rowcount)


def _place(row: Any) -> str:
    """As a link opens it, where Telegram has one; a private chat is the bot's with that teammate."""
    chat = row.destination.rpartition(":")[2]
    number = row.payload.get("message") or row.payload.get("thread")
    return f"https://t.me/c/{chat[4:]}/{number}" if chat.startswith("-100") else f"{chat}/{number}"
