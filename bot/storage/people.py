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

    A phone or e-mail that is only typed joins nobody to a place where answers are read, see `_contact_with`: whoever
    knows somebody's number could type it, here or there, and read what we say to the other.
    """
    known = hot.first(tx, _known_person, {"channel": channel, "external_id": sender.external_id})
    if known is None:
        linked = _contact_with(tx, sender, one_way=one_way)
        contact_id = linked or _add_contact(tx, sender, channel, now)
        if linked is not None:
            _learn_of(tx, linked, sender, channel, one_way=one_way)
        # A race for the same address is a unique violation here; the rerun finds the winner's row.
        identity_id = new_id(
            tx.execute(
                channel_identities.insert().values(
                    contact_id=contact_id,
                    channel=channel,
                    external_id=sender.external_id,
                    username=sender.username,
                    login=sender.login,
                    one_way=one_way,
                    created_at=now,
                )
            )
        )
    else:
        identity_id, contact_id = known.id, known.contact_id
        if not one_way:
            _renew(tx, known, sender, channel)
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
        channel_identities.c.login,
        contacts.c.name,
        contacts.c.name_rank,
        contacts.c.named_by,
        contacts.c.phone,
        contacts.c.phone_proven,
        contacts.c.email,
        contacts.c.email_proven,
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


def _contact_with(tx: Tx, sender: Sender, *, one_way: bool) -> int | None:
    """The oldest contact whose phone or e-mail it is, as far as anybody has proven it.

    Where answers are read, only who has proven the same way to reach him; where none are, as of forms, whoever typed
    it. Who brings a place for answers has to have proven his, and that all those forms are his.
    """
    ways = {"phone": sender.phone, "email": sender.email}
    told = [value for value in ways.values() if value is not None]
    if not told or (sender.unproven and not one_way):
        return None
    same = [contacts.c[way] == value for way, value in ways.items() if value is not None]
    proven = [
        sa.and_(contacts.c[way] == value, contacts.c[f"{way}_proven"])
        for way, value in ways.items()
        if value is not None
    ]
    others = channel_identities.c.contact_id == contacts.c.id, ~channel_identities.c.one_way
    if not one_way:
        others = channel_identities.c.contact_id == contacts.c.id, channel_identities.c.external_id.not_in(told)
    typed = sa.and_(sa.or_(*same), ~sa.exists().where(*others))
    found: int | None = tx.scalar(sa.select(sa.func.min(contacts.c.id)).where(sa.or_(*proven, typed)))
    return found


def _add_contact(tx: Tx, sender: Sender, channel: str, now: datetime) -> int:
    values = {
        "name": sender.name,
        "name_rank": sender.name_rank,
        "named_by": channel,
        "phone": sender.phone,
        "phone_proven": sender.phone is not None and not sender.unproven,
        "email": sender.email,
        "email_proven": sender.email is not None and not sender.unproven,
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


def _learn_of(tx: Tx, contact_id: int, sender: Sender, channel: str, *, one_way: bool) -> None:
    """Of somebody whom we know already: a form fills in what is missing, and renames nobody."""
    if one_way:
        learn_contact(tx, contact_id, sender.phone, sender.email)
        return
    known = tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one()
    if told := _news(known, sender, channel):
        tx.execute(contacts.update().where(contacts.c.id == contact_id).values(**told))


def _renew(tx: Tx, known: Any, sender: Sender, channel: str) -> None:
    if told := _news(known, sender, channel):
        tx.execute(contacts.update().where(contacts.c.id == known.contact_id).values(**told))
    login = sender.login or known.login
    if not known.reachable or known.username != sender.username or known.login != login:
        tx.execute(
            channel_identities.update()
            .where(channel_identities.c.id == known.id)
            .values(username=sender.username, login=login, reachable=True)
        )


def _news(known: Any, sender: Sender, channel: str) -> dict[str, Any]:
    """What a sender tells that is better than what we know: what is proven gives way to nothing that is only typed.

    People rename themselves; but of two channels that name one person each in its own way, the first keeps its say.
    """
    told: dict[str, Any] = {}
    by_same = sender.name_rank == known.name_rank and known.named_by in (None, channel)
    if sender.name_rank > known.name_rank or by_same:
        told |= {"name": sender.name, "name_rank": int(sender.name_rank), "named_by": channel}
    for way, value in (("phone", sender.phone), ("email", sender.email)):
        if value is not None and not (sender.unproven and getattr(known, f"{way}_proven")):
            told |= {way: value, f"{way}_proven": not sender.unproven}
    return {name: value for name, value in told.items() if getattr(known, name) != value}


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
