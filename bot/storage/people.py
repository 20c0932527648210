"""Contacts, their addresses on the channels, their conversations and touches."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.messages import Sender, Touch
from bot.storage.store import hot
from bot.storage.store.base import Tx, insert, new_id, rows_by
from bot.storage.tables import channel_identities, contacts, conversations, touches


@dataclass(frozen=True, slots=True)
class Person:
    contact_id: int
    identity_id: int
    conversation_id: int
    is_new: bool
    stopped_at: datetime | None = None
    """He has asked not to be written to."""
    terms_shown: str | None = None
    """The version of the words of consent that he was last shown."""
    greeted_at: datetime | None = None
    """When he had an automatic acknowledgement last; None also when nobody has looked."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the person of a conversation is reached, and whether he may be."""

    channel: str
    address: str
    reachable: bool
    one_way: bool
    """Nothing can be sent back: a form."""
    stopped: bool

    @property
    def open(self) -> bool:
        return self.reachable and not self.one_way and not self.stopped


def find_or_add_person(
    tx: Tx, sender: Sender, channel: str, chat: str, now: datetime, *, one_way: bool = False
) -> Person:
    """The contact behind a sender. Locks its identity row, so that two messages of one person never race.

    Who typed a phone or an e-mail that we know is taken for that contact: for the team's eyes, so nothing of it ever
    goes back, and nothing that we know is replaced. Where our answers would go back, he stays a contact of his own.
    """
    known = hot.first(tx, _known_person, {"channel": channel, "external_id": sender.external_id})
    if known is None:
        linked = None if sender.unproven else _contact_with(tx, sender)
        contact_id = linked or _add_contact(tx, sender, now)
        if linked is not None:
            learn_contact(tx, linked, sender.phone, sender.email)
        # A race for the same address is a unique violation here; the rerun finds the winner's row.
        identity_id = new_id(
            tx.execute(
                channel_identities.insert().values(
                    contact_id=contact_id,
                    channel=channel,
                    external_id=sender.external_id,
                    username=sender.username,
                    one_way=one_way,
                    created_at=now,
                )
            )
        )
    else:
        identity_id, contact_id = known.id, known.contact_id
        if not one_way:
            _renew(tx, known, sender)
        if known.chat == chat:
            talk = known.conversation_id
            return Person(contact_id, identity_id, talk, False, known.stopped_at, known.terms_shown, known.greeted_at)
    talk = _conversation(tx, contact_id, identity_id, chat, now)
    return Person(contact_id, identity_id, talk, known is None, known.stopped_at if known else None)


_known_person = (
    sa.select(
        channel_identities.c.id,
        channel_identities.c.contact_id,
        channel_identities.c.username,
        channel_identities.c.reachable,
        contacts.c.name,
        contacts.c.phone,
        contacts.c.email,
        contacts.c.stopped_at,
        conversations.c.id.label("conversation_id"),
        conversations.c.chat,
        conversations.c.terms_shown,
        conversations.c.greeted_at,
    )
    .select_from(
        channel_identities.join(contacts, contacts.c.id == channel_identities.c.contact_id).outerjoin(
            conversations, conversations.c.identity_id == channel_identities.c.id
        )
    )
    .where(
        channel_identities.c.channel == sa.bindparam("channel"),
        channel_identities.c.external_id == sa.bindparam("external_id"),
    )
    .with_for_update(of=channel_identities)
)
"""Asked at every message, so it is built once."""


def lock_person(tx: Tx, channel: str, external_id: str) -> None:
    """His messages come one after another from here on; of somebody unknown, the first one's insert sees to that."""
    hot.first(tx, _known_person, {"channel": channel, "external_id": external_id})


def person_at(tx: Tx, channel: str, external_id: str) -> Person | None:
    """Who writes from there, his messages held back until the commit; None when nobody has yet."""
    known = tx.execute(_known_person, {"channel": channel, "external_id": external_id}).first()
    if known is None or known.conversation_id is None:
        return None
    talk = known.conversation_id
    return Person(known.contact_id, known.id, talk, False, known.stopped_at, known.terms_shown)


def close_way_back(tx: Tx, channel: str, external_id: str) -> None:
    """From now on nothing is sent there any more, whatever comes from it."""
    own = sa.and_(channel_identities.c.channel == channel, channel_identities.c.external_id == external_id)
    tx.execute(channel_identities.update().where(own).values(one_way=True))


def add_touch(tx: Tx, contact_id: int, kind: str, channel: str, touch: Touch, at: datetime) -> int:
    values = asdict(touch)
    return new_id(
        tx.execute(touches.insert().values(contact_id=contact_id, kind=kind, channel=channel, at=at, **values))
    )


class TouchOf(NamedTuple):
    id: int
    source: str | None
    campaign: str | None


def touches_since(tx: Tx, contact_id: int, since: datetime | None) -> tuple[TouchOf | None, TouchOf | None]:
    """The first and the last touch of a contact after a moment; all of them when it is None."""
    found = sa.select(touches.c.id, touches.c.source, touches.c.campaign).where(touches.c.contact_id == contact_id)
    if since is not None:
        found = found.where(touches.c.at > since)
    first = tx.execute(found.order_by(touches.c.at, touches.c.id).limit(1)).first()
    last = tx.execute(found.order_by(touches.c.at.desc(), touches.c.id.desc()).limit(1)).first()
    return TouchOf(*first) if first else None, TouchOf(*last) if last else None


