"""Two contacts that are one person: what was one's becomes the other's, and can go back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, consents, contacts, conversations, leads, merges, page_views, touches

_TABLES = (channel_identities, conversations, touches, consents, leads, page_views)


@dataclass(frozen=True, slots=True)
class Merge:
    id: int
    contact_id: int
    from_id: int


def merge_contacts(tx: Tx, contact_id: int, from_id: int, evidence: str, now: datetime) -> None:
    """`from_id` stays as an empty shell. Both having an open lead is a unique violation: the caller looks first."""
    _drop_doubles(tx, contact_id, from_id)
    moved = {
        table.name: list(
            tx.scalars(
                table.update().where(table.c.contact_id == from_id).values(contact_id=contact_id).returning(table.c.id)
            )
        )
        for table in _TABLES
    }
    before = tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one()
    other = tx.execute(sa.select(contacts).where(contacts.c.id == from_id)).one()
    learnt = _learnt(before, other)
    if learnt:
        tx.execute(contacts.update().where(contacts.c.id == contact_id).values(**learnt))
    unknown = {"phone": None, "phone_proven": False, "email": None, "email_proven": False}
    tx.execute(contacts.update().where(contacts.c.id == from_id).values(joined_id=contact_id, **unknown))
    record = {"contact_id": contact_id, "from_id": from_id, "evidence": evidence, "at": now}
    had = {name: getattr(before, name) for name in learnt}
    was = {name: getattr(other, name) for name in unknown}
    tx.execute(merges.insert().values(**record, moved={"rows": moved, "learnt": learnt, "had": had, "was": was}))


def last_merge_of(tx: Tx, contact_id: int) -> Merge | None:
    """The newest that still holds."""
    row = tx.execute(
        sa.select(merges.c.id, merges.c.contact_id, merges.c.from_id)
        .where(merges.c.contact_id == contact_id, merges.c.undone_at.is_(None))
        .order_by(merges.c.id.desc())
        .limit(1)
    ).first()
    return Merge(**row._mapping) if row is not None else None


def undo_merge(tx: Tx, merge: Merge, now: datetime) -> None:
    """What was moved goes back; what came since stays where its address or its lead is."""
    moved = tx.execute(sa.select(merges.c.moved).where(merges.c.id == merge.id)).scalar_one()
    for table in _TABLES:
        back = table.c.id.in_(moved["rows"][table.name])
        tx.execute(table.update().where(back, table.c.contact_id == merge.contact_id).values(contact_id=merge.from_id))
    tx.execute(contacts.update().where(contacts.c.id == merge.from_id).values(joined_id=None, **moved["was"]))
    kept = tx.execute(sa.select(contacts).where(contacts.c.id == merge.contact_id)).one()
    unlearnt = {name: moved["had"][name] for name, value in moved["learnt"].items() if getattr(kept, name) == value}
    if unlearnt:
        tx.execute(contacts.update().where(contacts.c.id == merge.contact_id).values(**unlearnt))
    tx.execute(merges.update().where(merges.c.id == merge.id).values(undone_at=now))


def _learnt(before: Any, other: Any) -> dict[str, Any]:
    """What the other knew better: a name that names him, a way to reach him that is proven."""
    learnt: dict[str, Any] = {}
    if other.name_rank > before.name_rank:
        learnt |= {name: getattr(other, name) for name in ("name", "name_rank", "named_by")}
    for way in ("phone", "email"):
        is_better = getattr(other, f"{way}_proven") and not getattr(before, f"{way}_proven")
        if getattr(other, way) is not None and (getattr(before, way) is None or is_better):
            learnt |= {name: getattr(other, name) for name in (way, f"{way}_proven")}
    return learnt


def _drop_doubles(tx: Tx, contact_id: int, from_id: int) -> None:
    """One browser may have told both of the same visits."""
    ours, theirs = page_views.alias("ours"), page_views
    same = sa.exists().where(ours.c.contact_id == contact_id, ours.c.at == theirs.c.at, ours.c.page == theirs.c.page)
    tx.execute(theirs.delete().where(theirs.c.contact_id == from_id, same))
    known = sa.select(touches.c.visit).where(touches.c.contact_id == contact_id, touches.c.visit.is_not(None))
    doubles = touches.update().where(touches.c.contact_id == from_id, touches.c.visit.in_(known.scalar_subquery()))
    tx.execute(doubles.values(visit=None))
