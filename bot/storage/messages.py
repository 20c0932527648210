"""What was said, its earlier versions, and where copies of it stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import LeadEvent
from bot.domain.messages import Direction, File, MessageKind, MessageStatus
from bot.storage.store import hot
from bot.storage.store.base import Tx, insert_for, insert_new, rows_by, update_by_id
from bot.storage.tables import (
    channel_identities,
    conversations,
    lead_events,
    message_copies,
    message_versions,
    messages,
)
from bot.storage.types import Words, storable

ENDS_A_WAIT = (LeadEvent.CALLED, LeadEvent.NEEDS_NO_ANSWER, LeadEvent.STOPPED)
"""Events that may stand for an answer: `covers` in their data names the newest message that they have settled."""


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    conversation_id: int
    lead_id: int | None
    author_id: int | None
    direction: Direction
    status: MessageStatus
    kind: MessageKind
    text: str
    file: Mapping[str, Any]
    album_id: str | None
    reply_to_id: int | None
    chat: str
    external_id: str
    thread_id: int | None
    failure: str | None
    at: datetime
    edited_at: datetime | None


_COLUMNS = tuple(messages.c[name] for name in Message.__dataclass_fields__)


def add_message(
    tx: Tx,
    *,
    conversation_id: int,
    lead_id: int | None,
    direction: Direction,
    kind: MessageKind,
    text: str,
    chat: str,
    external_id: str,
    at: datetime,
    author_id: int | None = None,
    file: File | None = None,
    album_id: str | None = None,
    reply_to_id: int | None = None,
    thread_id: int | None = None,
) -> Message | None:
    """The new message, or None when this very message is stored already."""
    status = MessageStatus.RECEIVED if direction is Direction.INBOUND else MessageStatus.PENDING
    values: dict[str, Any] = {
        "conversation_id": conversation_id,
        "lead_id": lead_id,
        "author_id": author_id,
        "direction": direction,
        "status": status,
        "kind": kind,
        "text": storable(text),
        "file": {} if file is None else _file(file),
        "album_id": album_id,
        "reply_to_id": reply_to_id,
        "chat": chat,
        "external_id": external_id,
        "thread_id": thread_id,
        "at": at,
    }
    row = hot.first(tx, insert_new(tx.dialect.name, (messages.c.id,), "chat", "external_id"), values)
    return Message(id=row.id, **values, failure=None, edited_at=None) if row is not None else None


def get_message(tx: Tx, message_id: int) -> Message | None:
    return _one(tx, id=message_id)


def message_at(tx: Tx, chat: str, external_id: str) -> Message | None:
    """The message that stands there itself, or of which a copy stands there."""
    found = _one(tx, chat=chat, external_id=external_id)
    if found is not None:
        return found
    copy = hot.first(tx, _copied, {"chat": chat, "external_id": external_id})
    return get_message(tx, copy.message_id) if copy is not None else None


_copied = rows_by((message_copies.c.message_id,), "chat", "external_id")


def same_words_between(tx: Tx, channel: str, sender: str, text: str, since: datetime, until: datetime) -> str | None:
    """The external id of the newest message in which this sender said just this."""
    said: str | None = tx.scalar(
        sa.select(messages.c.external_id)
        .select_from(messages.join(conversations).join(channel_identities))
        .where(
            channel_identities.c.channel == channel,
            channel_identities.c.external_id == sender,
            messages.c.text == text,
            messages.c.at > since,
            messages.c.at < until,
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return said


def where_it_stands(tx: Tx, message: Message, chat: str) -> str | None:
    """The id under which a message, or its copy, can be quoted in this chat."""
    if message.chat == chat:
        return message.external_id
    copy = hot.first(tx, _last_copy, {"message_id": message.id, "chat": chat})
    return copy.external_id if copy is not None else None


_last_copy = (
    rows_by((message_copies.c.external_id,), "message_id", "chat").order_by(message_copies.c.id.desc()).limit(1)
)


def add_copy(tx: Tx, message_id: int, chat: str, external_id: str) -> bool:
    """False when it is known, or of no message: that one has been forgotten."""
    values = {"message_id": message_id, "chat": chat, "external_id": external_id}
    return hot.change(tx, _new_copy(tx.dialect.name), values) == 1


@cache
def _new_copy(dialect: str) -> Any:
    known = sa.select(messages.c.id, sa.bindparam("chat", type_=Words), sa.bindparam("external_id", type_=Words)).where(
        messages.c.id == sa.bindparam("message_id")
    )
    return (
        insert_for(dialect, message_copies)
        .from_select(["message_id", "chat", "external_id"], known)
        .on_conflict_do_nothing(index_elements=["chat", "external_id"])
    )


def edit_message(tx: Tx, message: Message, text: str, at: datetime) -> bool:
    """Keeps the old text as a version; False when what the message says has not changed.

    `at` is the platform's time of the edit: one that comes after a newer one is itself an old version.
    """
    if message.text == text:
        return False
    if message.edited_at is not None and at < message.edited_at:
        tx.execute(message_versions.insert().values(message_id=message.id, text=text, replaced_at=at))
        return False
    tx.execute(message_versions.insert().values(message_id=message.id, text=message.text, replaced_at=at))
    tx.execute(messages.update().where(messages.c.id == message.id).values(text=text, edited_at=at))
    return True


def learn_file(tx: Tx, message_id: int, kind: MessageKind, file_id: str) -> None:
    """Telegram has the file now, as this kind: from here on its id stands for it."""
    message = get_message(tx, message_id)
    if message is not None:
        _mark(tx, message_id, kind=kind, file={**message.file, "id": file_id})


def set_lead_of(tx: Tx, message_id: int, lead_id: int) -> None:
    _mark(tx, message_id, lead_id=lead_id)


def mark_sent(tx: Tx, message_id: int, now: datetime) -> None:
    _mark(tx, message_id, status=MessageStatus.SENT, sent_at=now, failure=None)


def mark_failed(tx: Tx, message_id: int, failure: str) -> None:
    _mark(tx, message_id, status=MessageStatus.FAILED, failure=failure)


def last_messages(tx: Tx, conversation_id: int, most: int, *, direction: Direction | None = None) -> list[Message]:
    """The newest ones in the order in which they were said; a /start says nothing."""
    conditions = [messages.c.conversation_id == conversation_id, messages.c.kind != MessageKind.START]
    if direction is not None:
        conditions.append(messages.c.direction == direction)
    rows = tx.execute(
        sa.select(*_COLUMNS).where(*conditions).order_by(messages.c.at.desc(), messages.c.id.desc()).limit(most)
    )
    return [_message(row) for row in rows][::-1]


def last_messages_with(tx: Tx, contact_id: int, most: int, *, direction: Direction | None = None) -> list[Message]:
    """The same, wherever the contact has written: in a chat, in a form."""
    talks = tx.scalars(sa.select(conversations.c.id).where(conversations.c.contact_id == contact_id)).all()
    said = [message for talk in talks for message in last_messages(tx, talk, most, direction=direction)]
    return sorted(said, key=lambda message: (message.at, message.id))[-most:]


def album(tx: Tx, conversation_id: int, album_id: str, direction: Direction) -> list[Message]:
    rows = tx.execute(
        sa.select(*_COLUMNS)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.album_id == album_id,
            messages.c.direction == direction,
        )
        .order_by(messages.c.at, messages.c.id)
    )
    return sorted((_message(row) for row in rows), key=lambda message: int(message.external_id))


def part_of_album(tx: Tx, chat: str, album_id: str) -> Message | None:
    """Any part of an album that stands in this chat."""
    return _one(tx, chat=chat, album_id=album_id)


def waiting_since(tx: Tx, lead_id: int, contact_id: int) -> datetime | None:
    """The oldest inbound message of a lead that no human has answered after it, or None.

    An answer covers what was said before it and what its writer could have read: not a message that came in later,
    however early the platform says it was written. A call covers what had been said, and so does "no answer needed".
    """
    said, answer = messages.alias("said"), messages.alias("answer")
    talks = sa.select(conversations.c.id).where(conversations.c.contact_id == contact_id)
    answered = sa.exists().where(
        answer.c.conversation_id.in_(talks),
        answer.c.direction == Direction.OUTBOUND,
        answer.c.status == MessageStatus.SENT,
        answer.c.at >= said.c.at,
        answer.c.id > said.c.id,
    )
    settled = (
        sa.select(sa.func.max(lead_events.c.data["covers"].as_integer()))
        .where(lead_events.c.lead_id == lead_id, lead_events.c.kind.in_(ENDS_A_WAIT))
        .scalar_subquery()
    )
    oldest: datetime | None = tx.scalar(
        sa.select(sa.func.min(said.c.at)).where(
            said.c.lead_id == lead_id,
            said.c.direction == Direction.INBOUND,
            said.c.kind != MessageKind.START,
            said.c.id > sa.func.coalesce(settled, 0),
            ~answered,
        )
    )
    return oldest


def last_inbound_id(tx: Tx, lead_id: int) -> int:
    """The newest message of the customer in this lead; 0 when he has said nothing."""
    said = (messages.c.lead_id == lead_id, messages.c.direction == Direction.INBOUND)
    return tx.scalar(sa.select(sa.func.max(messages.c.id)).where(*said)) or 0


def last_word_at(tx: Tx, conversation_id: int) -> datetime | None:
    """Of whoever spoke last there."""
    last: datetime | None = tx.scalar(
        sa.select(sa.func.max(messages.c.at)).where(messages.c.conversation_id == conversation_id)
    )
    return last


def last_answer_at(tx: Tx, lead_id: int, author_id: int) -> datetime | None:
    """When a teammate's last words about this lead that reached the customer were written."""
    last: datetime | None = tx.scalar(
        sa.select(sa.func.max(messages.c.at)).where(
            messages.c.lead_id == lead_id,
            messages.c.author_id == author_id,
            messages.c.direction == Direction.OUTBOUND,
            messages.c.status == MessageStatus.SENT,
        )
    )
    return last


