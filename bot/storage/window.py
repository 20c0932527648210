"""What a visitor's window on a site shows, line by line: a browser that was away asks for what it has not yet."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import OPEN
from bot.domain.messages import Direction, MessageKind
from bot.storage.messages import Message, get_message
from bot.storage.ratings import is_taken_back
from bot.storage.store.base import Tx, insert_for
from bot.storage.tables import (
    channel_identities,
    contacts,
    conversations,
    lead_events,
    leads,
    marks,
    message_copies,
    messages,
    ratings,
    teammates,
    window_lines,
)

MOST_LINES = 200
"""What one look brings; whoever is further behind sees the newest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or, under a number of its own, what a message says since it was edited."""

    number: int
    message_id: int | None
    direction: Direction | None
    """None: our automatic words."""
    kind: MessageKind
    file: Mapping[str, Any]
    text: str
    author: str | None
    external_id: str
    """Of a visitor's own message the id that his browser gave it."""
    at: datetime
    edited_at: datetime | None
    question: "Question | None" = None


@dataclass(frozen=True, slots=True)
class Question:
    """How was it? `closing_id` is of what it asks; `is_open` until it is answered, or the closing taken back."""

    closing_id: int
    is_open: bool
    stars: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the visitor's words have come."""

    shown: int = 0
    """Up to this line they stand before a human of ours, in Telegram."""
    owner: str | None = None
    """Who has taken what still waits for an answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The lines after a number. `anew`: the browser holds more than there is, and has to begin from the first one."""

    lines: tuple[Line, ...]
    anew: bool = False
    standing: Standing = Standing()


def add_line(
    tx: Tx,
    conversation_id: int,
    now: datetime,
    *,
    message_id: int | None = None,
    text: str = "",
    closing_id: int | None = None,
) -> int:
    """The line's number. Two at once take the same one: the store runs the loser again, so numbers have no gaps."""
    last = sa.select(sa.func.coalesce(sa.func.max(window_lines.c.number), 0) + 1).where(
        window_lines.c.conversation_id == conversation_id
    )
    statement = insert_for(tx.dialect.name, window_lines).values(
        conversation_id=conversation_id,
        number=last.scalar_subquery(),
        message_id=message_id,
        text=text,
        closing_id=closing_id,
        at=now,
    )
    return int(tx.execute(statement.returning(window_lines.c.number)).scalar_one())


def conversation_with(tx: Tx, channel: str, visitor: str) -> int | None:
    found: int | None = tx.scalar(
        sa.select(conversations.c.id)
        .select_from(conversations.join(channel_identities))
        .where(channel_identities.c.channel == channel, channel_identities.c.external_id == visitor)
    )
    return found


def lines_after(tx: Tx, channel: str, visitor: str, number: int) -> Seen:
    talk = conversation_with(tx, channel, visitor)
    if talk is None:
        return Seen((), anew=number > 0)
    own = window_lines.c.conversation_id == talk
    last = tx.scalar(sa.select(sa.func.max(window_lines.c.number)).where(own)) or 0
    anew = number > last
    rows = tx.execute(
        sa.select(
            window_lines.c.number,
            window_lines.c.message_id,
            messages.c.direction,
            messages.c.kind,
            messages.c.file,
            sa.func.coalesce(messages.c.text, window_lines.c.text).label("text"),
            teammates.c.name.label("author"),
            messages.c.external_id,
            window_lines.c.at.label("shown_at"),
            messages.c.at,
            messages.c.edited_at,
            window_lines.c.closing_id,
            sa.and_(ratings.c.id.is_(None), ~is_taken_back(window_lines.c.closing_id)).label("is_open"),
            ratings.c.stars,
        )
        .select_from(
            window_lines.outerjoin(messages, messages.c.id == window_lines.c.message_id)
            .outerjoin(teammates, teammates.c.id == messages.c.author_id)
            .outerjoin(ratings, ratings.c.closing_id == window_lines.c.closing_id)
        )
        .where(own, window_lines.c.number > max(0 if anew else number, last - MOST_LINES))
        .order_by(window_lines.c.number)
    )
    lines = tuple(
        Line(
            row.number,
            row.message_id,
            Direction(row.direction) if row.direction else None,
            MessageKind(row.kind or MessageKind.TEXT),
            row.file or {},
            row.text,
            row.author,
            row.external_id or "",
            row.at or row.shown_at,
            row.edited_at,
            Question(row.closing_id, row.is_open, row.stars) if row.closing_id is not None else None,
        )
        for row in rows
    )
    return Seen(lines, anew, _standing(tx, talk))


