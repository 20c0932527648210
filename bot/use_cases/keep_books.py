"""What a won lead brings: the amount and its correction, another purchase, a refund. Each is booked on its own day."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.domain.leads import LeadEvent, Status
from bot.domain.money import Amount, parse_amount
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import Lead, log, update_lead
from bot.storage.prompts import Prompt, add_prompt, close_prompt, close_prompts, open_prompt
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.claim_lead import acting_on
from bot.use_cases.promised_notices import ask, say
from bot.use_cases.promises import refresh_cards
from bot.use_cases.seat import Asked, seat_of
from bot.use_cases.team import Person, Refusal, TooLate
from bot.use_cases.team_message import AnswerTaken, NotAsked

BOOK_QUESTIONS = ("amount", "purchase", "refund")

_ALL = re.compile(r"\s*(?:вс[её]|вся сумма|полностью|целиком|all|everything|full(?:y)?|whole)\W*", re.IGNORECASE)


def ask_amount(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return _ask_about_sale(tx, lead_id, "amount", "ask.amount_correct", person, policy, now)


def ask_purchase(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return _ask_about_sale(tx, lead_id, "purchase", "ask.purchase", person, policy, now)


def ask_refund(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return _ask_about_sale(tx, lead_id, "refund", "ask.refund", person, policy, now)


def ask_for_words(tx: Tx, lead_id: int, kind: str, text: str, mate: Teammate, now: datetime) -> None:
    """About one lead one question of the books is open at a time."""
    chat_id, thread_id = seat_of(tx, lead_id, mate)
    for other in BOOK_QUESTIONS:
        close_prompts(tx, mate.id, other, lead_id)
    data: dict[str, Any] = {"text": text}
    if kind == "refund":
        data["buttons"] = [[["button.refund_all", f"refall:{lead_id}"]]]
    until = now + PROMPT_LIFE
    prompt_id = add_prompt(tx, mate.id, kind, chat_id, thread_id, now, until, lead_id=lead_id, data=data)
    ask(tx, prompt_id, chat_id, now)


def answer_amount(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The reply to the question for the amount; one that is no amount is asked for again, with an example."""
    found = _sale(tx, prompt, person, policy, now)
    if found is None:
        return
    lead, mate = found
    amount = parse_amount(text, lead.currency or policy.currency)
    if amount is None:
        ask_for_words(tx, lead.id, "amount", "ask.amount_again", mate, now)
        return
    set_amount(tx, lead, amount, mate, now)
    saved = "amount_saved" if amount.minor else "amount_zero"
    _tell_saved(tx, prompt, "amount_corrected" if lead.amount else saved, amount, now)


def answer_purchase(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The customer has bought again: the amount adds up, in the currency of the first purchase."""
    _move(tx, prompt, person, text, policy, now, LeadEvent.BOUGHT_AGAIN, lambda total, more: total + more)


def answer_refund(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The whole or a part is given back; never more than was paid."""
    _move(tx, prompt, person, text, policy, now, LeadEvent.REFUNDED, lambda total, back: total - back)


def refund_all(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> AnswerTaken | NotAsked | Refusal:
    """The button under the question how much is given back."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    _, mate = acting
    prompt = open_prompt(tx, mate.id, "refund", lead_id, now)
    if prompt is None:
        return NotAsked()
    answer_refund(tx, prompt, person, mate, "all", policy, now)
    return AnswerTaken()


def correct_amount(tx: Tx, lead_id: int, text: str, person: Person, policy: Policy, now: datetime) -> Amount | None:
    """A reply to the card of a sale that is an amount, and what was sold; None when it is something else."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple) or acting[0].status is not Status.WON:
        return None
    lead, mate = acting
    amount = parse_amount(text, lead.currency or policy.currency)
    if amount is None:
        return None
    set_amount(tx, lead, amount, mate, now)
    return amount


def set_amount(tx: Tx, lead: Lead, amount: Amount, mate: Teammate, now: datetime) -> None:
    product = amount.rest or lead.product
    update_lead(tx, lead.id, amount=amount.minor, currency=amount.currency, product=product)
    data = {
        "amount": amount.minor,
        "previous": lead.amount,
        "currency": amount.currency,
        "product": amount.rest or None,
    }
    log(tx, lead.id, LeadEvent.AMOUNT_SET, now, actor=mate.id, data=data)
    for kind in BOOK_QUESTIONS:
        close_prompts(tx, mate.id, kind, lead.id)
    refresh_cards(tx, lead.id, now)


def _ask_about_sale(
    tx: Tx, lead_id: int, kind: str, text: str, person: Person, policy: Policy, now: datetime
) -> Asked | Refusal:
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status is not Status.WON:
        return TooLate(lead.status)
    if kind != "amount" and not lead.amount:
        kind, text = "amount", "ask.amount"  # nothing to add to or to take from yet
    ask_for_words(tx, lead_id, kind, text, mate, now)
    return Asked("tap.asked")


def _move(
    tx: Tx,
    prompt: Prompt,
    person: Person,
    text: str,
    policy: Policy,
    now: datetime,
    event: LeadEvent,
    total: Callable[[int, int], int],
) -> None:
    found = _sale(tx, prompt, person, policy, now)
    if found is None:
        return
    lead, mate = found
    paid, currency = lead.amount or 0, lead.currency or policy.currency
    amount = parse_amount(text, currency)
    if amount is None and event is LeadEvent.REFUNDED and _ALL.fullmatch(text):
        amount = Amount(paid, currency, "")
    if amount is None or not amount.minor:
        ask_for_words(tx, lead.id, prompt.kind, "ask.amount_again", mate, now)
        return
    if amount.currency != currency or total(paid, amount.minor) < 0:
        ask_for_words(tx, lead.id, prompt.kind, "ask.within_sale", mate, now)
        return
    data = {"amount": amount.minor, "currency": currency, "product": amount.rest or None}
    log(tx, lead.id, event, now, actor=mate.id, data=data)
    set_amount(tx, lead, Amount(total(paid, amount.minor), currency, ""), mate, now)
    key = "purchase_saved" if event is LeadEvent.BOUGHT_AGAIN else "refund_saved"
    _tell_saved(tx, prompt, key, amount, now, total=[total(paid, amount.minor), currency])


def _sale(tx: Tx, prompt: Prompt, person: Person, policy: Policy, now: datetime) -> tuple[Lead, Teammate] | None:
    """The won lead that a question was about, when who answers may still decide over it."""
    acting = acting_on(tx, prompt.lead_id, person, policy, now) if prompt.lead_id is not None else None
    if isinstance(acting, tuple) and acting[0].status is Status.WON:
        return acting
    close_prompt(tx, prompt.id)
    return None


def _tell_saved(tx: Tx, prompt: Prompt, text: str, amount: Amount, now: datetime, **more: Any) -> None:
    say(
        tx,
        prompt.chat_id,
        text,
        now,
        thread_id=prompt.thread_id,
        amount=[amount.minor, amount.currency],
        **more,
    )
