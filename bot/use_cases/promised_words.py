"""Words between a customer and who answers him, and reactions to them, on their way in both directions."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import Direction, MessageStatus
from bot.storage.desks import Desk
from bot.storage.leads import get_lead
from bot.storage.messages import Message, last_messages_with
from bot.storage.outbox import Priority, drop_lane, promise
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, conversations, messages
from bot.use_cases.promises import customer_lane, desk_lane, show_desk_card, team_destination

ALBUM_PAUSE = 1.0
"""Seconds without a new part after which an album is complete."""

REPLAYED = 10
MOST_REPLAYED = 100
STALE_REACTION = timedelta(hours=1)


def open_desk(tx: Tx, desk: Desk, now: datetime) -> None:
    """The head card, then the last words of both sides, and all that nobody answered, in the owner's conversation."""
    drop_lane(tx, desk_lane(desk), now, kinds=("card", "relay"))
    show_desk_card(tx, desk, now)
    for message in last_words(tx, desk.lead_id):
        relay_to_owner(tx, desk, message, now)


def relay_to_owner(tx: Tx, desk: Desk, message: Message, now: datetime, *, delay: float = 0) -> None:
    """A message goes to the lead's owner; the parts of a customer's album go together."""
    in_album = message.album_id is not None and message.direction is Direction.INBOUND
    payload: dict[str, Any] = {"message": message.id, "lead": desk.lead_id}
    promise(
        tx,
        "relay",
        key=f"album:{desk.lead_id}:{desk.teammate_id}:{message.album_id}" if in_album else None,
        lane=desk_lane(desk),
        destination=team_destination(desk.chat_id),
        priority=Priority.PERSONAL,
        payload=payload,
        now=now,
        delay=ALBUM_PAUSE if in_album else delay,
    )


def relay_edit_to_owner(tx: Tx, desk: Desk, message: Message, now: datetime) -> None:
    promise(
        tx,
        "relay_edit",
        key=f"edit:{message.id}",
        lane=desk_lane(desk),
        destination=team_destination(desk.chat_id),
        priority=Priority.PERSONAL,
        payload={"message": message.id, "lead": desk.lead_id},
        now=now,
    )


def send_answer(
    tx: Tx,
    message: Message,
    channel: str,
    address: str,
    now: datetime,
    *,
    from_store: bool = False,
    elsewhere: bool = False,
) -> None:
    """The owner's words go to the customer: a copy of what he wrote, or what the store keeps of it.

    `elsewhere`: once more, to another place of his.
    """
    in_album = message.album_id is not None and not elsewhere
    marks = {"stored": from_store, "elsewhere": elsewhere}
    promise(
        tx,
        "answer",
        key=f"answer:{message.conversation_id}:{message.album_id}" if in_album else None,
        lane=customer_lane(message.conversation_id),
        destination=f"{channel}:{address}",
        priority=Priority.ANSWER,
        payload={"message": message.id, **{name: True for name, is_so in marks.items() if is_so}},
        now=now,
        delay=ALBUM_PAUSE if in_album else 0,
    )


def send_answer_edit(tx: Tx, message: Message, channel: str, address: str, now: datetime) -> None:
    promise(
        tx,
        "answer_edit",
        key=f"edit:{message.id}",
        lane=customer_lane(message.conversation_id),
        destination=f"{channel}:{address}",
        priority=Priority.ANSWER,
        payload={"message": message.id},
        now=now,
    )


def greet(
    tx: Tx, conversation_id: int, channel: str, address: str, text: str, now: datetime, *, until: datetime | None = None
) -> None:
    """An automatic word to the customer; it stops no clock and is worth nothing when it comes late.

    `until` is when a human will have answered.
    """
    promise(
        tx,
        "greet",
        key=f"greet:{conversation_id}:{text}",
        lane=customer_lane(conversation_id),
        destination=f"{channel}:{address}",
        priority=Priority.ANSWER,
        payload={
            "text": text,
            "conversation": conversation_id,
            "told_at": now.isoformat(),
            "until": until.isoformat() if until else None,
        },
        now=now,
        expires_at=now + timedelta(minutes=15),
    )


def introduce(tx: Tx, message: Message, channel: str, address: str, now: datetime) -> None:
    """The customer sees who answers him, right before this answer."""
    promise(
        tx,
        "introduce",
        key=f"introduce:{message.lead_id}:{message.author_id}",
        lane=customer_lane(message.conversation_id),
        destination=f"{channel}:{address}",
        priority=Priority.ANSWER,
        payload={"message": message.id},
        now=now,
    )


def show_typing(tx: Tx, desk: Desk, now: datetime) -> None:
    """The customer is writing: seen in a private chat only, for a group has too few calls to spend them on this."""
    if desk.chat_id < 0:
        return
    promise(
        tx,
        "typing",
        key=f"typing:{desk.lead_id}",
        lane=f"typing:{desk.lead_id}",
        destination=team_destination(desk.chat_id),
        priority=Priority.REFRESH,
        payload={"lead": desk.lead_id},
        now=now,
    )


def react_for_owner(tx: Tx, chat_id: int, message_id: int, emoji: str | None, now: datetime) -> None:
    """The customer's reaction on a teammate's message, after and in place of the tick; None: the tick again."""
    promise(
        tx,
        "react",
        lane=f"tick:{chat_id}:{message_id}",
        destination=team_destination(chat_id),
        priority=Priority.REFRESH,
        payload={"chat": chat_id, "message": message_id, "emoji": emoji, "ticked": True},
        now=now,
        expires_at=now + STALE_REACTION,
    )


def react_for_customer(tx: Tx, message: Message, channel: str, address: str, emoji: str | None, now: datetime) -> None:
    """The owner's reaction on what the customer wrote."""
    promise(
        tx,
        "react",
        lane=f"react:{message.id}",
        destination=f"{channel}:{address}",
        priority=Priority.REFRESH,
        payload={"chat": message.chat.rpartition(":")[2], "message": message.external_id, "emoji": emoji},
        now=now,
        expires_at=now + STALE_REACTION,
    )


def conversation_of(tx: Tx, contact_id: int) -> int | None:
    """The conversation in which the contact wrote last; where nothing can be sent back only when there is no other."""
    newest: int | None = tx.scalar(
        sa.select(conversations.c.id)
        .select_from(
            conversations.join(messages, messages.c.conversation_id == conversations.c.id).join(channel_identities)
        )
        .where(conversations.c.contact_id == contact_id, messages.c.direction == Direction.INBOUND)
        .order_by(channel_identities.c.one_way, messages.c.at.desc(), messages.c.id.desc())
        .limit(1)
    )
    return newest


def last_words(tx: Tx, lead_id: int) -> list[Message]:
    """What an owner needs to go on: the last words of both sides, and whatever the customer waits for."""
    lead = get_lead(tx, lead_id)
    if lead is None:
        return []
    since = lead.waiting_since
    said = [
        message
        for message in last_messages_with(tx, lead.contact_id, MOST_REPLAYED)
        if message.status in (MessageStatus.RECEIVED, MessageStatus.SENT)
    ]
    unanswered = (
        at
        for at, message in enumerate(said)
        if since is not None and message.direction is Direction.INBOUND and message.at >= since
    )
    return said[min(next(unanswered, len(said)), max(0, len(said) - REPLAYED)) :]
