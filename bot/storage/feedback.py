"""Rejected leads on their way through marketing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import FEEDBACK_ALLOWED, FeedbackState
from bot.storage.store.base import Tx
from bot.storage.tables import feedback, leads, touches


@dataclass(frozen=True, slots=True)
class Feedback:
    id: int
    lead_id: int
    state: FeedbackState
    reason: str
    note: str | None
    rejected_by: int | None
    settled_by: int | None
    judged_by: int | None
    created_at: datetime
    comment: str | None = None
    warm_until: datetime | None = None
    duplicate_of_id: int | None = None
    joined_id: int | None = None


_COLUMNS = [feedback.c[name] for name in Feedback.__dataclass_fields__]


def last_feedback(tx: Tx, lead_id: int) -> Feedback | None:
    """The feedback of the lead's newest rejection."""
    row = tx.execute(
        sa.select(*_COLUMNS).where(feedback.c.lead_id == lead_id).order_by(feedback.c.id.desc()).limit(1)
    ).first()
    return _feedback(row) if row is not None else None


def feedback_on_card(tx: Tx, first_id: int) -> list[Feedback]:
    """What one joined card shows, oldest first."""
    on_it = sa.or_(feedback.c.id == first_id, feedback.c.joined_id == first_id)
    return [_feedback(row) for row in tx.execute(sa.select(*_COLUMNS).where(on_it).order_by(feedback.c.id))]


def joined_with(tx: Tx, lead_ids: Collection[int]) -> list[int]:
    """The first rejections of the joined cards on which these leads stand."""
    of_leads = feedback.c.lead_id.in_(list(lead_ids))
    firsts = sa.select(feedback.c.joined_id).where(feedback.c.joined_id.is_not(None))
    first = sa.func.coalesce(feedback.c.joined_id, feedback.c.id)
    stood = sa.or_(feedback.c.joined_id.is_not(None), feedback.c.id.in_(firsts))
    return list(tx.scalars(sa.select(first).where(of_leads, stood).distinct().order_by(first)))


def update_feedback(tx: Tx, feedback_id: int, **values: Any) -> None:
    tx.execute(feedback.update().where(feedback.c.id == feedback_id).values(**values))


def duplicates_of(tx: Tx, lead_id: int) -> tuple[int, ...]:
    named = sa.select(feedback.c.lead_id).where(feedback.c.duplicate_of_id == lead_id).distinct()
    return tuple(tx.scalars(named.order_by(feedback.c.lead_id)))


def alike(tx: Tx, lead_id: int, reason: str, since: datetime, until: datetime) -> list[Feedback]:
    """The newest rejection of each lead from the same source and campaign for the same reason, oldest first.

    Nothing is alike to a lead whose source nobody knows.
    """
    brought = leads.outerjoin(touches, touches.c.id == leads.c.first_touch_id)
    mark = tx.execute(sa.select(touches.c.source, touches.c.campaign).select_from(brought).where(leads.c.id == lead_id))
    source, campaign = mark.one()
    if source is None and campaign is None:
        return []
    newer = feedback.alias().c
    is_newest = ~sa.exists().where(newer.lead_id == feedback.c.lead_id, newer.id > feedback.c.id)
    rows = tx.execute(
        sa.select(*_COLUMNS)
        .select_from(
            feedback.join(leads, leads.c.id == feedback.c.lead_id).join(touches, touches.c.id == leads.c.first_touch_id)
        )
        .where(
            is_newest,
            feedback.c.reason == reason,
            feedback.c.created_at >= since,
            feedback.c.created_at < until,
            touches.c.source.is_not_distinct_from(source),
            touches.c.campaign.is_not_distinct_from(campaign),
        )
        .order_by(feedback.c.id)
    )
    return [_feedback(row) for row in rows]


def lock_feedback(tx: Tx, feedback_id: int) -> None:
    """Those who join one card do so one after another."""
    tx.execute(sa.select(feedback.c.id).where(feedback.c.id == feedback_id).with_for_update())


def settle(tx: Tx, seen: Feedback, to: FeedbackState, now: datetime, **values: Any) -> bool:
    """Moves the feedback on; False when somebody was faster or it cannot go there."""
    if to not in FEEDBACK_ALLOWED[seen.state]:
        return False
    moved = tx.execute(
        feedback.update()
        .where(feedback.c.id == seen.id, feedback.c.state == seen.state)
        .values(state=to, settled_at=now, **values)
    )
    return moved.rowcount == 1


def unsettle(tx: Tx, seen: Feedback, state: FeedbackState) -> bool:
    """What was settled so is open again; False when it has moved on."""
    moved = tx.execute(
        feedback.update()
        .where(feedback.c.id == seen.id, feedback.c.state == state)
        .values(state=FeedbackState.OPEN, settled_by=None, settled_at=None)
    )
    return moved.rowcount == 1


def withdraw_case(tx: Tx, case: Feedback) -> bool:
    """Takes it away while nobody has settled it; False when somebody has."""
    if case.state not in (FeedbackState.OPEN, FeedbackState.DISPUTED):
        return False
    tx.execute(feedback.update().where(feedback.c.joined_id == case.id).values(joined_id=None))
    return tx.execute(feedback.delete().where(feedback.c.id == case.id)).rowcount == 1


def _feedback(row: sa.Row[Any]) -> Feedback:
    return Feedback(**{**row._mapping, "state": FeedbackState(row.state)})
