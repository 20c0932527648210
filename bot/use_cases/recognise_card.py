"""A kill in the middle of a send can leave two cards of one lead, or two boards: the tapped one tells which."""

from collections.abc import Sequence
from datetime import datetime

from bot.storage.boards import board_at, put_board
from bot.storage.cards import Card, card_at, get_card, put_card
from bot.storage.desks import desk_of_thread, get_desk, set_thread
from bot.storage.leads import get_lead
from bot.storage.outbox import drop_lane
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats
from bot.use_cases.mark_shown import mark_shown
from bot.use_cases.promises import card_key, chat_of_place, refresh_board, remove_message
from bot.use_cases.show_board import stand_here


def recognise_card(
    tx: Tx,
    lead_id: int,
    place: str,
    chat_id: int,
    thread_id: int | None,
    message_id: int,
    now: datetime,
    *,
    beside: Sequence[int] = (),
) -> None:
    """Adopts a tapped card that we do not know when we know none; removes it when another one is the card.

    `beside` are the other leads whose buttons the message has: then it is a board.
    """
    known = get_card(tx, lead_id, place)
    if known is not None and (known.chat_id, known.message_id) == (chat_id, message_id):
        return
    if known is None and get_lead(tx, lead_id) is None:
        return  # any client can send any number
    board = board_at(tx, chat_id, message_id)
    if board is not None:
        # The edit that brought the lead here is not written down yet; or the one that took him away is not seen yet.
        if known is None:
            stand_here(tx, board, [lead_id], now)
        refresh_board(tx, board.id, now)
    elif known is not None:
        # Looked at after the card itself: it may be a card of another place, or have just become one.
        if card_at(tx, chat_id, message_id) is None:
            remove_message(tx, chat_id, message_id, now)
    elif _belongs(tx, lead_id, place, chat_id):
        if beside:
            board = put_board(tx, place, chat_id, message_id, now)
            stand_here(tx, board, [lead_id, *beside], now)
            refresh_board(tx, board.id, now)
            return
        put_card(tx, Card(lead_id, place, chat_id, thread_id, message_id), now)
        drop_lane(tx, card_key(lead_id, place), now)
        _adopt_topic(tx, lead_id, chat_id, thread_id)
        if place == "sales":
            mark_shown(tx, [lead_id], now)


def _adopt_topic(tx: Tx, lead_id: int, chat_id: int, thread_id: int | None) -> None:
    """The talk goes on where its card stands, when it has no topic yet."""
    desk = get_desk(tx, lead_id)
    if thread_id is None or desk is None or desk.chat_id != chat_id or desk.thread_id is not None:
        return
    if desk_of_thread(tx, chat_id, thread_id) is None:
        set_thread(tx, lead_id, thread_id)


def _belongs(tx: Tx, lead_id: int, place: str, chat_id: int) -> bool:
    """A card in a chat that was once bound is not the card that its new chat waits for."""
    if place.startswith("desk:"):
        desk = get_desk(tx, lead_id)
        return desk is not None and desk.chat_id == chat_id
    return chat_of_place(get_team_chats(tx), place) == chat_id