def last_answer_in(tx: Tx, conversation_id: int) -> Message | None:
    """What was last said to the customer and has reached him, or is on its way."""
    rows = tx.execute(
        sa.select(*_COLUMNS)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.direction == Direction.OUTBOUND,
            messages.c.status.in_([MessageStatus.PENDING, MessageStatus.SENT]),
        )
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(1)
    )
    return next((_message(row) for row in rows), None)


def pending_answers(tx: Tx, lead_id: int) -> list[Message]:
    """What was written to the customer about this lead and has not reached him yet."""
    rows = tx.execute(
        sa.select(*_COLUMNS)
        .where(
            messages.c.lead_id == lead_id,
            messages.c.direction == Direction.OUTBOUND,
            messages.c.status == MessageStatus.PENDING,
        )
        .order_by(messages.c.id)
    )
    return [_message(row) for row in rows]


def _file(file: File) -> dict[str, Any]:
    kept = {"id": file.id, "name": file.name, "mime": file.mime, "size": file.size}
    return kept if file.upload is None else {**kept, "upload": file.upload}


def _mark(tx: Tx, message_id: int, **values: Any) -> None:
    hot.change(tx, update_by_id(messages), {"of": message_id, **values})


def _one(tx: Tx, **where: Any) -> Message | None:
    row = hot.first(tx, rows_by(_COLUMNS, *where), where)
    return _message(row) if row is not None else None


def _message(row: Any) -> Message:
    """From a row of `_COLUMNS`."""
    number, conversation, lead, author, direction, status, kind, *rest = row
    said = Direction(direction), MessageStatus(status), MessageKind(kind)
    return Message(number, conversation, lead, author, *said, *rest)
