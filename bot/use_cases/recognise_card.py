"""A kill in the middle of a send can leave two cards of one lead: the tapped one tells which."""

from datetime import datetime

from bot.storage.outbox import drop_lane
from bot.storage.places import Card, get_card, put_card
from bot.storage.store.base import Tx
from bot.use_cases.promises import remove_message


def recognise_card(
    tx: Tx, lead_id: int, place: str, chat_id: int, thread_id: int | None, message_id: int, now: datetime
) -> None:
    """Adopts a tapped card that we do not know when we know none; removes it when another one is the card."""
    known = get_card(tx, lead_id, place)
    if known is None:
        put_card(tx, Card(lead_id, place, chat_id, thread_id, message_id), now)
        drop_lane(tx, f"card:{lead_id}:{place}", now)
    elif (known.chat_id, known.message_id) != (chat_id, message_id):
        remove_message(tx, chat_id, message_id, now)