def _standing(tx: Tx, talk: int) -> Standing:
    is_copied = sa.exists().where(message_copies.c.message_id == messages.c.id)
    shown = tx.scalar(
        sa.select(window_lines.c.number)
        .select_from(
            window_lines.join(messages, messages.c.id == window_lines.c.message_id).outerjoin(
                leads, leads.c.id == messages.c.lead_id
            )
        )
        .where(
            window_lines.c.conversation_id == talk,
            messages.c.direction == Direction.INBOUND,
            sa.or_(is_copied, leads.c.shown_at >= messages.c.at),
        )
        .order_by(window_lines.c.number.desc())
        .limit(1)
    )
    owner = tx.scalar(
        sa.select(teammates.c.name)
        .select_from(
            conversations.join(leads, leads.c.contact_id == conversations.c.contact_id).join(
                teammates, teammates.c.id == leads.c.owner_id
            )
        )
        .where(conversations.c.id == talk, leads.c.status.in_(OPEN), leads.c.waiting_since.is_not(None))
    )
    return Standing(shown or 0, owner)


def shown_file(tx: Tx, channel: str, message_id: int) -> tuple[str, Message] | None:
    """`(whose window, the message)` of one that stands in a window."""
    visitor: str | None = tx.scalar(
        sa.select(channel_identities.c.external_id)
        .select_from(window_lines.join(conversations).join(channel_identities))
        .where(channel_identities.c.channel == channel, window_lines.c.message_id == message_id)
        .limit(1)
    )
    message = get_message(tx, message_id) if visitor is not None else None
    return (visitor, message) if visitor is not None and message is not None else None


def own_key(tx: Tx, name: str) -> str:
    """A random key of our own, made at its first use and the same ever after."""
    fresh = insert_for(tx.dialect.name, marks).values(name=name, value=secrets.token_hex(32))
    tx.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    return str(tx.scalar(sa.select(marks.c.value).where(marks.c.name == name)))


def note_read(tx: Tx, conversation_id: int, number: int) -> int | None:
    """The newest answer of ours that is read now and was not before, by its message."""
    shown = sa.and_(window_lines.c.conversation_id == conversation_id, window_lines.c.number <= number)
    own = sa.select(conversations.c.read_number).where(conversations.c.id == conversation_id).with_for_update()
    before = tx.scalar(own) or 0
    read = tx.scalar(sa.select(sa.func.max(window_lines.c.number)).where(shown)) or 0
    if read <= before:
        return None
    tx.execute(conversations.update().where(conversations.c.id == conversation_id).values(read_number=read))
    newest: int | None = tx.scalar(
        sa.select(window_lines.c.message_id)
        .select_from(window_lines.join(messages, messages.c.id == window_lines.c.message_id))
        .where(shown, window_lines.c.number > before, messages.c.direction == Direction.OUTBOUND)
        .order_by(window_lines.c.number.desc())
        .limit(1)
    )
    return newest


@dataclass(frozen=True, slots=True)
class Unread:
    """An answer that stands in a window and was not seen there, and that nobody has followed up."""

    conversation_id: int
    channel: str
    number: int
    message_id: int
    at: datetime
    is_first: bool
    """Nothing was followed up since he read the last time."""


