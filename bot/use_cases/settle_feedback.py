"""Marketing agrees, disputes or warms up; a manager settles a dispute."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import FeedbackState, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.feedback import Feedback, last_feedback, settle
from bot.storage.leads import Lead, change_status, get_lead, log, open_lead_of
from bot.storage.store.base import Tx
from bot.storage.tables import memberships
from bot.storage.team import ADMIN_STATUSES, MEMBER_STATUSES, Teammate, get_team_chats
from bot.use_cases.hand_off_lead import offer_again
from bot.use_cases.promises import refresh_cards, repost_card
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal, TooLate, teammate_with


@dataclass(frozen=True, slots=True)
class Settled:
    state: FeedbackState


@dataclass(frozen=True, slots=True)
class OwnCase:
    """Nobody settles a dispute about his own rejection while there is another manager."""


def settle_feedback(
    tx: Tx, lead_id: int, to: FeedbackState, person: Person, policy: Policy, now: datetime
) -> Settled | Refusal:
    """A marketer's word on a rejected lead: `agreed`, `nurtured` or `disputed`."""
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    found = _case(tx, lead_id)
    if not isinstance(found, tuple):
        return found
    lead, case = found
    if not settle(tx, case, to, now, settled_by=mate.id):
        return TooLate(case.state)
    if to is FeedbackState.NURTURED:
        _warm_up(tx, lead, mate, now)
    if to is FeedbackState.DISPUTED:
        repost_card(tx, lead_id, "dispute", now)
    refresh_cards(tx, lead_id, now)
    return Settled(to)


def judge_dispute(
    tx: Tx, lead_id: int, to: FeedbackState, person: Person, policy: Policy, now: datetime
) -> Settled | OwnCase | Refusal:
    """A manager's verdict: `upheld` (rightly rejected) or `overturned` (back to sales)."""
    mate = teammate_with(tx, person, "managers", policy, now)
    if mate is None:
        return NotAllowed("managers")
    found = _case(tx, lead_id)
    if not isinstance(found, tuple):
        return found
    lead, case = found
    if case.rejected_by == mate.id and _has_other_manager(tx, mate, policy):
        return OwnCase()
    if not settle(tx, case, to, now, judged_by=mate.id):
        return TooLate(case.state)
    if to is FeedbackState.OVERTURNED:
        _reopen(tx, lead, mate, now)
    refresh_cards(tx, lead_id, now)
    return Settled(to)


def _case(tx: Tx, lead_id: int) -> tuple[Lead, Feedback] | Gone:
    lead, case = get_lead(tx, lead_id), last_feedback(tx, lead_id)
    return (lead, case) if lead is not None and case is not None else Gone()


def _warm_up(tx: Tx, lead: Lead, mate: Teammate, now: datetime) -> None:
    """Back to marketing. Where the contact has another open lead, that one stays and the verdict is recorded alone."""
    if lead.status is not Status.REJECTED or open_lead_of(tx, lead.contact_id) is not None:
        log(tx, lead.id, LeadEvent.NURTURED, now, actor=mate.id, data={"kept_closed": True})
        return
    change_status(
        tx,
        lead,
        Status.NURTURING,
        LeadEvent.NURTURED,
        now,
        actor=mate.id,
        owner_id=None,
        former_owner_id=lead.owner_id or lead.former_owner_id,
        closed_at=None,
        claimed_at=None,
    )


def _reopen(tx: Tx, lead: Lead, mate: Teammate, now: datetime) -> None:
    if lead.status is not Status.REJECTED or open_lead_of(tx, lead.contact_id) is not None:
        log(tx, lead.id, LeadEvent.OVERTURNED, now, actor=mate.id, data={"kept_closed": True})
        return
    offer_again(tx, lead, LeadEvent.OVERTURNED, now, actor=mate.id)


def _has_other_manager(tx: Tx, mate: Teammate, policy: Policy) -> bool:
    if policy.admins - {mate.telegram_id}:
        return True
    chats = get_team_chats(tx)
    shared = chats.managers in (chats.sales, chats.marketing)
    return (
        tx.execute(
            sa.select(memberships.c.telegram_id).where(
                memberships.c.chat_id == chats.managers,
                memberships.c.telegram_id != mate.telegram_id,
                memberships.c.status.in_(ADMIN_STATUSES if shared else MEMBER_STATUSES),
            )
        ).first()
        is not None
    )
