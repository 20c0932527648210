"""It was no spam after all: the lead comes back to marketing with everything that was written meanwhile."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import FeedbackState, LeadEvent, RejectReason, Status
from bot.domain.messages import Direction, MessageKind
from bot.domain.policy import Policy
from bot.storage.feedback import last_feedback, settle
from bot.storage.leads import change_status, get_lead, lock_lead
from bot.storage.messages import Message, last_messages_with, waiting_since
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, leads, messages
from bot.storage.team import get_team_chats
from bot.use_cases.hand_off_lead import hand_off
from bot.use_cases.join_feedback import refresh_feedback
from bot.use_cases.promised_times import expect_next_step
from bot.use_cases.promises import refresh_cards, repost_card
from bot.use_cases.receive_message import score_and_hand_off
from bot.use_cases.score_lead import rescore
from bot.use_cases.settle_feedback import is_continued
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal, TooLate, teammate_with

A_PAGE = 10


@dataclass(frozen=True, slots=True)
class SpamLine:
    lead_id: int
    name: str
    count: int
    """Messages of this person."""
    last: Message | None


@dataclass(frozen=True, slots=True)
class SpamPage:
    lines: tuple[SpamLine, ...]
    more: bool


def take_back_spam(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """Back to nurturing and scored anew. A human looks at it first: it goes to sales by its next message or a tap."""
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if lead.status is not Status.REJECTED or lead.reject_reason != RejectReason.SPAM:
        return TooLate(lead.status)
    case = last_feedback(tx, lead_id)
    if case is not None and case.state is FeedbackState.DISPUTED:
        return TooLate(case.state)  # a manager has been asked, and his word counts
    if case is not None and settle(tx, case, FeedbackState.NURTURED, now, settled_by=mate.id):
        refresh_feedback(tx, case, now)
    if is_continued(tx, lead, LeadEvent.NURTURED, mate, now) is not None:
        return None
    # What a robot seemed to have sent was nobody's lead: it begins now, and what it is worth has nobody judged yet.
    begins = lead.set_aside
    change_status(
        tx,
        lead,
        Status.NURTURING,
        LeadEvent.CREATED if begins else LeadEvent.NURTURED,
        now,
        actor=mate.id,
        data={"why": "not spam"},
        set_aside=False,
        owner_id=None,
        former_owner_id=lead.owner_id or lead.former_owner_id,
        closed_at=None,
        claimed_at=None,
        reject_reason=None,
        verdict_note=None,
        waiting_since=waiting_since(tx, lead.id, lead.contact_id),
    )
    rescore(tx, lead, policy.rules, now)
    chats, fresh = get_team_chats(tx), get_lead(tx, lead_id)
    if fresh is not None and begins:
        fresh = score_and_hand_off(tx, fresh, policy, now)
    if fresh is not None and fresh.status is not Status.NURTURING:
        pass
    elif fresh is not None and chats.marketing in (None, chats.sales):
        hand_off(tx, fresh, policy, now, actor=mate.id, why="no marketing chat")
    else:
        expect_next_step(tx, lead_id, policy, now)
        repost_card(tx, lead_id, "marketing", now)
    refresh_cards(tx, lead_id, now)
    return None


def list_spam(tx: Tx, policy: Policy, page: int = 1) -> SpamPage:
    """Who wrote last first, a page at a time from 1; only what a *Not spam* would bring back."""
    heard = (
        messages.c.lead_id == leads.c.id,
        messages.c.direction == Direction.INBOUND,
        messages.c.kind != MessageKind.START,
    )
    said = sa.select(sa.func.count()).where(*heard).scalar_subquery()
    newest = sa.select(sa.func.max(messages.c.at)).where(*heard).scalar_subquery()
    rows = tx.execute(
        sa.select(leads.c.id, leads.c.contact_id, contacts.c.name, said.label("said"))
        .select_from(leads.join(contacts))
        .where(
            leads.c.status == Status.REJECTED,
            leads.c.reject_reason == RejectReason.SPAM,
            contacts.c.forgotten_at.is_(None),
        )
        .order_by(sa.func.coalesce(newest, leads.c.closed_at).desc(), leads.c.id.desc())
        .limit(A_PAGE + 1)
        .offset(A_PAGE * (page - 1))
    ).all()
    return SpamPage(
        tuple(
            SpamLine(row.id, policy.hide(row.name), row.said, _last(tx, row.contact_id, policy))
            for row in rows[:A_PAGE]
        ),
        more=len(rows) > A_PAGE,
    )


def _last(tx: Tx, contact_id: int, policy: Policy) -> Message | None:
    said = last_messages_with(tx, contact_id, 1, direction=Direction.INBOUND)
    return replace(said[0], text=policy.hide(said[0].text)) if said else None