def unread_answers(tx: Tx, contact_id: int) -> list[Unread]:
    """Oldest first. What only stands corrected in a window stood there before."""
    seen, followed = conversations.c.read_number, conversations.c.followed_number
    rows = tx.execute(
        sa.select(
            conversations.c.id.label("conversation_id"),
            channel_identities.c.channel,
            sa.func.min(window_lines.c.number).label("number"),
            window_lines.c.message_id,
            sa.func.min(window_lines.c.at).label("at"),
            sa.func.min(sa.case((followed > seen, 0), else_=1)).label("is_first"),
        )
        .select_from(
            window_lines.join(messages, messages.c.id == window_lines.c.message_id)
            .join(conversations, conversations.c.id == window_lines.c.conversation_id)
            .join(channel_identities)
        )
        .where(
            conversations.c.contact_id == contact_id,
            messages.c.direction == Direction.OUTBOUND,
            messages.c.edited_at.is_(None) | (window_lines.c.at < messages.c.edited_at),
            window_lines.c.number > seen,
            window_lines.c.number > followed,
        )
        .group_by(conversations.c.id, channel_identities.c.channel, window_lines.c.message_id)
        .order_by(sa.func.min(window_lines.c.id))
    )
    return [Unread(**{**row._mapping, "is_first": bool(row.is_first)}) for row in rows]


def note_followed(tx: Tx, conversation_id: int, number: int) -> None:
    tx.execute(conversations.update().where(conversations.c.id == conversation_id).values(followed_number=number))


def other_talk(tx: Tx, contact_id: int, channel: str) -> tuple[int, str, str] | None:
    """`(conversation, channel, address)` where the person can be reached beside this channel: the newest one."""
    row = tx.execute(
        sa.select(conversations.c.id, channel_identities.c.channel, channel_identities.c.external_id)
        .select_from(conversations.join(channel_identities).join(contacts, contacts.c.id == conversations.c.contact_id))
        .where(
            conversations.c.contact_id == contact_id,
            contacts.c.stopped_at.is_(None),
            channel_identities.c.channel != channel,
            channel_identities.c.reachable,
            ~channel_identities.c.one_way,
        )
        .order_by(conversations.c.id.desc())
        .limit(1)
    ).first()
    return (row.id, row.channel, row.external_id) if row is not None else None


def newest_news(tx: Tx, channel: str, most: int) -> dict[tuple[str, int], str]:
    """What windows may have to show since a moment ago, by kind and key, and whose window it is.

    Only lines are told apart by channel before they are counted: the newest of the rest are those of all channels.
    """
    return {
        (kind, row.id): row.external_id
        for kind, query in (("line", _newest_lines), ("event", _newest_events), ("copy", _newest_copies))
        for row in tx.execute(query, {"channel": channel, "most": most})
    }


_is_channel = channel_identities.c.channel == sa.bindparam("channel")
_most = sa.bindparam("most", type_=sa.Integer)

_newest_lines = (
    sa.select(window_lines.c.id, channel_identities.c.external_id)
    .select_from(window_lines.join(conversations).join(channel_identities))
    .where(_is_channel)
    .order_by(window_lines.c.id.desc())
    .limit(_most)
)

_events = sa.select(lead_events.c.id, lead_events.c.lead_id).order_by(lead_events.c.id.desc()).limit(_most).subquery()
_newest_events = (
    sa.select(_events.c.id, channel_identities.c.external_id)
    .select_from(
        _events.join(leads, leads.c.id == _events.c.lead_id).join(
            channel_identities, channel_identities.c.contact_id == leads.c.contact_id
        )
    )
    .where(_is_channel)
)

_copies = (
    sa.select(message_copies.c.id, message_copies.c.message_id)
    .order_by(message_copies.c.id.desc())
    .limit(_most)
    .subquery()
)
_newest_copies = (
    sa.select(_copies.c.id, channel_identities.c.external_id)
    .select_from(
        _copies.join(messages, messages.c.id == _copies.c.message_id).join(conversations).join(channel_identities)
    )
    .where(_is_channel)
)
