"""The owner called: they talked, nobody answered, or the customer wants to be called back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import OWNED_BY_SALES, CallOutcome, DeadlineKind, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.deadlines import clear_deadlines
from bot.storage.leads import Lead, log, update_lead
from bot.storage.messages import last_inbound_id, waiting_since
from bot.storage.prompts import choice_on_card, close_questions
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events
from bot.use_cases.claim_lead import acting_on
from bot.use_cases.close_lead import ask_on_card
from bot.use_cases.confirm_delivery import stop_clock
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_times import expect_answer, expect_no_answer, wake
from bot.use_cases.promises import refresh_cards
from bot.use_cases.seat import Asked, seat_of
from bot.use_cases.team import NotYours, Person, Refusal, TooLate
from bot.use_cases.team_message import NotAsked

ENOUGH_CALLS = 3
"""So many calls without an answer, and the lead may be given up as unreachable."""


@dataclass(frozen=True, slots=True)
class Called:
    outcome: CallOutcome
    times: int = 1


@dataclass(frozen=True, slots=True)
class NeedsNoAnswer:
    pass


def ask_how_it_went(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return ask_on_card(tx, lead_id, "called", person, policy, now)


def record_talk(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Called | Refusal:
    """A talk is a human answer: it stops the clock as a message would."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    data = {"outcome": CallOutcome.TALKED, "covers": last_inbound_id(tx, lead_id)}
    log(tx, lead_id, LeadEvent.CALLED, now, actor=mate.id, data=data)
    stop_clock(tx, lead, mate.id, now, now)
    clear_deadlines(tx, lead_id, DeadlineKind.CALL_BACK)
    _end_wait(tx, lead, now)
    return Called(CallOutcome.TALKED)


def record_no_answer(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> Called | NotAsked | Refusal:
    """Counted, once a question; the third one proposes *unreachable*."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    asked = choice_on_card(tx, lead_id, now)
    if asked is None or asked.kind != "called":  # the second tap of two, or a card of yesterday
        refresh_cards(tx, lead_id, now)
        return NotAsked()
    log(tx, lead_id, LeadEvent.CALLED, now, actor=mate.id, data={"outcome": CallOutcome.NO_ANSWER})
    close_questions(tx, lead_id)
    expect_no_answer(tx, lead_id)
    expect_answer(tx, lead_id, policy, now)  # he has tried just now: his time runs anew
    times = calls_in_vain(tx, lead_id)
    if times >= ENOUGH_CALLS:
        chat_id, thread_id = seat_of(tx, lead_id, mate)
        buttons = [[["button.unreachable", f"unr:{lead_id}"]]]
        say(tx, chat_id, "told.unreachable", now, thread_id=thread_id, buttons=buttons, count=times, lead=lead_id)
    refresh_cards(tx, lead_id, now)
    return Called(CallOutcome.NO_ANSWER, times)


def needs_no_answer(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> NeedsNoAnswer | Refusal:
    """The wait is over, though nobody has answered: "thank you!" needs nothing."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES | {Status.NURTURING}:
        return TooLate(lead.status)
    if lead.owner_id is None:
        return NotYours(None)
    data = {"covers": last_inbound_id(tx, lead_id)}
    log(tx, lead_id, LeadEvent.NEEDS_NO_ANSWER, now, actor=mate.id, data=data)
    _end_wait(tx, lead, now)
    return NeedsNoAnswer()


def calls_in_vain(tx: Tx, lead_id: int) -> int:
    """Calls that nobody has answered since they last talked."""
    outcome = lead_events.c.data["outcome"].as_string()
    calls = (lead_events.c.lead_id == lead_id, lead_events.c.kind == LeadEvent.CALLED)
    talked = sa.select(sa.func.max(lead_events.c.id)).where(*calls, outcome == CallOutcome.TALKED).scalar_subquery()
    vain = (outcome == CallOutcome.NO_ANSWER, lead_events.c.id > sa.func.coalesce(talked, 0))
    return tx.scalar(sa.select(sa.func.count()).select_from(lead_events).where(*calls, *vain)) or 0


def _end_wait(tx: Tx, lead: Lead, now: datetime) -> None:
    close_questions(tx, lead.id)
    wake(tx, lead, "settled", now)
    update_lead(tx, lead.id, waiting_since=waiting_since(tx, lead.id, lead.contact_id))
    expect_no_answer(tx, lead.id)
    clear_deadlines(tx, lead.id, DeadlineKind.PROMISE)
    refresh_cards(tx, lead.id, now)
