"""Topics in which talks go on: which of them we know, and which talks may be waiting for one."""

from datetime import datetime

import sqlalchemy as sa

from bot.storage.desks import Desk, desk_of_thread
from bot.storage.store.base import Tx
from bot.storage.tables import cards, contacts, desks, leads, outbox, prompts


def is_known_topic(tx: Tx, chat_id: int, thread_id: int) -> bool:
    """Somebody's talk goes on there, or did before it moved: its card still stands there."""
    if desk_of_thread(tx, chat_id, thread_id) is not None:
        return True
    headed = sa.select(cards.c.id).where(cards.c.chat_id == chat_id, cards.c.thread_id == thread_id)
    return tx.scalar(headed.limit(1)) is not None


def talks_under_way(tx: Tx, chat_id: int, since: datetime, until: datetime) -> list[tuple[Desk, str]]:
    """The desks of this chat, each with its customer's name, that may have been given a topic in this time."""
    rows = tx.execute(
        sa.select(desks.c.lead_id, desks.c.teammate_id, desks.c.chat_id, desks.c.thread_id, contacts.c.name)
        .select_from(desks.join(leads, leads.c.id == desks.c.lead_id).join(contacts))
        .where(
            desks.c.chat_id == chat_id,
            sa.func.coalesce(leads.c.claimed_at, leads.c.created_at) <= until,
            sa.or_(leads.c.closed_at.is_(None), leads.c.closed_at >= since),
        )
        .order_by(desks.c.id)
    )
    return [(Desk(*row[:4]), row.name) for row in rows]


def is_asked_about(tx: Tx, chat_id: int, thread_id: int) -> bool:
    """Somebody has written there, and is asked to whom."""
    asked = sa.select(prompts.c.id).where(prompts.c.chat_id == chat_id, prompts.c.thread_id == thread_id)
    return tx.scalar(asked.limit(1)) is not None


def is_being_erased(tx: Tx, destination: str, thread_id: int) -> bool:
    """It was a forgotten person's: to be erased, or refused to be."""
    left = sa.select(outbox.c.id).where(
        outbox.c.kind == "erase_topic",
        outbox.c.destination == destination,
        outbox.c.payload["thread"].as_integer() == thread_id,
    )
    return tx.scalar(left.limit(1)) is not None
