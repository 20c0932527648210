"""Marketing warms a rejected lead up until a day, on which it comes back."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.days import day_of_term, read_coming_day
from bot.domain.kpi.periods import day_start
from bot.domain.leads import DeadlineKind, FeedbackState, LeadEvent, Status, WarmUpTerm
from bot.domain.policy import Policy
from bot.storage.deadlines import Deadline, set_deadline
from bot.storage.feedback import Feedback, settle, update_feedback
from bot.storage.leads import Lead, change_status, log
from bot.storage.messages import waiting_since
from bot.storage.prompts import Prompt
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_teammate
from bot.use_cases.ask_marketer import ask_words, is_too_late, marketer_on, withdraw_questions
from bot.use_cases.join_feedback import refresh_feedback
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_times import expect_next_step
from bot.use_cases.promises import refresh_cards, repost_card
from bot.use_cases.settle_feedback import Settled, is_continued
from bot.use_cases.team import Person, Refusal, TooLate


def warm_up(tx: Tx, lead_id: int, term: WarmUpTerm, person: Person, policy: Policy, now: datetime) -> Settled | Refusal:
    """In a week, in a month, in three: back to marketing, which has meant to return to it then."""
    return _warm_up(tx, lead_id, day_of_term(term, _today(policy, now)), person, policy, now)


def ask_warm_up_day(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """*Another day*: in words."""
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    lead, case, mate = found
    if late := is_too_late(tx, lead, case, mate):
        return late
    ask_words(tx, lead, mate, "warm_day", now)
    return None


def answer_warm_up_day(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """«через две недели»; what is no day to come is asked for again, with an example."""
    found = marketer_on(tx, prompt.lead_id or 0, person, policy, now)
    if not isinstance(found, tuple):
        return
    lead, case, _ = found
    day = read_coming_day(text, policy.hours.zone, now)
    late = is_too_late(tx, lead, case, mate)
    if day is None and late is None:
        withdraw_questions(tx, lead.id, now)
        ask_words(tx, lead, mate, "warm_day", now, text="ask.warm_day_again")
        refresh_cards(tx, lead.id, now)
    elif day is not None:
        _warm_up(tx, lead.id, day, person, policy, now)


def return_to_marketing(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> None:
    """The day has come: its card stands before marketing again, or whoever answers it meanwhile is told."""
    del deadline, policy
    if lead.status is not Status.NURTURING:
        return
    log(tx, lead.id, LeadEvent.WOKEN, now, data={"why": "warm_up"})
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    if owner is None:
        repost_card(tx, lead.id, "marketing", now)
    else:
        say(tx, owner.telegram_id, "told.time_to_return", now, lead=lead.id)
    refresh_cards(tx, lead.id, now)


def _warm_up(tx: Tx, lead_id: int, day: date, person: Person, policy: Policy, now: datetime) -> Settled | Refusal:
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    lead, case, mate = found
    if late := is_too_late(tx, lead, case, mate):
        return late
    until = policy.hours.next_opening(day_start(day, policy.hours.zone))
    if lead.status is Status.NURTURING:
        update_feedback(tx, case.id, warm_until=until)
        log(tx, lead.id, LeadEvent.NURTURED, now, actor=mate.id, data={"again": True, "until": until.isoformat()})
    elif not settle(tx, case, FeedbackState.NURTURED, now, settled_by=mate.id, warm_until=until):
        return TooLate(case.state)
    elif not _return_to_nurturing(tx, lead, mate, until, policy, now):
        return _settled(tx, lead, case, now)  # the contact's other open lead goes on
    set_deadline(tx, lead.id, DeadlineKind.WARM_UP, until)
    return _settled(tx, lead, case, now)


def _settled(tx: Tx, lead: Lead, case: Feedback, now: datetime) -> Settled:
    withdraw_questions(tx, lead.id, now)
    refresh_feedback(tx, case, now)
    return Settled(FeedbackState.NURTURED)


def _return_to_nurturing(tx: Tx, lead: Lead, mate: Teammate, until: datetime, policy: Policy, now: datetime) -> bool:
    """Back to marketing, and in front of it at once when the customer still waits for an answer."""
    if is_continued(tx, lead, LeadEvent.NURTURED, mate, now) is not None:
        return False
    waits = waiting_since(tx, lead.id, lead.contact_id)
    change_status(
        tx,
        lead,
        Status.NURTURING,
        LeadEvent.NURTURED,
        now,
        actor=mate.id,
        data={"until": until.isoformat()},
        owner_id=None,
        former_owner_id=lead.owner_id or lead.former_owner_id,
        closed_at=None,
        claimed_at=None,
        waiting_since=waits,
    )
    if waits is not None:
        expect_next_step(tx, lead.id, policy, now)
        repost_card(tx, lead.id, "marketing", now)
    return True


def _today(policy: Policy, now: datetime) -> date:
    return now.astimezone(ZoneInfo(policy.hours.zone)).date()