def learn_contact(tx: Tx, contact_id: int, phone: str | None, email: str | None) -> bool:
    """What the person typed fills what was unknown; it never replaces what we have. True when it told us something."""
    learnt = 0
    for column, value in ((contacts.c.phone, phone), (contacts.c.email, email)):
        if value is not None:
            filled = contacts.update().where(contacts.c.id == contact_id, column.is_(None))
            learnt += tx.execute(filled.values({column.name: value})).rowcount
    return learnt > 0


def set_reachable(tx: Tx, channel: str, external_id: str, reachable: bool) -> int | None:
    """Whether the person still takes our messages on this channel; the contact's id when that is news, else None."""
    return tx.execute(
        channel_identities.update()
        .where(
            channel_identities.c.channel == channel,
            channel_identities.c.external_id == external_id,
            channel_identities.c.reachable != reachable,
        )
        .values(reachable=reachable)
        .returning(channel_identities.c.contact_id)
    ).scalar()


def contact_name(tx: Tx, contact_id: int) -> str:
    return tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == contact_id)) or ""


def contact_at(tx: Tx, channel: str, external_id: str) -> int | None:
    found = hot.first(tx, _contact_at, {"channel": channel, "external_id": external_id})
    return found.contact_id if found is not None else None


_contact_at = rows_by((channel_identities.c.contact_id,), "channel", "external_id")


def is_known(tx: Tx, channel: str, external_id: str) -> bool:
    return contact_at(tx, channel, external_id) is not None


def claim_greeting(tx: Tx, conversation_id: int, since: datetime, now: datetime) -> bool:
    """True once in a while: whoever gets it owes the customer the one automatic acknowledgement."""
    claimed = tx.execute(
        conversations.update()
        .where(
            conversations.c.id == conversation_id,
            sa.or_(conversations.c.greeted_at.is_(None), conversations.c.greeted_at < since),
        )
        .values(greeted_at=now)
    )
    return claimed.rowcount == 1


def _contact_with(tx: Tx, sender: Sender) -> int | None:
    """The oldest contact whose phone or e-mail it is."""
    same = [
        column == value
        for column, value in ((contacts.c.phone, sender.phone), (contacts.c.email, sender.email))
        if value is not None
    ]
    found: int | None = tx.scalar(sa.select(sa.func.min(contacts.c.id)).where(sa.or_(*same))) if same else None
    return found


def _add_contact(tx: Tx, sender: Sender, now: datetime) -> int:
    values = {
        "name": sender.name,
        "phone": sender.phone,
        "email": sender.email,
        "language": sender.language,
        "created_at": now,
    }
    return new_id(tx.execute(contacts.insert(), values))


def reach_of(tx: Tx, conversation_id: int) -> Reach | None:
    row = tx.execute(
        sa.select(
            channel_identities.c.channel,
            channel_identities.c.external_id,
            channel_identities.c.reachable,
            channel_identities.c.one_way,
            contacts.c.stopped_at,
        )
        .select_from(conversations.join(channel_identities).join(contacts, contacts.c.id == conversations.c.contact_id))
        .where(conversations.c.id == conversation_id)
    ).first()
    if row is None:
        return None
    return Reach(row.channel, row.external_id, row.reachable, row.one_way, row.stopped_at is not None)


def ways_to_call(tx: Tx, contact_id: int) -> tuple[str | None, str | None]:
    """Phone and e-mail."""
    row = tx.execute(sa.select(contacts.c.phone, contacts.c.email).where(contacts.c.id == contact_id)).one()
    return row.phone, row.email


def set_stopped(tx: Tx, contact_id: int, at: datetime | None) -> None:
    """Since when the contact has asked not to be written to; None: he may be."""
    tx.execute(contacts.update().where(contacts.c.id == contact_id).values(stopped_at=at))


def set_terms_shown(tx: Tx, conversation_id: int, version: str) -> None:
    tx.execute(conversations.update().where(conversations.c.id == conversation_id).values(terms_shown=version))


def _renew(tx: Tx, known: Any, sender: Sender) -> None:
    """People rename themselves; a phone or an e-mail that we know is never erased by one who does not tell it."""
    name = known.name if sender.nameless else sender.name
    told = {"name": name, "phone": sender.phone or known.phone, "email": sender.email or known.email}
    if told != {"name": known.name, "phone": known.phone, "email": known.email}:
        tx.execute(contacts.update().where(contacts.c.id == known.contact_id).values(**told))
    if not known.reachable or known.username != sender.username:
        tx.execute(
            channel_identities.update()
            .where(channel_identities.c.id == known.id)
            .values(username=sender.username, reachable=True)
        )


def _conversation(tx: Tx, contact_id: int, identity_id: int, chat: str, now: datetime) -> int:
    statement = insert(tx, conversations).values(
        contact_id=contact_id, identity_id=identity_id, chat=chat, created_at=now
    )
    return int(
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["identity_id"], set_={"chat": statement.excluded.chat}
            ).returning(conversations.c.id)
        ).scalar_one()
    )
