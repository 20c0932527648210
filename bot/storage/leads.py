"""Leads: finding them, and the one way in which their status changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import ALLOWED, CLOSED, OPEN, OWED_IN, OWNED_BY_SALES, LeadEvent, Status
from bot.storage.deadlines import clear_deadlines
from bot.storage.store import hot
from bot.storage.store.base import Tx, new_id, rows_by, update_by_id
from bot.storage.tables import contacts, lead_events, leads


@dataclass(frozen=True, slots=True)
class Lead:
    id: int
    contact_id: int
    status: Status
    owner_id: int | None
    former_owner_id: int | None
    score: int
    band: str
    reasons: list[Mapping[str, Any]]
    channel: str
    created_at: datetime
    offered_at: datetime | None
    shown_at: datetime | None
    claimed_at: datetime | None
    first_inbound_at: datetime | None
    first_answered_at: datetime | None
    waiting_since: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    amount: int | None
    currency: str | None
    product: str | None
    reject_reason: str | None
    loss_reason: str | None
    verdict_note: str | None
    set_aside: bool = False
    """It seems to be a robot's: it is in no number, and a human can say otherwise."""


_COLUMNS = tuple(leads.c[name] for name in Lead.__dataclass_fields__)


def get_lead(tx: Tx, lead_id: int) -> Lead | None:
    return _one(tx, rows_by(_COLUMNS, "id"), id=lead_id)


def lock_lead(tx: Tx, lead_id: int) -> Lead | None:
    """The lead as it is now and will be until this unit commits: who decides by its state must have it so.

    None also for the lead of a forgotten person: nothing more is to happen to it.
    """
    return _one(tx, _locked, id=lead_id)


def is_forgotten(tx: Tx, lead_id: int) -> bool:
    """Whether the person behind the lead has been erased."""
    erased = hot.first(tx, _erased, {"id": lead_id})
    return erased is not None and erased.forgotten_at is not None


def forgotten_among(tx: Tx, lead_ids: Collection[int], *, lock: bool = False) -> dict[int, int]:
    """Of these leads those whose contact is erased, with him. Locked, nobody else is until the commit."""
    found = (
        sa.select(leads.c.id, leads.c.contact_id, contacts.c.forgotten_at)
        .select_from(leads.join(contacts))
        .where(leads.c.id.in_(list(lead_ids)))
        .order_by(contacts.c.id)
    )
    rows = tx.execute(found.with_for_update(read=True, of=contacts) if lock else found).all()
    return {row.id: row.contact_id for row in rows if row.forgotten_at is not None}


def open_lead_of(tx: Tx, contact_id: int, *, lock: bool = False) -> Lead | None:
    return _one(tx, _open_locked if lock else _open, contact_id=contact_id)


_forgotten = sa.exists().where(contacts.c.id == leads.c.contact_id, contacts.c.forgotten_at.is_not(None))
_locked = rows_by(_COLUMNS, "id").where(~_forgotten).with_for_update(of=leads)
_erased = sa.select(contacts.c.forgotten_at).select_from(leads.join(contacts)).where(leads.c.id == sa.bindparam("id"))
_open = rows_by(_COLUMNS, "contact_id").where(
    leads.c.status.in_([sa.literal_column(f"'{status}'") for status in sorted(OPEN)])  # so their own index serves
)
_open_locked = _open.with_for_update()


def last_closed_lead_of(tx: Tx, contact_id: int, since: datetime) -> Lead | None:
    found = (
        sa.select(*_COLUMNS)
        .where(
            leads.c.contact_id == contact_id,
            leads.c.status.in_(CLOSED),
            leads.c.closed_at > since,
            leads.c.set_aside.is_(False),  # no human has said a word about it
        )
        .order_by(leads.c.closed_at.desc())
        .limit(1)
    )
    row = tx.execute(found).first()
    return _lead(row) if row is not None else None


def former_seller_of(tx: Tx, contact_id: int) -> int | None:
    """Who had the contact's last lead when it was closed."""
    closed = sa.select(leads.c.owner_id).where(
        leads.c.contact_id == contact_id, leads.c.status.in_(CLOSED), leads.c.owner_id.is_not(None)
    )
    return tx.scalar(closed.order_by(leads.c.closed_at.desc(), leads.c.id.desc()).limit(1))


def leads_where(tx: Tx, *conditions: sa.ColumnElement[bool], most: int = 50) -> list[Lead]:
    """The hottest first, then those who wait longest."""
    rows = tx.execute(
        sa.select(*_COLUMNS)
        .where(*conditions)
        .order_by(leads.c.score.desc(), leads.c.waiting_since.is_(None), leads.c.waiting_since, leads.c.id)
        .limit(most)
    )
    return [_lead(row) for row in rows]


def lock_open_leads_of(tx: Tx, owner_id: int) -> list[Lead]:
    owned = sa.select(*_COLUMNS).where(leads.c.owner_id == owner_id, leads.c.status.in_(OPEN)).order_by(leads.c.id)
    return [_lead(row) for row in tx.execute(owned.with_for_update())]


def last_closing_of(tx: Tx, contact_id: int) -> datetime | None:
    closed: datetime | None = tx.scalar(
        sa.select(sa.func.max(leads.c.closed_at)).where(leads.c.contact_id == contact_id, leads.c.set_aside.is_(False))
    )
    return closed


def add_lead(
    tx: Tx,
    contact_id: int,
    channel: str,
    first_touch_id: int | None,
    last_touch_id: int | None,
    band: str,
    now: datetime,
) -> int:
    """Opens a lead. A second open one of the same contact is a unique violation; the rerun finds the first."""
    return new_id(
        tx.execute(
            leads.insert().values(
                contact_id=contact_id,
                status=Status.NURTURING,
                score=0,
                band=band,
                reasons=[],
                channel=channel,
                first_touch_id=first_touch_id,
                last_touch_id=last_touch_id,
                created_at=now,
            )
        )
    )


