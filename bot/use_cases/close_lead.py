"""Won at the tap, and the amount follows; lost with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.leads import OWNED_BY_SALES, LeadEvent, LossReason, Status
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import change_status
from bot.storage.prompts import CARD_CHOICES, add_prompt, close_prompts, close_questions
from bot.storage.store.base import Tx
from bot.storage.undo import keep_undo
from bot.use_cases.claim_lead import acting_on
from bot.use_cases.keep_books import ask_for_words
from bot.use_cases.promises import refresh_cards
from bot.use_cases.seat import Asked, seat_of
from bot.use_cases.team import Person, Refusal, TooLate


@dataclass(frozen=True, slots=True)
class Won:
    lead_id: int


@dataclass(frozen=True, slots=True)
class Lost:
    lead_id: int


def win_lead(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Won | Refusal:
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    won = change_status(
        tx,
        lead,
        Status.WON,
        LeadEvent.WON,
        now,
        actor=mate.id,
        closed_at=now,
        waiting_since=None,
        currency=policy.currency,
    )
    if not won:
        return TooLate(lead.status)
    keep_undo(tx, lead, LeadEvent.WON, mate.id, now)
    close_questions(tx, lead_id)
    ask_for_words(tx, lead_id, "amount", "ask.amount", mate, now)
    refresh_cards(tx, lead_id, now)
    return Won(lead_id)


def show_more(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    """The buttons that are needed less often."""
    return ask_on_card(tx, lead_id, "more", person, policy, now)


def ask_loss_reason(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return ask_on_card(tx, lead_id, "loss", person, policy, now)


def lose_lead(
    tx: Tx, lead_id: int, reason: LossReason, person: Person, policy: Policy, now: datetime
) -> Lost | Refusal:
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    lost = change_status(
        tx,
        lead,
        Status.LOST,
        LeadEvent.LOST,
        now,
        actor=mate.id,
        data={"reason": reason},
        closed_at=now,
        waiting_since=None,
        loss_reason=reason,
    )
    if not lost:
        return TooLate(lead.status)
    keep_undo(tx, lead, LeadEvent.LOST, mate.id, now)
    close_questions(tx, lead_id)
    refresh_cards(tx, lead_id, now)
    return Lost(lead_id)


def ask_on_card(
    tx: Tx,
    lead_id: int,
    kind: str,
    person: Person,
    policy: Policy,
    now: datetime,
    *,
    data: Mapping[str, Any] | None = None,
) -> Asked | Refusal:
    """Opens a choice that the desk card shows as buttons."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    chat_id, thread_id = seat_of(tx, lead_id, mate)
    for other in CARD_CHOICES:
        close_prompts(tx, mate.id, other, lead_id)
    add_prompt(tx, mate.id, kind, chat_id, thread_id, now, now + PROMPT_LIFE, lead_id=lead_id, data=data)
    refresh_cards(tx, lead_id, now)
    return Asked()


def withdraw_choice(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """*Back*: the card shows its usual buttons again."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    _, mate = acting
    for kind in CARD_CHOICES:
        close_prompts(tx, mate.id, kind, lead_id)
    refresh_cards(tx, lead_id, now)
    return None
