"""The messages that show a lead: its cards in the team's chats and at desks, and whatever else tells of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.store import hot
from bot.storage.store.base import Tx, insert, rows_by
from bot.storage.tables import cards, mentions

TEAM_PLACES = ("sales", "marketing", "feedback", "dispute")
"""Where the team's chats show cards; besides, each owner has one at his desk."""


def desk_place(teammate_id: int) -> str:
    return f"desk:{teammate_id}"


@dataclass(frozen=True, slots=True)
class Card:
    lead_id: int
    place: str
    chat_id: int
    thread_id: int | None
    message_id: int
    content: str | None = None
    """A digest of what the message shows; None when nobody knows."""
    board_id: int | None = None
    """The message is a board, on which the lead is one of many."""


_CARD = tuple(cards.c[name] for name in Card.__dataclass_fields__)


def get_card(tx: Tx, lead_id: int, place: str) -> Card | None:
    row = hot.first(tx, rows_by(_CARD, "lead_id", "place"), {"lead_id": lead_id, "place": place})
    return Card(*row) if row is not None else None


def card_at(tx: Tx, chat_id: int, message_id: int) -> Card | None:
    """Whose card this message is. A board is nobody's alone."""
    here = (cards.c.chat_id == chat_id, cards.c.message_id == message_id, cards.c.board_id.is_(None))
    row = tx.execute(sa.select(*_CARD).where(*here)).first()
    return Card(**row._mapping) if row is not None else None


def put_card(tx: Tx, card: Card, now: datetime) -> None:
    place = {
        "chat_id": card.chat_id,
        "thread_id": card.thread_id,
        "message_id": card.message_id,
        "content": card.content,
        "board_id": card.board_id,
        "shown_at": now,
    }
    tx.execute(
        insert(tx, cards)
        .values(lead_id=card.lead_id, place=card.place, **place)
        .on_conflict_do_update(index_elements=["lead_id", "place"], set_=place)
    )


def set_card_content(tx: Tx, lead_id: int, place: str, content: str) -> None:
    tx.execute(cards.update().where(cards.c.lead_id == lead_id, cards.c.place == place).values(content=content))


def drop_card(tx: Tx, lead_id: int, place: str) -> None:
    tx.execute(cards.delete().where(cards.c.lead_id == lead_id, cards.c.place == place))


def drop_cards_in(tx: Tx, chat_id: int) -> list[tuple[int, str]]:
    """Forgets every card in a chat; `(lead id, place)` of each."""
    gone = tx.execute(cards.delete().where(cards.c.chat_id == chat_id).returning(cards.c.lead_id, cards.c.place))
    return [(row.lead_id, row.place) for row in gone]


def add_mention(tx: Tx, lead_id: int, chat_id: int, message_id: int) -> None:
    """Another message of ours tells of this lead."""
    tx.execute(
        insert(tx, mentions)
        .values(lead_id=lead_id, chat_id=chat_id, message_id=message_id)
        .on_conflict_do_nothing(index_elements=["lead_id", "chat_id", "message_id"])
    )


def cards_of(tx: Tx, lead_id: int) -> list[Card]:
    return [Card(*row) for row in hot.rows(tx, rows_by(_CARD, "lead_id"), {"lead_id": lead_id})]


def cards_near(tx: Tx, lead_ids: Collection[int], chat_id: int) -> dict[int, tuple[int, int]]:
    """Chat and message of a card of each lead that has one in a team chat: in this chat, or else in another."""
    rows = tx.execute(
        sa.select(cards.c.lead_id, cards.c.chat_id, cards.c.message_id)
        .where(cards.c.lead_id.in_(list(lead_ids)), cards.c.place.in_(TEAM_PLACES))
        .order_by(cards.c.chat_id == chat_id, cards.c.id.desc())
    )
    return {row.lead_id: (row.chat_id, row.message_id) for row in rows}  # of several the last one stays
