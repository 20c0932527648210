"""By what a person is recognised in what was stored raw: events, promised acts, questions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from bot.storage.outbox import ERASING
from bot.storage.store.base import Tx
from bot.storage.tables import (
    cards,
    channel_identities,
    contacts,
    conversations,
    desks,
    feedback,
    intake_events,
    leads,
    mentions,
    message_copies,
    messages,
    notes,
    outbox,
)

SHORTEST_WORD = 3
"""A shorter name or note would be found in everybody's events."""

NUMBER_DIGITS = 10
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Place:
    """A message that stands in a chat of ours. `kind` is the message's own, `ours` when the bot has sent it."""

    chat_id: int
    message_id: int
    kind: str = "text"
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Traces:
    contact_id: int
    leads: frozenset[int]
    conversations: frozenset[int]
    messages: frozenset[int]
    addresses: frozenset[str]
    """`channel:external id`, as destinations name them."""
    senders: frozenset[str]
    places: tuple[Place, ...]
    topics: frozenset[tuple[int, int]]
    """Chat and thread of topics that were made for this person alone."""
    names: tuple[str, ...]
    """Case-folded: what others may be called as well."""
    marks: tuple[str, ...]
    """Case-folded: what is his alone, such as an e-mail."""
    number: str
    """The phone's last ten digits, which however it is written contains; empty when unknown."""

    def in_event(self, raw: Any) -> bool:
        """Whether a raw event is from this person, about a message of his, or quotes what is personal."""
        spots = {(place.chat_id, place.message_id) for place in self.places}
        return self._found(raw, spots, (*self.names, *self.marks))

    def is_own_event(self, raw: Any) -> bool:
        """The same by ids and by what is his alone: for what is lost when it is taken for his."""
        return self._found(raw, {(place.chat_id, place.message_id) for place in self.places}, self.marks)

    def in_item(self, destination: str, payload: Mapping[str, Any]) -> bool:
        """Whether a promised act is about this person."""
        if destination in self.addresses or self.in_values(payload):
            return True
        about = f"{payload.get('chat') or _native(destination)}:{payload.get('message')}"
        return any(f"{place.chat_id}:{place.message_id}" == about for place in self.places)

    def in_values(self, payload: Mapping[str, Any]) -> bool:
        values = payload.get("values") or {}
        message = payload.get("message")  # its number; a question to whom it is carries it whole
        return (
            payload.get("lead") in self.leads
            or values.get("lead") in self.leads
            or payload.get("conversation") in self.conversations
            or payload.get("contact") == self.contact_id
            or (isinstance(message, int) and "chat" not in payload and message in self.messages)
            or bool(self.leads.intersection(payload.get("leads") or ()))
            or self._found(payload, set(), self.marks)
        )

    def _found(self, value: Any, spots: set[tuple[int, int]], words: tuple[str, ...]) -> bool:
        match value:
            case str():
                folded = value.casefold()
                return any(word in folded for word in words) or self._has_number(value)
            case Mapping():
                return self._names(value, spots) or any(self._found(part, spots, words) for part in value.values())
            case list():
                return any(self._found(part, spots, words) for part in value)
            case _:
                return False

    def _has_number(self, text: str) -> bool:
        return bool(self.number) and len(text) >= len(self.number) and self.number in _NOT_DIGITS.sub("", text)

    def _names(self, found: Mapping[str, Any], spots: set[tuple[int, int]]) -> bool:
        """A person, a message or a topic that Telegram's JSON names by its ids."""
        if str(found.get("id")) in self.senders and ("first_name" in found or "type" in found):
            return True
        chat = found.get("chat")
        chat_id = chat.get("id") if isinstance(chat, Mapping) else None
        return (chat_id, found.get("message_id")) in spots or (chat_id, found.get("message_thread_id")) in self.topics


def traces_of(tx: Tx, contact_id: int) -> Traces:
    contact = tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one()
    addresses = tx.execute(
        sa.select(channel_identities).where(channel_identities.c.contact_id == contact_id).with_for_update()
    ).all()
    talks = tx.execute(sa.select(conversations.c.id).where(_of(conversations, contact_id))).all()
    said = tx.execute(
        sa.select(messages.c.id, messages.c.chat, messages.c.external_id, messages.c.kind, messages.c.author_id).where(
            messages.c.conversation_id.in_([talk.id for talk in talks])
        )
    ).all()
    lead_ids = frozenset(tx.scalars(sa.select(leads.c.id).where(_of(leads, contact_id))))
    usernames = [row.username for row in addresses if row.username]
    own = [row.external_id for row in addresses if not row.external_id.isdigit()]
    words = [contact.email, *usernames, *own, *_written(tx, lead_ids)]
    return Traces(
        contact_id,
        lead_ids,
        frozenset(talk.id for talk in talks),
        frozenset(row.id for row in said),
        frozenset(f"{row.channel}:{row.external_id}" for row in addresses),
        frozenset(row.external_id for row in addresses),
        tuple(_places(tx, lead_ids, said, {row.external_id for row in addresses})),
        frozenset(_topics(tx, lead_ids)),
        _folded([contact.name]),
        _folded(words),
        (contact.phone or "")[-NUMBER_DIGITS:],
    )


