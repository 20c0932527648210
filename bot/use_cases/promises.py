"""Outward acts that units of work promise, each rendered from state when it is carried out: here the cards of the team.

Words between customers and the team, notices, and erasures have modules of their own beside this one.
"""

from datetime import datetime

from bot.domain.scoring import Band
from bot.storage.boards import get_board
from bot.storage.cards import TEAM_PLACES, Card, cards_of, desk_place, drop_card, get_card
from bot.storage.desks import Desk, get_desk
from bot.storage.leads import get_lead
from bot.storage.outbox import Priority, drop_lane, promise, renew
from bot.storage.store.base import Tx
from bot.storage.team import TeamChats, get_team_chats

QUIET_BOARDS = 60.0
"""Seconds in which nobody has taken anybody: now it moves no button from under a thumb."""


def team_destination(chat_id: int) -> str:
    return f"telegram:{chat_id}"


def customer_lane(conversation_id: int) -> str:
    return f"customer:{conversation_id}"


def desk_lane(desk: Desk) -> str:
    return f"desk:{desk.lead_id}:{desk.teammate_id}"


def show_card(tx: Tx, lead_id: int, place: str, now: datetime) -> bool:
    """Promises a card in a place of the team; False when no chat is bound to it yet."""
    chat_id = chat_of_place(get_team_chats(tx), place)
    if chat_id is None:
        return False
    known = get_card(tx, lead_id, place) is not None
    key = card_key(lead_id, place)
    promise(
        tx,
        "card",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.REFRESH if known else _urgency(tx, lead_id),
        payload={"lead": lead_id, "place": place},
        now=now,
    )
    return True


def show_desk_card(tx: Tx, desk: Desk, now: datetime) -> None:
    """The card at the head of the owner's conversation, in order with what is said there."""
    place = desk_place(desk.teammate_id)
    promise(
        tx,
        "card",
        key=f"card:{desk.lead_id}:{place}",
        lane=desk_lane(desk),
        destination=team_destination(desk.chat_id),
        priority=Priority.PERSONAL,
        payload={"lead": desk.lead_id, "place": place},
        now=now,
    )


def refresh_cards(tx: Tx, lead_id: int, now: datetime) -> None:
    """Every card of this lead, shown or about to be, will say what is true now."""
    desk = get_desk(tx, lead_id)
    places = TEAM_PLACES if desk is None else (*TEAM_PLACES, desk_place(desk.teammate_id))
    renew(tx, [f"card:{lead_id}:{place}" for place in places])
    for card in cards_of(tx, lead_id):
        at_desk = desk is not None and card.place == desk_place(desk.teammate_id)
        _refresh(tx, card, desk_lane(desk) if desk is not None and at_desk else card_key(lead_id, card.place), now)


def refresh_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    """One card in a chat of the team, when it stands there or is about to."""
    renew(tx, [card_key(lead_id, place)])
    if (card := get_card(tx, lead_id, place)) is not None:
        _refresh(tx, card, card_key(lead_id, place), now)


def repost_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    """A new card that notifies, in place of one that nobody would notice being edited."""
    _remove_card(tx, lead_id, place, now)
    show_card(tx, lead_id, place, now)


def take_away_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    """The card is taken out of the chat, and one that is still to come does not come."""
    drop_lane(tx, card_key(lead_id, place), now)
    _remove_card(tx, lead_id, place, now)


def remove_message(tx: Tx, chat_id: int, message_id: int, now: datetime) -> None:
    key = f"remove:{chat_id}:{message_id}"
    promise(
        tx,
        "remove",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.REFRESH,
        payload={"chat": chat_id, "message": message_id},
        now=now,
    )


def refresh_board(tx: Tx, board_id: int, now: datetime) -> None:
    """However much happens to those who stand on it, one edit tells all."""
    board = get_board(tx, board_id)
    if board is None:
        return
    key = f"board:{board_id}"
    promise(
        tx,
        "board",
        key=key,
        lane=key,
        destination=team_destination(board.chat_id),
        priority=Priority.REFRESH,
        payload={"board": board_id},
        now=now,
    )
    gather_boards(tx, board.place, board.chat_id, now)


def gather_boards(tx: Tx, place: str, chat_id: int, now: datetime) -> None:
    """When nothing has happened to them for a while, what is left on them comes together."""
    key = f"gather:{place}:{chat_id}"
    promise(
        tx,
        "gather",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.DIGEST,
        payload={"place": place},
        now=now,
        delay=QUIET_BOARDS,
    )


def card_key(lead_id: int, place: str) -> str:
    """Of a card in a chat of the team; its lane bears the same name."""
    return f"card:{lead_id}:{place}"


def _urgency(tx: Tx, lead_id: int) -> Priority:
    lead = get_lead(tx, lead_id)
    return Priority.HOT_CARD if lead is not None and lead.band == Band.SALES_QUALIFIED else Priority.NEW_CARD


def _refresh(tx: Tx, card: Card, lane: str, now: datetime) -> None:
    if card.board_id is not None:
        refresh_board(tx, card.board_id, now)
        return
    promise(
        tx,
        "card",
        key=card_key(card.lead_id, card.place),
        lane=lane,
        destination=team_destination(card.chat_id),
        priority=Priority.REFRESH,
        payload={"lead": card.lead_id, "place": card.place},
        now=now,
    )


def _remove_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    old = get_card(tx, lead_id, place)
    if old is None:
        return
    if old.board_id is not None:
        refresh_board(tx, old.board_id, now)
    else:
        remove_message(tx, old.chat_id, old.message_id, now)
    drop_card(tx, lead_id, place)


def joined_place(first_id: int) -> str:
    """Where the rejections that are like the first one stand on one card; `first_id` is the feedback's."""
    return f"joined:{first_id}"


def chat_of_place(chats: TeamChats, place: str) -> int | None:
    return {
        "sales": chats.sales,
        "marketing": chats.marketing,
        "feedback": chats.marketing,
        "joined": chats.marketing,
        "dispute": chats.managers,
    }[place.partition(":")[0]]
