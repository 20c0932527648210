"""Won at the tap, and the amount follows; lost with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.numbers import get_currency_precision

from bot.domain.leads import OWNED_BY_SALES, LeadEvent, LossReason, Status
from bot.domain.money import parse_amount
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import change_status, lock_lead, log, update_lead
from bot.storage.places import CARD_CHOICES, Prompt, add_prompt, close_prompt, close_prompts, close_questions, get_desk
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.claim_lead import acting_on
from bot.use_cases.promises import ask, refresh_cards, say
from bot.use_cases.team import Person, Refusal, TooLate


@dataclass(frozen=True, slots=True)
class Won:
    lead_id: int


@dataclass(frozen=True, slots=True)
class Lost:
    lead_id: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The card now shows what to choose from."""


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
    close_questions(tx, lead_id)
    _ask_amount(tx, lead_id, mate, now)
    refresh_cards(tx, lead_id, now)
    return Won(lead_id)


def answer_amount(
    tx: Tx, prompt: Prompt, _person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The reply to the question for the amount; one that is no amount is asked for again, with an example."""
    lead = lock_lead(tx, prompt.lead_id) if prompt.lead_id is not None else None
    amount = parse_amount(text, get_currency_precision(policy.currency))
    if lead is None or lead.status is not Status.WON:
        close_prompt(tx, prompt.id)
        return
    if amount is None:
        _ask_amount(tx, lead.id, mate, now, text="ask.amount_again")
        return
    minor, product = amount
    update_lead(tx, lead.id, amount=minor, currency=policy.currency, product=product or lead.product)
    log(
        tx,
        lead.id,
        LeadEvent.AMOUNT_SET,
        now,
        actor=mate.id,
        data={"amount": minor, "previous": lead.amount, "currency": policy.currency, "product": product or None},
    )
    close_prompt(tx, prompt.id)
    refresh_cards(tx, lead.id, now)
    say(tx, prompt.chat_id, "amount_saved", now, thread_id=prompt.thread_id, amount=[minor, policy.currency])


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


def withdraw_choice(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    """*Back*: the card shows its usual buttons again."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    _, mate = acting
    for kind in CARD_CHOICES:
        close_prompts(tx, mate.id, kind, lead_id)
    refresh_cards(tx, lead_id, now)
    return Asked()


def seat_of(tx: Tx, lead_id: int, mate: Teammate) -> tuple[int, int | None]:
    """Chat and topic in which this teammate is asked about the lead: its desk, when that is his."""
    desk = get_desk(tx, lead_id)
    return (desk.chat_id, desk.thread_id) if desk and desk.teammate_id == mate.id else (mate.telegram_id, None)


def _ask_amount(tx: Tx, lead_id: int, mate: Teammate, now: datetime, text: str = "ask.amount") -> None:
    chat_id, thread_id = seat_of(tx, lead_id, mate)
    prompt_id = add_prompt(
        tx, mate.id, "amount", chat_id, thread_id, now, now + PROMPT_LIFE, lead_id=lead_id, data={"text": text}
    )
    ask(tx, prompt_id, chat_id, now)
