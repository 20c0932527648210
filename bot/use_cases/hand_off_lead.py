"""The recorded passage of a lead from marketing to sales."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.leads import LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.leads import Lead, change_status, former_seller_of, lock_lead
from bot.storage.people import contact_name
from bot.storage.places import close_questions
from bot.storage.store.base import Tx
from bot.storage.tables import handoffs
from bot.storage.team import get_teammate, roles_of
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.promised_times import expect_claim
from bot.use_cases.promises import refresh_cards, repost_card, say
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
            policy={
                "handoff": policy.rules.handoff,
                "claim_seconds": policy.sla.claim.total_seconds(),
                "answer_seconds": policy.sla.answer.total_seconds(),
            },
        )
    )
    expect_claim(tx, lead.id, policy, now)
    withdraw_answers(tx, lead, policy, now)
    refresh_cards(tx, lead.id, now)
    repost_card(tx, lead.id, "sales", now)
    _tell_former_seller(tx, lead, actor, policy, now)
    return True


def _tell_former_seller(tx: Tx, lead: Lead, actor: int | None, policy: Policy, now: datetime) -> None:
    """Whom the customer knows may want him again: he hears of it in the moment in which the card appears."""
    former_id = former_seller_of(tx, lead.contact_id)
    former = get_teammate(tx, former_id) if former_id is not None and former_id != actor else None
    if former is None or former.is_away(now) or "sales" not in roles_of(tx, former.telegram_id, policy.admins):
        return
    buttons = [[["button.claim", f"claim:{lead.id}:v"]]]
    name = contact_name(tx, lead.contact_id)
    say(tx, former.telegram_id, "told.former_customer", now, buttons=buttons, name=name, lead=lead.id)


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
    tx: Tx,
    lead: Lead,
    kind: LeadEvent,
    policy: Policy,
    now: datetime,
    *,
    actor: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> bool:
    """The lead has no owner any more: its card comes to the sales chat as a new message."""
    offered = change_status(
        tx,
        lead,
        Status.OFFERED,
        kind,
        now,
        actor=actor,
        data=data,
        owner_id=None,
        former_owner_id=lead.owner_id or lead.former_owner_id,
        offered_at=now,
        shown_at=None,
        claimed_at=None,
        closed_at=None,
    )
    if offered:
        expect_claim(tx, lead.id, policy, now)
        close_questions(tx, lead.id)
        withdraw_answers(tx, lead, policy, now)
        refresh_cards(tx, lead.id, now)
        repost_card(tx, lead.id, "sales", now)
    return offered
