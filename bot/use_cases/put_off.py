"""*Later*, and calling back: the lead leaves its owner's eyes until a moment that he names."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.leads import OWNED_BY_SALES, CallOutcome, DeadlineKind, LeadEvent, Status, TakenBack
from bot.domain.moments import has_come, offered_moments, parse_moment
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.deadlines import Deadline, set_deadline
from bot.storage.desks import Post, get_post
from bot.storage.leads import Lead, get_lead, log, update_lead
from bot.storage.prompts import Prompt, add_prompt, close_prompt, close_questions
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_teammate
from bot.use_cases.claim_lead import acting_on
from bot.use_cases.close_lead import ask_on_card
from bot.use_cases.promised_notices import ask, remind_owner, say
from bot.use_cases.promised_times import expect_answer, expect_answer_about, expect_no_answer, wake
from bot.use_cases.promises import refresh_cards
from bot.use_cases.seat import Asked, seat_of
from bot.use_cases.take_back import take_back
from bot.use_cases.team import NotYours, Past, Person, Refusal, TooLate


@dataclass(frozen=True, slots=True)
class PutOff:
    until: datetime


def ask_until(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return ask_on_card(tx, lead_id, "later", person, policy, now, data=moments_to_choose(policy, now))


def ask_call_back(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return ask_on_card(tx, lead_id, "call_back", person, policy, now, data=moments_to_choose(policy, now))


def moments_to_choose(policy: Policy, now: datetime) -> dict[str, object]:
    return {"asked": now.isoformat(), "moments": [at.isoformat() for at in offered_moments(policy.hours, now)]}


def snooze_lead(
    tx: Tx, lead_id: int, until: datetime | None, person: Person, policy: Policy, now: datetime
) -> PutOff | Past | Asked | Refusal:
    """Hidden from lists and reminders until then, or until the customer writes. Without a moment, it is asked for."""
    return _put_off(tx, lead_id, until, "until_when", person, policy, now)


def call_back_at(
    tx: Tx, lead_id: int, at: datetime | None, person: Person, policy: Policy, now: datetime
) -> PutOff | Past | Asked | Refusal:
    """The customer asked to be called then: its owner is reminded, with the number."""
    return _put_off(tx, lead_id, at, "call_when", person, policy, now)


def answer_until_when(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The moment in words; words that name none to come are asked for again, with an example."""
    close_prompt(tx, prompt.id)
    at = parse_moment(text, policy.hours.zone, now)
    if prompt.lead_id is None:
        return
    done = _put_off(tx, prompt.lead_id, at, prompt.kind, person, policy, now, text="ask.when_again")
    if isinstance(done, PutOff):
        say(
            tx,
            prompt.chat_id,
            "told.call_back" if prompt.kind == "call_when" else "told.put_off",
            now,
            thread_id=prompt.thread_id,
            moment=done.until.isoformat(),
        )


def wake_lead(tx: Tx, lead: Lead, _deadline: Deadline, policy: Policy, now: datetime) -> None:
    """The time has come; a lead whose owner is away is for his colleagues."""
    wake(tx, lead, "time", now)
    _bring_up(tx, lead, "woken", policy, now)


def remind_to_call(tx: Tx, lead: Lead, _deadline: Deadline, policy: Policy, now: datetime) -> None:
    """Once the lead is closed, or offered to all, there is nobody to remind."""
    if lead.status not in OWNED_BY_SALES:
        return
    log(tx, lead.id, LeadEvent.REMINDED, now, data={"of": "call_back", "owner": lead.owner_id})
    _bring_up(tx, lead, "call_back", policy, now)


def _bring_up(tx: Tx, lead: Lead, of: str, policy: Policy, now: datetime) -> None:
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    if owner is None:
        return  # free for all, the sales chat is reminded of it anyway
    if owner.is_away(now):
        take_back(tx, lead, TakenBack.AWAY, policy, now)
        return
    remind_owner(tx, lead, of, now)
    expect_answer(tx, lead.id, policy, now)


def _put_off(
    tx: Tx,
    lead_id: int,
    at: datetime | None,
    question: str,
    person: Person,
    policy: Policy,
    now: datetime,
    text: str = "ask.when",
) -> PutOff | Past | Asked | Refusal:
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    calls = question == "call_when"
    if lead.status not in (OWNED_BY_SALES if calls else OWNED_BY_SALES | {Status.NURTURING}):
        return TooLate(lead.status)
    if lead.owner_id is None:
        return NotYours(None)
    if at is None:
        return _ask_in_words(tx, lead, mate, question, text, now)
    if has_come(at, now):
        return Past()
    close_questions(tx, lead_id)
    expect_no_answer(tx, lead_id)
    if calls:
        set_deadline(tx, lead_id, DeadlineKind.CALL_BACK, at)
        data = {"outcome": CallOutcome.CALL_BACK, "at": at.isoformat()}
        log(tx, lead_id, LeadEvent.CALLED, now, actor=mate.id, data=data)
    else:
        set_deadline(tx, lead_id, DeadlineKind.SNOOZE, at)
        update_lead(tx, lead_id, snoozed_until=at)
        log(tx, lead_id, LeadEvent.SNOOZED, now, actor=mate.id, data={"until": at.isoformat()})
    refresh_cards(tx, lead_id, now)
    return PutOff(at)


def _ask_in_words(tx: Tx, lead: Lead, mate: Teammate, question: str, text: str, now: datetime) -> Asked:
    close_questions(tx, lead.id)
    chat_id, thread_id = seat_of(tx, lead.id, mate)
    prompt_id = add_prompt(
        tx, mate.id, question, chat_id, thread_id, now, now + PROMPT_LIFE, lead_id=lead.id, data={"text": text}
    )
    ask(tx, prompt_id, chat_id, now)
    refresh_cards(tx, lead.id, now)
    return Asked("tap.asked")


def message_came(tx: Tx, lead: Lead, policy: Policy, now: datetime) -> tuple[Lead, Post | None]:
    """The customer wrote to somebody's lead: it is put off no more, and the owner's time runs.

    An absent owner's lead goes to his colleagues; what comes back is the lead as it is then, and who still owns it.
    """
    post = get_post(tx, lead.id) if lead.owner_id is not None else None
    if post is None:
        return lead, None
    wake(tx, lead, "message", now)
    if post.is_away(now):
        current = get_lead(tx, lead.id)
        assert current is not None
        take_back(tx, current, TakenBack.AWAY, policy, now)
        return get_lead(tx, lead.id) or current, None
    if lead.snoozed_until is not None:
        lead = replace(lead, snoozed_until=None)
    expect_answer_about(tx, lead, policy, now, owes=post.owes)
    return lead, post
