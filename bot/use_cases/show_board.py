"""Boards: where more leads wait than a group may have cards, one message lists them and each is taken by its button."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile, pairwise
from math import ceil

import sqlalchemy as sa

from bot.domain.leads import Status
from bot.domain.policy import Policy
from bot.storage.boards import (
    Board,
    drop_board,
    get_board,
    laid_on,
    leads_on,
    leave_board,
    newest_board,
    put_board,
    set_board_content,
    stand_on,
    without_card,
)
from bot.storage.cards import get_card
from bot.storage.outbox import drop_keys, waiting_payloads
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, leads, touches
from bot.use_cases.mark_shown import mark_shown
from bot.use_cases.promises import card_key, gather_boards, refresh_board, show_card

MOST_LINES = 40

IN_A_ROW = 4
"""So that a number of five digits beside its sign is read on a phone."""

MOST_ROWS = 12
"""A keyboard that is higher leaves no room for the lines on a phone."""

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
    return hottest(lines)[:most]


def hottest(lines: Iterable[BoardLine]) -> list[BoardLine]:
    """The hottest first, then who has waited longest."""
    return sorted(lines, key=_heat)


def _heat(line: BoardLine) -> tuple[int, datetime, int]:
    return (-line.score, line.waits_since, line.lead_id)


@dataclass(frozen=True, slots=True)
class BoardView:
    """What a board shows: a line of each who waits, the hottest first, and the buttons as they lie."""

    told: Sequence[BoardLine]
    rows: Sequence[Sequence[int]]
    """Of lead ids, whether they wait or not: a row once laid stays, and the new ones come above it.

    Chats are read from below: what grows above moves nothing under the thumb.
    """


def fresh_view(told: Sequence[BoardLine]) -> BoardView:
    """Laid anew, the hottest first."""
    return BoardView(told, in_rows([line.lead_id for line in told]))


def see_board(tx: Tx, board: Board, policy: Policy) -> BoardView:
    """As it stands; rows at its head that are wholly taken are gone."""
    told = view_board(tx, board.place, leads_on(tx, board.id), policy)
    wait = {line.lead_id for line in told}
    rows = [row for batch in laid_on(tx, board.id) for row in in_rows(batch)]
    return BoardView(told, list(dropwhile(wait.isdisjoint, rows)))


def in_rows(lead_ids: Sequence[int]) -> list[Sequence[int]]:
    """As few as they can be, and even: a button alone in its row would be as wide as four."""
    rows = ceil(len(lead_ids) / IN_A_ROW)
    edges = [ceil(row * len(lead_ids) / rows) for row in range(rows + 1)] if rows else [0]
    return [lead_ids[start:end] for start, end in pairwise(edges)]


def plan_board(
    tx: Tx, place: str, chat_id: int, waiting: Sequence[int], policy: Policy, now: datetime
) -> tuple[Board | None, BoardView]:
    """Which board shall show those who wait, None for a new one, and what it will then show."""
    board = newest_board(tx, place, chat_id)
    coming = fresh_view(view_board(tx, place, waiting, policy))
    if board is not None and board.posted_at > now - TAKES_MORE_FOR:
        there = see_board(tx, board, policy)
        told, rows = [*there.told, *coming.told], [*coming.rows, *there.rows]
        if len(told) <= MOST_LINES and len(rows) <= MOST_ROWS:
            return board, BoardView(hottest(told), rows)
    return None, coming


def post_board(
    tx: Tx, place: str, chat_id: int, message_id: int, shown: Sequence[int], content: str, now: datetime
) -> Board:
    """The message stands there and shows these leads: none of them waits for a card of his own any more.

    Who was taken while it was on its way keeps his place, so that his neighbours keep theirs.
    """
    board = put_board(tx, place, chat_id, message_id, now)
    gone = set(leads_on(tx, board.id)) - set(shown)
    leave_board(tx, board.id, gone)
    set_board_content(tx, board.id, content)
    stand_here(tx, board, shown, now, also_taken=True)
    show_anew(tx, gone, place, now)  # who was given back while the message without him was on its way
    gather_boards(tx, place, chat_id, now)
    return board


def is_left_out(tx: Tx, lead_id: int, place: str) -> bool:
    """Still waiting and shown nowhere: more waited than the board of his own turn could hold."""
    return bool(without_card(tx, _waiting(tx, [lead_id], place), place))


def stand_here(tx: Tx, board: Board, lead_ids: Sequence[int], now: datetime, *, also_taken: bool = False) -> None:
    """Who waits and has no card yet has it on this board."""
    waits = set(_waiting(tx, lead_ids, board.place))
    known = set(tx.scalars(sa.select(leads.c.id).where(leads.c.id.in_(list(lead_ids))))) if also_taken else waits
    here = without_card(tx, [lead_id for lead_id in lead_ids if lead_id in known], board.place)
    stand_on(tx, board, here, now)
    new = sorted(waits.intersection(here))
    drop_keys(tx, [card_key(lead_id, board.place) for lead_id in new], now)
    if board.place == "sales":
        mark_shown(tx, new, now)


def returns_to_board(tx: Tx, lead_id: int, place: str, now: datetime) -> bool:
    """Who is given back while the board is still being filled has his button again, where it was."""
    card = get_card(tx, lead_id, place)
    board = get_board(tx, card.board_id) if card is not None and card.board_id is not None else None
    if board is None or board.posted_at <= now - TAKES_MORE_FOR:
        return False
    if len(_waiting(tx, set(leads_on(tx, board.id)) - {lead_id}, place)) >= MOST_LINES:
        return False
    refresh_board(tx, board.id, now)
    mark_shown(tx, [lead_id], now)
    return True


def lose_board(tx: Tx, board: Board, now: datetime) -> None:
    """Somebody has deleted the message: who still waits is shown anew."""
    show_anew(tx, drop_board(tx, board.id), board.place, now)


def show_anew(tx: Tx, lead_ids: Collection[int], place: str, now: datetime) -> None:
    for lead_id in _waiting(tx, lead_ids, place):
        show_card(tx, lead_id, place, now)


def _waiting(tx: Tx, lead_ids: Collection[int], place: str) -> list[int]:
    return list(tx.scalars(sa.select(leads.c.id).where(leads.c.id.in_(list(lead_ids)), *WAITS_IN[place])))