def find_events(tx: Tx, traces: Traces, after: int, most: int = 500) -> tuple[list[int], int | None]:
    """Of the next `most` raw events those that tell of the person; and the last one looked at, None at the end."""
    rows = tx.execute(
        sa.select(intake_events.c.id, intake_events.c.status, intake_events.c.raw)
        .where(intake_events.c.id > after)
        .order_by(intake_events.c.id)
        .limit(most)
    ).all()
    found = []
    for row in rows:
        raw = orjson.loads(row.raw)
        if traces.in_event(raw) if row.status == "done" else traces.is_own_event(raw):
            found.append(row.id)
    return found, rows[-1].id if rows else None


def find_items(tx: Tx, traces: Traces, after: int, most: int = 500) -> tuple[list[int], int | None]:
    """The same among promised acts; what erases is no trace itself."""
    rows = tx.execute(
        sa.select(outbox.c.id, outbox.c.kind, outbox.c.destination, outbox.c.payload)
        .where(outbox.c.id > after)
        .order_by(outbox.c.id)
        .limit(most)
    ).all()
    found = [row.id for row in rows if row.kind not in ERASING and traces.in_item(row.destination, row.payload)]
    return found, rows[-1].id if rows else None


def _places(tx: Tx, lead_ids: frozenset[int], said: Sequence[Any], outside: set[str]) -> list[Place]:
    """Cards, mentions, copies and teammates' own words; what stands in the person's own chat (`outside`) is his."""
    shown = tx.execute(
        sa.select(cards.c.chat_id, cards.c.message_id)
        .where(cards.c.lead_id.in_(lead_ids))
        .union(sa.select(mentions.c.chat_id, mentions.c.message_id).where(mentions.c.lead_id.in_(lead_ids)))
    )
    found = [Place(row.chat_id, row.message_id) for row in shown]
    kinds = {row.id: row.kind for row in said}
    copies = tx.execute(sa.select(message_copies).where(message_copies.c.message_id.in_(list(kinds))))
    for row in copies:
        if _native(row.chat) not in outside:
            found.append(Place(int(_native(row.chat)), int(row.external_id), kinds[row.message_id]))
    for row in said:
        if row.author_id is not None and _native(row.chat) not in outside:
            found.append(Place(int(_native(row.chat)), int(row.external_id), row.kind, ours=False))
    return found


def _topics(tx: Tx, lead_ids: frozenset[int]) -> list[tuple[int, int]]:
    """At the owner's desk, and at those of former owners, whose head card still stands there."""
    at_desk = sa.select(desks.c.chat_id, desks.c.thread_id).where(
        desks.c.lead_id.in_(lead_ids), desks.c.thread_id.is_not(None)
    )
    headed = sa.select(cards.c.chat_id, cards.c.thread_id).where(
        cards.c.lead_id.in_(lead_ids), cards.c.thread_id.is_not(None), cards.c.place.startswith("desk:")
    )
    return [(row.chat_id, row.thread_id) for row in tx.execute(at_desk.union(headed))]


def _written(tx: Tx, lead_ids: frozenset[int]) -> list[str]:
    """What teammates wrote about the person."""
    written = tx.scalars(
        sa.select(notes.c.text)
        .where(notes.c.lead_id.in_(lead_ids))
        .union(
            sa.select(feedback.c.note).where(feedback.c.lead_id.in_(lead_ids)),
            sa.select(feedback.c.comment).where(feedback.c.lead_id.in_(lead_ids)),
            sa.select(leads.c.verdict_note).where(leads.c.id.in_(lead_ids)),
        )
    )
    return [text for text in written if text and len(text) > 2 * SHORTEST_WORD]


def _folded(words: list[str | None]) -> tuple[str, ...]:
    return tuple({word.casefold() for word in words if word and len(word) >= SHORTEST_WORD})


def _native(address: str) -> str:
    return address.rpartition(":")[2]


def _of(table: sa.Table, contact_id: int) -> sa.ColumnElement[bool]:
    return table.c.contact_id == contact_id
