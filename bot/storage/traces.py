"""By what a person is recognised in what was stored raw: events, promised acts, questions."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from bot.storage.failed_items import ERASING
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


class Lookout:
    """Recognises several people at once: however many they are, what was stored is looked through once.

    Every method names the contacts whom something tells of.
    """

    def __init__(self, people: Iterable[Traces]) -> None:
        self._known: dict[tuple[str, Any], set[int]] = defaultdict(set)
        self._words: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self._names: dict[str, set[int]] = defaultdict(set)
        self._numbers: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for one in people:
            self._learn(one)

    def _learn(self, one: Traces) -> None:
        known = [
            *(("lead", number) for number in one.leads),
            *(("conversation", number) for number in one.conversations),
            *(("message", number) for number in one.messages),
            *(("address", address) for address in one.addresses),
            *(("sender", sender) for sender in one.senders),
            *(("spot", (place.chat_id, place.message_id)) for place in one.places),
            *(("place", f"{place.chat_id}:{place.message_id}") for place in one.places),
            *(("topic", topic) for topic in one.topics),
            ("contact", one.contact_id),
        ]
        for key in known:
            self._known[key].add(one.contact_id)
        for word in (*one.marks, *one.names):
            self._words[word[:SHORTEST_WORD]][word].add(one.contact_id)
        for name in one.names:
            if name not in one.marks:
                self._names[name].add(one.contact_id)
        if one.number:
            self._numbers[len(one.number)][one.number].add(one.contact_id)

    def in_event(self, raw: Any) -> set[int]:
        """From whom a raw event is, about a message of whose it is, or who is named or quoted in it."""
        read = _Read(raw)
        return self._by_ids(read) | self._by_spots(read) | self._by_words(read, by_name=True)

    def is_own_event(self, raw: Any) -> set[int]:
        """The same by ids and by what is his alone: for what is lost when it is taken for his."""
        read = _Read(raw)
        return self._by_ids(read) | self._by_spots(read) | self._by_words(read, by_name=False)

    def in_item(self, destination: str, payload: Mapping[str, Any]) -> set[int]:
        """About whom a promised act is."""
        chat = payload.get("chat") or _native(destination)  # on some channels no number
        found = self._of("address", destination) | self._of("place", f"{chat}:{payload.get('message')}")
        return found | self.in_values(payload)

    def in_values(self, payload: Mapping[str, Any]) -> set[int]:
        values, read = payload.get("values") or {}, _Read(payload)
        found = self._of("lead", payload.get("lead")) | self._of("lead", values.get("lead"))
        found = found.union(*(self._of("lead", number) for number in payload.get("leads") or ()))
        found |= self._of("conversation", payload.get("conversation")) | self._of("contact", payload.get("contact"))
        if "chat" not in payload:  # its number; a question to whom it is carries the message whole
            found |= self._of("message", payload.get("message"))
        return found | self._by_ids(read) | self._by_words(read, by_name=False)

    def in_text(self, text: str) -> set[int]:
        return self._by_words(_Read(text), by_name=True)

    def _of(self, what: str, value: Any) -> set[int]:
        return self._known.get((what, value), set()) if isinstance(value, Hashable) else set()

    def _by_ids(self, read: "_Read") -> set[int]:
        """People and topics that Telegram's JSON names by their ids."""
        people = (self._of("sender", sender) for sender in read.senders)
        return set().union(*people, *(self._of("topic", topic) for topic in read.topics))

    def _by_spots(self, read: "_Read") -> set[int]:
        return set().union(*(self._of("spot", spot) for spot in read.spots))

    def _by_words(self, read: "_Read", *, by_name: bool) -> set[int]:
        """One walk along the text, whatever the number of words that are looked for."""
        found: set[int] = set()
        text = "\0".join(read.strings).casefold()
        for at in range(len(text) - SHORTEST_WORD + 1):
            for word, people in self._words.get(text[at : at + SHORTEST_WORD], {}).items():
                if text.startswith(word, at):
                    found |= people if by_name else people - self._names.get(word, set())
        for length, numbers in self._numbers.items():
            for said in read.strings:
                digits = _NOT_DIGITS.sub("", said) if len(said) >= length else ""
                for at in range(len(digits) - length + 1):
                    found |= numbers.get(digits[at : at + length], set())
        return found


class _Read:
    """What a piece of JSON tells: its words, and whom and what it names by ids."""

    def __init__(self, value: Any) -> None:
        self.strings: list[str] = []
        self.senders: set[str] = set()
        self.spots: set[tuple[int, int]] = set()
        self.topics: set[tuple[int, int]] = set()
        self._walk(value)

    def _walk(self, value: Any) -> None:
        match value:
            case str():
                self.strings.append(value)
            case Mapping():
                self._note(value)
                for part in value.values():
                    self._walk(part)
            case list():
                for part in value:
                    self._walk(part)

    def _note(self, found: Mapping[str, Any]) -> None:
        if "first_name" in found or "type" in found:
            self.senders.add(str(found.get("id")))
        chat = found.get("chat")
        if isinstance(chat, Mapping) and isinstance(chat_id := chat.get("id"), int):
            message_id, thread_id = found.get("message_id"), found.get("message_thread_id")
            self.spots |= {(chat_id, message_id)} if isinstance(message_id, int) else set()
            self.topics |= {(chat_id, thread_id)} if isinstance(thread_id, int) else set()


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
        _NOT_DIGITS.sub("", contact.phone or "")[-NUMBER_DIGITS:],
    )


def find_events(tx: Tx, lookout: Lookout, after: int, most: int = 250) -> tuple[dict[int, list[int]], int | None]:
    """By contact, those of the next `most` raw events that tell of him; and the last one looked at, None at the end."""
    rows = tx.execute(
        sa.select(intake_events.c.id, intake_events.c.status, intake_events.c.raw)
        .where(intake_events.c.id > after)
        .order_by(intake_events.c.id)
        .limit(most)
    ).all()
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        raw = orjson.loads(row.raw)
        for contact_id in lookout.in_event(raw) if row.status == "done" else lookout.is_own_event(raw):
            found[contact_id].append(row.id)
    return found, rows[-1].id if rows else None


def find_items(tx: Tx, lookout: Lookout, after: int, most: int = 250) -> tuple[dict[int, list[int]], int | None]:
    """The same among promised acts; what erases is no trace itself."""
    rows = tx.execute(
        sa.select(outbox.c.id, outbox.c.destination, outbox.c.payload)
        .where(outbox.c.id > after, outbox.c.kind.not_in(ERASING))
        .order_by(outbox.c.id)
        .limit(most)
    ).all()
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        for contact_id in lookout.in_item(row.destination, row.payload):
            found[contact_id].append(row.id)
    return found, rows[-1].id if rows else None


def _places(tx: Tx, lead_ids: frozenset[int], said: Sequence[Any], outside: set[str]) -> list[Place]:
    """Cards, mentions, copies and teammates' own words; what stands in the person's own chat (`outside`) is his.

    A board is no trace: it is shown again, without him.
    """
    shown = tx.execute(
        sa.select(cards.c.chat_id, cards.c.message_id)
        .where(cards.c.lead_id.in_(lead_ids), cards.c.board_id.is_(None))
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
