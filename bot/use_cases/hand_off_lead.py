"""The recorded passage of a lead from marketing to sales."""

from datetime import datetime

from bot.domain.leads import LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.leads import Lead, change_status, lock_lead
from bot.storage.places import close_questions
from bot.storage.store.base import Tx
from bot.storage.tables import handoffs
from bot.storage.team import get_teammate
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.promises import refresh_cards, repost_card
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal, TooLate, teammate_with


def hand_off(
    tx: Tx, lead: Lead, policy: Policy, now: datetime, *, actor: int | None = None, why: str = "score"
) -> bool:
    """Offers a nurtured lead to sales, with the policy of this moment. False when it has moved on meanwhile."""
    handed = lead.status is Status.NURTURING and change_status(
        tx,
        lead,
        Status.OFFERED,
        LeadEvent.HANDED_OFF,
        now,
        actor=actor,
        data={"score": lead.score, "band": lead.band, "why": why},
        owner_id=None,
        former_owner_id=lead.owner_id or lead.former_owner_id,
        offered_at=now,
        shown_at=None,
    )
    if not handed:
        return False
    tx.execute(
        handoffs.insert().values(
            lead_id=lead.id,
            at=now,
            score=lead.score,
            band=lead.band,
            reasons=lead.reasons,
            policy={"handoff": policy.rules.handoff},
        )
    )
    withdraw_answers(tx, lead, policy, now)
    refresh_cards(tx, lead.id, now)
    repost_card(tx, lead.id, "sales", now)
    return True


def hand_to_sales(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """A marketer's tap: this one is for sales, whatever the score says. One that a colleague answers is his to give."""
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if lead.status is Status.NURTURING and lead.owner_id not in (None, mate.id):
        owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
        return NotYours(owner.name if owner else None)
    if not hand_off(tx, lead, policy, now, actor=mate.id, why="marketing"):
        return TooLate(lead.status)
    return None


def offer_again(
    tx: Tx, lead: Lead, kind: LeadEvent, policy: Policy, now: datetime, *, actor: int | None = None
) -> bool:
    """The lead has no owner any more: its card comes to the sales chat as a new message."""
    offered = change_status(
        tx,
        lead,
        Status.OFFERED,
        kind,
        now,
        actor=actor,
        owner_id=None,
        former_owner_id=lead.owner_id or lead.former_owner_id,
        offered_at=now,
        shown_at=None,
        claimed_at=None,
        closed_at=None,
    )
    if offered:
        close_questions(tx, lead.id)
        withdraw_answers(tx, lead, policy, now)
        refresh_cards(tx, lead.id, now)
        repost_card(tx, lead.id, "sales", now)
    return offered
