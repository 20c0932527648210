"""Whether the owner's words may still go out, whatever the channel, and what becomes of those that may not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.messages import Direction, MessageStatus
from bot.storage.leads import get_lead
from bot.storage.messages import Message, album, get_message, mark_failed
from bot.storage.people import reach_of
from bot.storage.store.base import Tx
from bot.storage.team import get_teammate, roles_of
from bot.use_cases.claim_lead import owner_name
from bot.use_cases.confirm_delivery import answer_failed
from bot.use_cases.promised_notices import say


@dataclass(frozen=True, slots=True)
class Withheld:
    """The customer does not get it, and the writer is told `why`, the key of a text."""

    why: str


def words_to_send(tx: Tx, payload: Mapping[str, Any], admins: frozenset[int]) -> list[Message] | Withheld:
    """What of a message, or of its album, still has to go; nothing when all of it has gone.

    `elsewhere` in the payload: it has gone to another of his places, and nobody looked at it there.
    """
    message = get_message(tx, payload["message"])
    if message is None:
        return []
    parts = [message] if payload.get("elsewhere") else unsent_parts(tx, message)
    if not parts:
        return []
    if not may_speak(tx, message, admins):
        return Withheld("refused.not_yours")
    if (reach := reach_of(tx, message.conversation_id)) is not None and reach.stopped:
        return Withheld("why.stopped")
    return parts


def unsent_parts(tx: Tx, message: Message) -> list[Message]:
    """The message, or the parts of its album, that still have to go; one that has gone is never sent twice."""
    parts = [message]
    if message.album_id is not None:
        parts = album(tx, message.conversation_id, message.album_id, Direction.OUTBOUND)
    return [part for part in parts if part.status is MessageStatus.PENDING]


def may_speak(tx: Tx, message: Message, admins: frozenset[int]) -> bool:
    """The right is checked at send time too: who has left or lost the lead says nothing more to the customer."""
    mate = get_teammate(tx, message.author_id) if message.author_id is not None else None
    lead = get_lead(tx, message.lead_id) if message.lead_id is not None else None
    if mate is None or lead is None:
        return False
    return lead.owner_id == mate.id and bool(roles_of(tx, mate.telegram_id, admins))


def answer_withheld(tx: Tx, message_id: int, why: str, admins: frozenset[int], now: datetime) -> None:
    """One notice for all that did not go through; who has left the team hears nothing more of its customers."""
    message = get_message(tx, message_id)
    parts = unsent_parts(tx, message) if message is not None else []
    if message is None or not parts:
        return
    if why != "refused.not_yours":
        answer_failed(tx, parts[0], why if why == "why.stopped" else "why.refused", now)
        return
    for part in parts:
        mark_failed(tx, part.id, why)
    mate = get_teammate(tx, message.author_id) if message.author_id is not None else None
    lead = get_lead(tx, message.lead_id) if message.lead_id is not None else None
    if mate is None or lead is None or not roles_of(tx, mate.telegram_id, admins):
        return
    owner, where = owner_name(tx, lead) or "–", int(message.chat.rpartition(":")[2])
    say(tx, where, why, now, thread_id=message.thread_id, reply_to=int(message.external_id), owner=owner)
