"""The recorded passage of a lead from marketing to sales."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.leads import DeadlineKind, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.deadlines import clear_deadlines
from bot.storage.leads import Lead, change_status, former_seller_of, lock_lead
from bot.storage.notes import add_note
from bot.storage.people import contact_name
from bot.storage.prompts import Prompt, close_prompt, close_questions
from bot.storage.store.base import Tx
from bot.storage.tables import handoffs
from bot.storage.team import Teammate, get_teammate, roles_of
from bot.use_cases.ask_marketer import ask_words, withdraw_questions
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_times import expect_claim
from bot.use_cases.promises import refresh_cards, repost_card
from bot.use_cases.show_board import returns_to_board
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal, TooLate, teammate_with

LONGEST_NOTE = 1_000


def hand_off(
    tx: Tx,
    lead: Lead,
    policy: Policy,
    now: datetime,
    *,
    actor: int | None = None,
    why: str = "score",
    changed: Mapping[str, Any] | None = None,
) -> bool:
    """Offers a nurtured lead to sales, with the policy of this moment. False when it has moved on meanwhile.

    `changed` tells what is new since it was scored before: why it comes now.
    """
    handed = lead.status is Status.NURTURING and change_status(
        tx,
        lead,
        Status.OFFERED,
        LeadEvent.HANDED_OFF,
        now,
        actor=actor,
        data={"score": lead.score, "band": lead.band, "why": why, **(changed or {})},
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
    clear_deadlines(tx, lead.id, DeadlineKind.WARM_UP)
    withdraw_questions(tx, lead.id, now)
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


def hand_to_sales(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime, *, note: str | None = None
) -> Refusal | None:
    """A marketer's tap: this one is for sales, whatever the score says. One that a colleague answers is his to give."""
    acting = _marketer_of(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status is not Status.NURTURING:
        return TooLate(lead.status)
    if note:
        add_note(tx, lead.id, mate.id, note, now, None)
    hand_off(tx, lead, policy, now, actor=mate.id, why="marketing")
    return None


def ask_handoff_note(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """*With a note*: what sales should know goes along on the card."""
    acting = _marketer_of(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status is not Status.NURTURING:
        return TooLate(lead.status)
    withdraw_questions(tx, lead.id, now)
    ask_words(tx, lead, mate, "handoff_note", now)
    return None


def answer_handoff_note(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    result = hand_to_sales(tx, prompt.lead_id or 0, person, policy, now, note=text.strip()[:LONGEST_NOTE])
    if isinstance(result, TooLate):
        close_prompt(tx, prompt.id)
        say(tx, prompt.chat_id, "told.settled_before", now, thread_id=prompt.thread_id, name=mate.name)


def _marketer_of(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> tuple[Lead, Teammate] | Refusal:
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if lead.status is Status.NURTURING and lead.owner_id not in (None, mate.id):
        owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
        return NotYours(owner.name if owner else None)
    return lead, mate


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
    """The lead has no owner any more: its card comes to the sales chat as a new message, or it waits on its board."""
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
        if not returns_to_board(tx, lead.id, "sales", now):
            repost_card(tx, lead.id, "sales", now)
    return offered
