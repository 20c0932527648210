"""How far one has come on the tour, as the bot's own database tells it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import LeadEvent
from bot.domain.messages import Direction, MessageKind
from bot.storage.store.base import Tx
from bot.storage.tables import cards, channel_identities, desks, digests, lead_events, leads, messages, teammates


@dataclass(frozen=True, slots=True)
class Since:
    """The newest rows when the tour began: what comes after them, the visitor has done."""

    event: int
    message: int
    lead: int
    digest: int


def now_begins(tx: Tx) -> Since:
    tables = (lead_events, messages, leads, digests)
    return Since(*(tx.scalar(sa.select(sa.func.max(table.c.id))) or 0 for table in tables))


def progress(tx: Tx, since: Since) -> dict[str, Any]:
    """The six steps, and where the lead stands that the tour is about: the last one that was claimed, or shown."""
    last = {kind: _last_event(tx, kind, since) for kind in _TELLING}
    claimed, answered = last[LeadEvent.CLAIMED], last[LeadEvent.ANSWERED]
    subject = last[LeadEvent.REJECTED] or claimed or last[LeadEvent.SHOWN]
    wrote = messages.c.direction == Direction.INBOUND, messages.c.kind != MessageKind.START
    replied = answered is not None and _exists(
        tx, *wrote, messages.c.lead_id == answered.lead_id, messages.c.at > answered.at
    )
    return {
        "steps": [
            _exists(tx, *wrote, messages.c.id > since.message),
            last[LeadEvent.SHOWN] is not None,
            claimed is not None,
            replied,
            last[LeadEvent.REJECTED] is not None,
            _exists(tx, digests.c.id > since.digest, digests.c.posted_at.is_not(None)),
        ],
        "answered": answered is not None,
        "lead": _where(tx, subject.lead_id) if subject is not None else None,
    }


_TELLING = (LeadEvent.SHOWN, LeadEvent.CLAIMED, LeadEvent.ANSWERED, LeadEvent.REJECTED)


def arrived(tx: Tx, after: int) -> tuple[int, int]:
    """Of the leads after this one: how many there are, and how many the team has seen."""
    newer = leads.c.id > after
    seen = sa.select(sa.func.count(sa.distinct(cards.c.lead_id))).where(cards.c.lead_id > after)
    shown = sa.select(sa.func.count()).select_from(leads).where(newer, leads.c.shown_at.is_not(None))
    count = tx.scalar(sa.select(sa.func.count()).select_from(leads).where(newer)) or 0
    return count, max(tx.scalar(seen) or 0, tx.scalar(shown) or 0)


def newest_lead(tx: Tx) -> int:
    return tx.scalar(sa.select(sa.func.max(leads.c.id))) or 0


def _last_event(tx: Tx, kind: LeadEvent, since: Since) -> sa.Row[int, datetime] | None:
    happened = lead_events.c.kind == kind, lead_events.c.id > since.event
    return tx.execute(
        sa.select(lead_events.c.lead_id, lead_events.c.at).where(*happened).order_by(lead_events.c.id.desc()).limit(1)
    ).first()


def _exists(tx: Tx, *conditions: sa.ColumnElement[bool]) -> bool:
    return bool(tx.scalar(sa.select(sa.exists().where(*conditions))))


def _where(tx: Tx, lead_id: int) -> dict[str, Any]:
    """The cards of the lead by place, and its owner's conversation."""
    shown = tx.execute(sa.select(cards.c.place, cards.c.chat_id, cards.c.message_id).where(cards.c.lead_id == lead_id))
    talk = tx.execute(
        sa.select(desks.c.chat_id, desks.c.thread_id, teammates.c.telegram_id)
        .join(teammates, teammates.c.id == desks.c.teammate_id)
        .where(desks.c.lead_id == lead_id)
    ).first()
    customer = tx.execute(
        sa.select(channel_identities.c.channel, channel_identities.c.external_id)
        .join(leads, leads.c.contact_id == channel_identities.c.contact_id)
        .where(leads.c.id == lead_id)
    ).first()
    return {
        "id": lead_id,
        "customer": {"channel": customer.channel, "id": customer.external_id} if customer else None,
        "cards": {row.place.partition(":")[0]: {"chat": row.chat_id, "message": row.message_id} for row in shown},
        "desk": {"chat": talk.chat_id, "thread": talk.thread_id, "owner": talk.telegram_id} if talk else None,
    }