def change_status(
    tx: Tx,
    lead: Lead,
    to: Status,
    kind: LeadEvent,
    now: datetime,
    *,
    actor: int | None = None,
    data: Mapping[str, Any] | None = None,
    undoes: int | None = None,
    **values: Any,
) -> bool:
    """Moves the lead and writes the log. False, and nothing done, when it is no longer as the caller saw it.

    What takes an event back, named by `undoes`, goes an allowed way the other way round. What the clock owed it in its
    former status it owes no more.
    """
    if to not in ALLOWED[lead.status] and not (undoes is not None and _leads_back(lead.status, to)):
        return False
    if to not in OWNED_BY_SALES:
        values.setdefault("snoozed_until", None)
    moved = tx.execute(
        leads.update()
        .where(
            leads.c.id == lead.id,
            leads.c.status == lead.status,
            leads.c.owner_id.is_not_distinct_from(lead.owner_id),
        )
        .values(status=to, **values)
    )
    if moved.rowcount == 0:
        return False
    no_longer = [owed for owed, statuses in OWED_IN.items() if to not in statuses]
    clear_deadlines(tx, lead.id, *no_longer)
    log(tx, lead.id, kind, now, actor=actor, before=lead.status, after=to, data=data, undoes=undoes)
    return True


def _leads_back(status: Status, to: Status) -> bool:
    return status is to or status in ALLOWED[to]


def take_nurtured(tx: Tx, lead_id: int, owner_id: int) -> bool:
    """A marketer takes a nurtured lead that nobody has: the same conditional update as a claim, the status stays."""
    taken = tx.execute(
        leads.update()
        .where(leads.c.id == lead_id, leads.c.status == Status.NURTURING, leads.c.owner_id.is_(None))
        .values(owner_id=owner_id)
    )
    return taken.rowcount == 1


def take_touches(tx: Tx, lead_id: int, older_id: int) -> None:
    """The older lead's first touch is the first of both; its last one only where this lead has none."""
    older = tx.execute(sa.select(leads.c.first_touch_id, leads.c.last_touch_id).where(leads.c.id == older_id)).one()
    taken = {
        "first_touch_id": sa.func.coalesce(older.first_touch_id, leads.c.first_touch_id),
        "last_touch_id": sa.func.coalesce(leads.c.last_touch_id, older.last_touch_id),
    }
    tx.execute(leads.update().where(leads.c.id == lead_id).values(**taken))


def update_lead(tx: Tx, lead_id: int, **values: Any) -> None:
    hot.change(tx, update_by_id(leads), {"of": lead_id, **values})


def log(
    tx: Tx,
    lead_id: int,
    kind: LeadEvent,
    now: datetime,
    *,
    actor: int | None = None,
    before: Status | None = None,
    after: Status | None = None,
    data: Mapping[str, Any] | None = None,
    undoes: int | None = None,
) -> None:
    """`undoes` names the event that this one takes back."""
    event = {
        "lead_id": lead_id,
        "at": now,
        "kind": kind,
        "actor_id": actor,
        "from_status": before,
        "to_status": after,
        "undoes_id": undoes,
        "data": dict(data or {}),
    }
    hot.change(tx, _log, event)


_log = lead_events.insert()


def last_event_at(tx: Tx, lead_id: int, kind: LeadEvent) -> datetime | None:
    last: datetime | None = tx.scalar(
        sa.select(sa.func.max(lead_events.c.at)).where(lead_events.c.lead_id == lead_id, lead_events.c.kind == kind)
    )
    return last


def recent_first_answers(tx: Tx, since: datetime, most: int = 50) -> list[tuple[datetime, datetime]]:
    """`(first message, first human answer)` of the leads that were answered first after a moment, newest first."""
    answered = (
        sa.select(leads.c.id, leads.c.first_inbound_at, leads.c.first_answered_at)
        .select_from(lead_events.join(leads, leads.c.id == lead_events.c.lead_id))
        .where(
            lead_events.c.kind == sa.literal_column("'answered'"),  # spelled out: only then its own index serves
            lead_events.c.at >= since,
            leads.c.first_answered_at >= since,
            leads.c.first_inbound_at.is_not(None),
        )
        .distinct()
        .order_by(leads.c.first_answered_at.desc())
        .limit(most)
    )
    return [(row.first_inbound_at, row.first_answered_at) for row in tx.execute(answered)]


def last_event_id(tx: Tx, lead_id: int, kind: LeadEvent | None = None) -> int | None:
    newest = sa.select(sa.func.max(lead_events.c.id)).where(lead_events.c.lead_id == lead_id)
    last: int | None = tx.scalar(newest if kind is None else newest.where(lead_events.c.kind == kind))
    return last


def closing_of(tx: Tx, lead: Lead) -> tuple[int, Status] | None:
    """The event that closed the lead, and the status from which it did so."""
    closed = (
        sa.select(lead_events.c.id, lead_events.c.from_status)
        .where(lead_events.c.lead_id == lead.id, lead_events.c.to_status == lead.status)
        .order_by(lead_events.c.id.desc())
        .limit(1)
    )
    row = tx.execute(closed).first()
    return (row.id, Status(row.from_status)) if row is not None else None


def _one(tx: Tx, statement: sa.Select[Any], **values: Any) -> Lead | None:
    row = hot.first(tx, statement, values)
    return _lead(row) if row is not None else None


def _lead(row: Any) -> Lead:
    """From a row of `_COLUMNS`."""
    number, contact, status, *rest = row
    return Lead(number, contact, Status(status), *rest)
