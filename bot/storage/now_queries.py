"""What stands open at this moment: who waits, what nobody took, which rejections nobody answered."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.kpi import FeedbackItem, WaitingLead
from bot.domain.leads import OPEN, FeedbackState, Status
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, feedback, leads, teammates

is_unclaimed = sa.and_(leads.c.status == Status.OFFERED, leads.c.owner_id.is_(None))
offered_since = sa.func.coalesce(leads.c.offered_at, leads.c.created_at)


class Waiting(NamedTuple):
    owner_id: int | None
    leads: int


def waiting_by_owner(tx: Tx) -> list[Waiting]:
    rows = tx.execute(sa.select(leads.c.owner_id, sa.func.count()).where(_is_waiting(OPEN)).group_by(leads.c.owner_id))
    return [Waiting(*row) for row in rows]


def unclaimed(tx: Tx) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(leads).where(is_unclaimed)) or 0


def longest_waiting(tx: Tx, now: datetime, statuses: frozenset[Status], limit: int) -> tuple[WaitingLead, ...]:
    """Open leads whose customer wrote last, the longest wait first; snoozed ones are left in peace."""
    return _leads(tx, leads.c.waiting_since, _is_waiting(statuses), now, limit)


def longest_unclaimed(tx: Tx, now: datetime, limit: int) -> tuple[WaitingLead, ...]:
    return _leads(tx, offered_since, is_unclaimed, now, limit)


def feedback_by_state(tx: Tx) -> dict[str, int]:
    unsettled = (FeedbackState.OPEN, FeedbackState.DISPUTED)
    rows = tx.execute(
        sa.select(feedback.c.state, sa.func.count()).where(feedback.c.state.in_(unsettled)).group_by(feedback.c.state)
    )
    return {row[0]: row[1] for row in rows}


def oldest_feedback(tx: Tx, state: FeedbackState, limit: int) -> tuple[FeedbackItem, ...]:
    rows = tx.execute(
        sa.select(
            feedback.c.id,
            feedback.c.lead_id,
            contacts.c.name,
            feedback.c.reason,
            teammates.c.name,
            feedback.c.created_at,
        )
        .select_from(
            feedback.join(leads, leads.c.id == feedback.c.lead_id)
            .join(contacts, contacts.c.id == leads.c.contact_id)
            .outerjoin(teammates, teammates.c.id == feedback.c.rejected_by)
        )
        .where(feedback.c.state == state)
        .order_by(feedback.c.created_at, feedback.c.id)
        .limit(limit)
    )
    return tuple(FeedbackItem(*row) for row in rows)


def _is_waiting(statuses: frozenset[Status]) -> sa.ColumnElement[bool]:
    return sa.and_(leads.c.status.in_(sorted(statuses)), leads.c.waiting_since.is_not(None))


def _leads(
    tx: Tx, since: sa.ColumnElement[Any], which: sa.ColumnElement[bool], now: datetime, limit: int
) -> tuple[WaitingLead, ...]:
    rows = tx.execute(
        sa.select(
            leads.c.id,
            contacts.c.name,
            leads.c.channel,
            leads.c.band,
            leads.c.score,
            sa.type_coerce(since, leads.c.created_at.type),
            teammates.c.name,
        )
        .select_from(
            leads.join(contacts, contacts.c.id == leads.c.contact_id).outerjoin(
                teammates, teammates.c.id == leads.c.owner_id
            )
        )
        .where(which, sa.or_(leads.c.snoozed_until.is_(None), leads.c.snoozed_until <= now))
        .order_by(since, leads.c.id)
        .limit(limit)
    )
    return tuple(WaitingLead(*row) for row in rows)
