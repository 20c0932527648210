"""The outward acts that units of work promise; each is rendered from state when it is carried out."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import Direction, MessageStatus
from bot.storage.leads import Lead, forgotten_among, get_lead
from bot.storage.messages import Message, last_messages_with
from bot.storage.outbox import Priority, drop_lane, promise, renew
from bot.storage.places import TEAM_PLACES, Card, Desk, add_mention, cards_of, drop_card, get_card, get_desk
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, conversations, messages
from bot.storage.team import TeamChats, get_team_chats, get_teammate
from bot.storage.traces import Place

ALBUM_PAUSE = 1.0
"""Seconds without a new part after which an album is complete."""

CARD_PLACES = TEAM_PLACES

GATHERING = 3.0
"""Seconds in which reminders to one chat become one message."""

REPLAYED = 10
MOST_REPLAYED = 100
STALE_NOTICE = timedelta(hours=12)
STALE_REACTION = timedelta(hours=1)


def team_destination(chat_id: int) -> str:
    return f"telegram:{chat_id}"


def desk_place(teammate_id: int) -> str:
    return f"desk:{teammate_id}"


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
    key = f"card:{lead_id}:{place}"
    promise(
        tx,
        "card",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.REFRESH if known else Priority.NEW_CARD,
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
    places = CARD_PLACES if desk is None else (*CARD_PLACES, desk_place(desk.teammate_id))
    renew(tx, [f"card:{lead_id}:{place}" for place in places])
    for card in cards_of(tx, lead_id):
        at_desk = desk is not None and card.place == desk_place(desk.teammate_id)
        _refresh(tx, card, desk_lane(desk) if desk is not None and at_desk else _card_key(lead_id, card.place), now)


def refresh_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    """One card in a chat of the team, when it stands there or is about to."""
    renew(tx, [_card_key(lead_id, place)])
    if (card := get_card(tx, lead_id, place)) is not None:
        _refresh(tx, card, _card_key(lead_id, place), now)


def repost_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    """A new card that notifies, in place of one that nobody would notice being edited."""
    _remove_card(tx, lead_id, place, now)
    show_card(tx, lead_id, place, now)


def take_away_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    """The card is taken out of the chat, and one that is still to come does not come."""
    drop_lane(tx, _card_key(lead_id, place), now)
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


def erase_message(tx: Tx, contact_id: int, place: Place, now: datetime, *, digest: int | None = None) -> None:
    """A message that tells of a forgotten person is deleted, or blanked where it can only be edited.

    A `digest` stays, without anybody's name.
    """
    key = f"erase:{place.chat_id}:{place.message_id}"
    promise(
        tx,
        "erase",
        key=key,
        lane=key,
        destination=team_destination(place.chat_id),
        priority=Priority.DIGEST,
        payload={
            "contact": contact_id,
            "message": place.message_id,
            "kind": place.kind,
            "ours": place.ours,
            **({"digest": digest} if digest is not None else {}),
        },
        now=now,
    )


def note_mentions(tx: Tx, lead_ids: Collection[int], chat_id: int, message_id: int, now: datetime) -> None:
    """A message that tells of these leads stands there; who was forgotten while it was on its way is taken out."""
    forgotten = forgotten_among(tx, lead_ids, lock=True)
    for lead_id in lead_ids:
        if lead_id in forgotten:
            erase_message(tx, forgotten[lead_id], Place(chat_id, message_id), now)
        else:
            add_mention(tx, lead_id, chat_id, message_id)


def erase_topic(tx: Tx, contact_id: int, chat_id: int, thread_id: int, now: datetime) -> None:
    key = f"erase_topic:{chat_id}:{thread_id}"
    promise(
        tx,
        "erase_topic",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.DIGEST,
        payload={"contact": contact_id, "thread": thread_id},
        now=now,
    )


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
    tx: Tx, message: Message, channel: str, address: str, now: datetime, *, from_store: bool = False
) -> None:
    """The owner's words go to the customer: a copy of what he wrote, or what the store keeps of it."""
    in_album = message.album_id is not None
    promise(
        tx,
        "answer",
        key=f"answer:{message.conversation_id}:{message.album_id}" if in_album else None,
        lane=customer_lane(message.conversation_id),
        destination=f"{channel}:{address}",
        priority=Priority.ANSWER,
        payload={"message": message.id, "stored": True} if from_store else {"message": message.id},
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


def say(
    tx: Tx,
    chat_id: int,
    text: str,
    now: datetime,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    buttons: list[list[list[str]]] | None = None,
    **values: Any,
) -> None:
    """A short notice to a teammate: a text's key and its values. `buttons` are rows of [label key, callback data]."""
    promise(
        tx,
        "say",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"text": text, "values": values, "thread": thread_id, "reply_to": reply_to, "buttons": buttons or []},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def remind_owner(tx: Tx, lead: Lead, of: str, now: datetime) -> None:
    """A push in the owner's private chat, `of` an `answer`, a `call_back`, or a lead that has `woken`."""
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    if owner is None:
        return
    promise(
        tx,
        "remind",
        key=f"remind:{lead.id}:{owner.id}:{of}",
        lane=f"remind:{lead.id}:{owner.id}",
        destination=team_destination(owner.telegram_id),
        priority=Priority.PERSONAL,
        payload={"lead": lead.id, "owner": owner.id, "of": of},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def remind_team(tx: Tx, place: str, chat_id: int | None, now: datetime) -> None:
    """One message for all that became overdue together: it names them from the log when it is sent."""
    key = f"overdue:{place}"
    if chat_id is None or renew(tx, [key]):
        return
    promise(
        tx,
        "overdue",
        key=key,
        lane=key,
        destination=team_destination(chat_id),
        priority=Priority.NEW_CARD,
        payload={"place": place, "since": now.isoformat(), "told": []},
        now=now,
        delay=GATHERING,
        expires_at=now + STALE_NOTICE,
    )


def show_view(tx: Tx, view: str, chat_id: int, thread_id: int | None, now: datetime, **values: Any) -> None:
    """The reply to a command such as /my, made from the state at the time it is sent."""
    promise(
        tx,
        "view",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"view": view, "thread": thread_id, **values},
        now=now,
        expires_at=now + STALE_NOTICE,
    )


def ask(tx: Tx, prompt_id: int, chat_id: int, now: datetime) -> None:
    """The question of a prompt."""
    promise(
        tx,
        "ask",
        key=f"ask:{prompt_id}",
        lane=f"ask:{prompt_id}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"prompt": prompt_id},
        now=now,
    )


def tick(tx: Tx, chat_id: int, message_id: int, now: datetime) -> None:
    """Delivered: a reaction on the teammate's own message, not another message."""
    promise(
        tx,
        "tick",
        lane=f"tick:{chat_id}:{message_id}",
        destination=team_destination(chat_id),
        priority=Priority.REFRESH,
        payload={"chat": chat_id, "message": message_id},
        now=now,
        expires_at=now + STALE_REACTION,
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


def show_link(tx: Tx, link_id: int, chat_id: int, thread_id: int | None, now: datetime) -> None:
    """The short link and its picture."""
    promise(
        tx,
        "link",
        lane=f"say:{chat_id}:{thread_id or 0}",
        destination=team_destination(chat_id),
        priority=Priority.PERSONAL,
        payload={"link": link_id, "thread": thread_id},
        now=now,
        expires_at=now + STALE_NOTICE,
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


def _card_key(lead_id: int, place: str) -> str:
    """Of a card in a chat of the team; its lane bears the same name."""
    return f"card:{lead_id}:{place}"


def _refresh(tx: Tx, card: Card, lane: str, now: datetime) -> None:
    promise(
        tx,
        "card",
        key=_card_key(card.lead_id, card.place),
        lane=lane,
        destination=team_destination(card.chat_id),
        priority=Priority.REFRESH,
        payload={"lead": card.lead_id, "place": card.place},
        now=now,
    )


def _remove_card(tx: Tx, lead_id: int, place: str, now: datetime) -> None:
    old = get_card(tx, lead_id, place)
    if old is not None:
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
