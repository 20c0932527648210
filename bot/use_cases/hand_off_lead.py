"""The recorded passage of a lead from marketing to sales."""

from datetime import datetime

from bot.domain.leads import LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.leads import Lead, change_status, get_lead
from bot.storage.store.base import Tx
from bot.storage.tables import handoffs
from bot.use_cases.promises import refresh_cards, repost_card, show_card
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal, TooLate, teammate_with


def hand_off(
    tx: Tx, lead: Lead, policy: Policy, now: datetime, *, actor: int | None = None, why: str = "score"
) -> bool:
    """Offers a nurtured lead to sales, with the policy of this moment. False when it has moved on meanwhile."""
    handed = change_status(
        tx,
        lead,
        Status.OFFERED,
        LeadEvent.HANDED_OFF,
        now,
        actor=actor,
        data={"score": lead.score, "band": lead.band, "why": why},
        owner_id=None,
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
    show_card(tx, lead.id, "sales", now)
    refresh_cards(tx, lead.id, now)
    return True


def hand_to_sales(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """A marketer's tap: this one is for sales, whatever the score says."""
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    lead = get_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if not hand_off(tx, lead, policy, now, actor=mate.id, why="marketing"):
        return TooLate(lead.status)
    return None


def offer_again(tx: Tx, lead: Lead, kind: LeadEvent, now: datetime, *, actor: int | None = None) -> bool:
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
        refresh_cards(tx, lead.id, now)
        repost_card(tx, lead.id, "sales", now)
    return offered
