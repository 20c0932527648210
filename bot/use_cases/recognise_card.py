"""A kill in the middle of a send can leave two cards of one lead: the tapped one tells which."""

from datetime import datetime

from bot.storage.outbox import drop_lane
from bot.storage.places import Card, card_at, get_card, get_desk, put_card
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats
from bot.use_cases.promises import chat_of_place, remove_message


def recognise_card(
    tx: Tx, lead_id: int, place: str, chat_id: int, thread_id: int | None, message_id: int, now: datetime
) -> None:
    """Adopts a tapped card that we do not know when we know none; removes it when another one is the card."""
    known = get_card(tx, lead_id, place)
    if known is not None and (known.chat_id, known.message_id) == (chat_id, message_id):
        return
    if known is not None:
        # Looked at after the card itself: it may be a card of another place, or have just become one.
        if card_at(tx, chat_id, message_id) is None:
            remove_message(tx, chat_id, message_id, now)
    elif _belongs(tx, lead_id, place, chat_id):
        put_card(tx, Card(lead_id, place, chat_id, thread_id, message_id), now)
        drop_lane(tx, f"card:{lead_id}:{place}", now)


def _belongs(tx: Tx, lead_id: int, place: str, chat_id: int) -> bool:
    """A card in a chat that was once bound is not the card that its new chat waits for."""
    if place.startswith("desk:"):
        desk = get_desk(tx, lead_id)
        return desk is not None and desk.chat_id == chat_id
    return chat_of_place(get_team_chats(tx), place) == chat_id
