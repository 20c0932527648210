"""Boards: where more leads wait than a group may have cards, one message lists them and each is taken by its button."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.leads import Status
from bot.domain.policy import Policy
from bot.storage.boards import (
    Board,
    drop_board,
    leads_on,
    leave_board,
    newest_board,
    put_board,
    set_board_content,
    stand_on,
    without_card,
)
from bot.storage.outbox import drop_keys, waiting_payloads
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, leads, touches
from bot.use_cases.mark_shown import mark_shown
from bot.use_cases.promises import card_key, show_card

MOST_LINES = 40

TAKES_MORE_FOR = timedelta(minutes=2)
"""Later a new message comes: an edit notifies nobody, and the board has moved up and out of sight."""

WAITS_IN = {
    "sales": (leads.c.status == Status.OFFERED,),
    "marketing": (leads.c.status == Status.NURTURING, leads.c.owner_id.is_(None)),
}
"""The places that have boards, and who waits there for somebody to take him."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    lead_id: int
    name: str
    score: int
    band: str
    channel: str
    source: str | None
    campaign: str | None
    waits_since: datetime


def find_waiting(tx: Tx, destination: str, place: str, now: datetime) -> list[int]:
    """The leads whose card there is promised and due, and not shown yet."""
    promised = [
        payload["lead"] for payload in waiting_payloads(tx, destination, "card", now) if payload["place"] == place
    ]
    return without_card(tx, promised, place)


def view_board(
    tx: Tx, place: str, lead_ids: Collection[int], policy: Policy, most: int = MOST_LINES
) -> list[BoardLine]:
    """Those of the leads who still wait, hottest first."""
    rows = tx.execute(
        sa.select(
            leads.c.id.label("lead_id"),
            contacts.c.name,
            leads.c.score,
            leads.c.band,
            leads.c.channel,
            touches.c.source,
            touches.c.campaign,
            sa.func.coalesce(leads.c.waiting_since, leads.c.offered_at, leads.c.created_at).label("waits_since"),
        )
        .select_from(leads.join(contacts).outerjoin(touches, touches.c.id == leads.c.last_touch_id))
        .where(leads.c.id.in_(list(lead_ids)), *WAITS_IN[place], contacts.c.forgotten_at.is_(None))
    ).mappings()
    lines = [BoardLine(**{**row, "name": policy.hide(row["name"])}) for row in rows]
    return sorted(lines, key=_heat)[:most]


def _heat(line: BoardLine) -> tuple[int, datetime, int]:
    return (-line.score, line.waits_since, line.lead_id)


def plan_board(
    tx: Tx, place: str, chat_id: int, waiting: Sequence[int], policy: Policy, now: datetime
) -> tuple[Board | None, list[BoardLine]]:
    """Which board shall show those who wait, None for a new one, and all that will then stand on it."""
    board = newest_board(tx, place, chat_id)
    coming = view_board(tx, place, waiting, policy)
    if board is not None and board.posted_at > now - TAKES_MORE_FOR:
        there = view_board(tx, place, leads_on(tx, board.id), policy)
        if len(there) + len(coming) <= MOST_LINES:
            return board, sorted([*there, *coming], key=_heat)
    return None, coming


def post_board(
    tx: Tx, place: str, chat_id: int, message_id: int, shown: Sequence[int], content: str, now: datetime
) -> Board:
    """The message stands there and shows these leads: none of them waits for a card of his own any more."""
    board = put_board(tx, place, chat_id, message_id, now)
    before = leads_on(tx, board.id)
    leave_board(tx, board.id, set(before) - set(shown))
    set_board_content(tx, board.id, content)
    stand_here(tx, board, shown, now)
    return board


def stand_here(tx: Tx, board: Board, lead_ids: Sequence[int], now: datetime) -> None:
    """Who waits and has no card yet has it on this board."""
    waiting = sa.select(leads.c.id).where(leads.c.id.in_(list(lead_ids)), *WAITS_IN[board.place])
    new = without_card(tx, sorted(tx.scalars(waiting).all()), board.place)
    stand_on(tx, board, new, now)
    drop_keys(tx, [card_key(lead_id, board.place) for lead_id in new], now)
    if board.place == "sales":
        mark_shown(tx, new, now)


def lose_board(tx: Tx, board: Board, now: datetime) -> None:
    """Somebody has deleted the message: who still waits is shown anew."""
    stood = drop_board(tx, board.id)
    for lead_id in tx.scalars(sa.select(leads.c.id).where(leads.c.id.in_(stood), *WAITS_IN[board.place])).all():
        show_card(tx, lead_id, board.place, now)
