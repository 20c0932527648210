"""Rejected leads on their way through marketing."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import FEEDBACK_ALLOWED, FeedbackState
from bot.storage.store.base import Tx
from bot.storage.tables import feedback


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


_COLUMNS = [feedback.c[name] for name in Feedback.__dataclass_fields__]


def last_feedback(tx: Tx, lead_id: int) -> Feedback | None:
    """The feedback of the lead's newest rejection."""
    row = tx.execute(
        sa.select(*_COLUMNS).where(feedback.c.lead_id == lead_id).order_by(feedback.c.id.desc()).limit(1)
    ).first()
    if row is None:
        return None
    values = dict(row._mapping)
    return Feedback(**{**values, "state": FeedbackState(values["state"])})


def settle(tx: Tx, seen: Feedback, to: FeedbackState, now: datetime, **by: int) -> bool:
    """Moves the feedback on; False when somebody was faster or it cannot go there."""
    if to not in FEEDBACK_ALLOWED[seen.state]:
        return False
    moved = tx.execute(
        feedback.update()
        .where(feedback.c.id == seen.id, feedback.c.state == seen.state)
        .values(state=to, settled_at=now, **by)
    )
    return moved.rowcount == 1
