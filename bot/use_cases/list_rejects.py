"""What sales rejected in some days: reasons by source, and the leads themselves."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from bot.domain.kpi.periods import Period
from bot.domain.leads import FeedbackState
from bot.domain.policy import Policy
from bot.storage.store.base import Tx
from bot.storage.tables import cards, contacts, feedback, leads, teammates, touches


@dataclass(frozen=True, slots=True)
class Reject:
    lead_id: int
    name: str
    reason: str
    source: str | None
    campaign: str | None
    state: FeedbackState
    rejected_by: str | None
    at: datetime
    card: tuple[int, int] | None
    """Chat and message of its own feedback card."""


@dataclass(frozen=True, slots=True)
class Rejects:
    first: date
    end: date
    """The day after the last."""
    found: list[Reject]
    """Those that wait for marketing first, the longest first; then the newest first."""

    def by_reason(self) -> list[tuple[str, list[tuple[str | None, int]]]]:
        """Reasons with their sources and counts, the most frequent first."""
        sources: dict[str, Counter[str | None]] = {}
        for one in self.found:
            sources.setdefault(one.reason, Counter())[one.source] += 1
        ranked = sorted(sources.items(), key=lambda item: (-item[1].total(), item[0]))
        return [(reason, counts.most_common()) for reason, counts in ranked]

    @property
    def unanswered(self) -> list[Reject]:
        return [one for one in self.found if one.state is FeedbackState.OPEN]

    @property
    def answered(self) -> list[Reject]:
        return [one for one in self.found if one.state is not FeedbackState.OPEN]


def list_rejects(tx: Tx, period: Period, policy: Policy) -> Rejects:
    """Half-open in time; a lead that was rejected twice counts twice."""
    rows = tx.execute(
        sa.select(
            feedback.c.lead_id,
            contacts.c.name,
            feedback.c.reason,
            touches.c.source,
            touches.c.campaign,
            feedback.c.state,
            teammates.c.name.label("rejected_by"),
            feedback.c.created_at.label("at"),
            cards.c.chat_id,
            cards.c.message_id,
        )
        .select_from(
            feedback.join(leads, leads.c.id == feedback.c.lead_id)
            .join(contacts, contacts.c.id == leads.c.contact_id)
            .outerjoin(touches, touches.c.id == leads.c.first_touch_id)
            .outerjoin(teammates, teammates.c.id == feedback.c.rejected_by)
            .outerjoin(cards, sa.and_(cards.c.lead_id == leads.c.id, cards.c.place == "feedback"))
        )
        .where(feedback.c.created_at >= period.since, feedback.c.created_at < period.until)
        .order_by(feedback.c.created_at.desc(), feedback.c.id.desc())
    )
    found = [
        Reject(
            row.lead_id,
            policy.hide(row.name),
            row.reason,
            row.source,
            row.campaign,
            FeedbackState(row.state),
            row.rejected_by,
            row.at,
            (row.chat_id, row.message_id) if row.message_id is not None else None,
        )
        for row in rows
    ]
    waiting = [one for one in found if one.state is FeedbackState.OPEN]
    return Rejects(
        period.first, period.end, [*reversed(waiting), *(one for one in found if one.state is not FeedbackState.OPEN)]
    )
