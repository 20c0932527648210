"""Boards: one message of a team's chat on which many leads have their card."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from bot.storage.cards import Card, put_card
from bot.storage.store.base import Tx, new_id
from bot.storage.tables import boards, cards


@dataclass(frozen=True, slots=True)
class Board:
    id: int
    place: str
    chat_id: int
    message_id: int
    content: str | None
    """A digest of what the message shows; None when nobody knows."""
    posted_at: datetime


_BOARD = [boards.c[name] for name in Board.__dataclass_fields__]


def get_board(tx: Tx, board_id: int) -> Board | None:
    return _one(tx, boards.c.id == board_id)


def board_at(tx: Tx, chat_id: int, message_id: int) -> Board | None:
    return _one(tx, boards.c.chat_id == chat_id, boards.c.message_id == message_id)


def newest_board(tx: Tx, place: str, chat_id: int) -> Board | None:
    return _one(tx, boards.c.place == place, boards.c.chat_id == chat_id)


def put_board(tx: Tx, place: str, chat_id: int, message_id: int, now: datetime) -> Board:
    """The board that this message is; known from now on."""
    known = board_at(tx, chat_id, message_id)
    if known is not None:
        return known
    values = {"place": place, "chat_id": chat_id, "message_id": message_id, "posted_at": now}
    board_id = new_id(tx.execute(boards.insert().values(values)))
    return Board(board_id, place, chat_id, message_id, None, now)


def set_board_content(tx: Tx, board_id: int, content: str) -> None:
    tx.execute(boards.update().where(boards.c.id == board_id).values(content=content))


def drop_board(tx: Tx, board_id: int) -> list[int]:
    """Forgets the board; the leads that stood on it, which have no card there any more."""
    left = tx.execute(cards.delete().where(cards.c.board_id == board_id).returning(cards.c.lead_id))
    lead_ids = [row.lead_id for row in left]
    tx.execute(boards.delete().where(boards.c.id == board_id))
    return lead_ids


def drop_boards_in(tx: Tx, chat_id: int) -> None:
    """After the cards: nothing may point at them any more."""
    tx.execute(boards.delete().where(boards.c.chat_id == chat_id))


def leads_on(tx: Tx, board_id: int) -> list[int]:
    return list(tx.scalars(sa.select(cards.c.lead_id).where(cards.c.board_id == board_id).order_by(cards.c.lead_id)))


def laid_on(tx: Tx, board_id: int) -> list[list[int]]:
    """The same in the order of their buttons: who came together stands together, the last ones first."""
    laid = sa.select(cards.c.lead_id, cards.c.shown_at).where(cards.c.board_id == board_id)
    rows = tx.execute(laid.order_by(cards.c.shown_at.desc(), cards.c.id)).all()
    return [[row.lead_id for row in batch] for _, batch in groupby(rows, key=lambda row: row.shown_at)]


def boards_in(tx: Tx, place: str, chat_id: int) -> list[Board]:
    """The newest first."""
    here = sa.select(*_BOARD).where(boards.c.place == place, boards.c.chat_id == chat_id)
    return [Board(**row._mapping) for row in tx.execute(here.order_by(boards.c.id.desc()))]


def boards_of(tx: Tx, lead_ids: Collection[int]) -> list[int]:
    """On which boards any of these leads stands."""
    found = sa.select(cards.c.board_id).where(cards.c.lead_id.in_(list(lead_ids)), cards.c.board_id.is_not(None))
    return list(tx.scalars(found.distinct().order_by(cards.c.board_id)))


def without_card(tx: Tx, lead_ids: Collection[int], place: str) -> list[int]:
    """Which of them have no card there yet, neither their own nor on a board."""
    known = set(
        tx.scalars(sa.select(cards.c.lead_id).where(cards.c.lead_id.in_(list(lead_ids)), cards.c.place == place))
    )
    return [lead_id for lead_id in lead_ids if lead_id not in known]


def stand_on(tx: Tx, board: Board, lead_ids: Sequence[int], now: datetime) -> None:
    """Their buttons follow each other in this order."""
    for lead_id in lead_ids:
        put_card(tx, Card(lead_id, board.place, board.chat_id, None, board.message_id, None, board.id), now)


def leave_board(tx: Tx, board_id: int, lead_ids: Collection[int]) -> None:
    tx.execute(cards.delete().where(cards.c.board_id == board_id, cards.c.lead_id.in_(list(lead_ids))))


def _one(tx: Tx, *conditions: sa.ColumnElement[bool]) -> Board | None:
    row = tx.execute(sa.select(*_BOARD).where(*conditions).order_by(boards.c.id.desc()).limit(1)).first()
    return Board(**row._mapping) if row is not None else None
