"""The automatic words to a customer: one acknowledgement with an honest waiting time, a second when it has passed."""

from datetime import datetime, timedelta

from bot.domain.leads import OPEN, OWNED_BY_SALES, DeadlineKind, LeadEvent, Status
from bot.domain.messages import InboundMessage, MessageKind
from bot.domain.policy import QUIET_BEFORE_GREETING, Policy
from bot.domain.waiting_time import answered_by, usual_wait
from bot.storage.deadlines import Deadline, clear_deadlines, set_deadline
from bot.storage.leads import Lead, get_lead, last_event_at, log, recent_first_answers
from bot.storage.messages import last_answer_at, pending_answers
from bot.storage.people import Person, claim_greeting, reach_of
from bot.storage.store.base import Tx
from bot.use_cases.promised_words import conversation_of, greet

TALK_PAUSE = timedelta(hours=3)
"""Outside working hours a talk that has rested for so long is over for the day."""

LOOKED_BACK = timedelta(days=14)
"""How long ago an answer was given that still says how fast the team answers."""


def acknowledge(
    tx: Tx, inbound: InboundMessage, person: Person, lead: Lead | None, policy: Policy, now: datetime
) -> None:
    """Never in a live talk, and never again for the same wait. `lead` may be a little old, but for its status."""
    if inbound.pass_code is not None:
        return  # he has been greeted by what brought him here
    channel, address, talk = inbound.channel, inbound.sender.external_id, person.conversation_id
    if inbound.one_way or (lead is not None and person.stopped_at is None and _is_live(tx, lead, policy, now)):
        return
    if inbound.kind is MessageKind.START:
        greet(tx, talk, channel, address, "greet.welcome" if person.is_new else "greet.again", now)
    elif _may_be_greeted(person, now) and claim_greeting(tx, talk, now - QUIET_BEFORE_GREETING, now):
        waiting = get_lead(tx, lead.id) if lead is not None else None
        if waiting is None or not _was_promised(tx, waiting):
            until = _promise(tx, waiting, policy, now) if waiting is not None else None
            greet(tx, talk, channel, address, "greet.received", now, until=until)


def _may_be_greeted(person: Person, now: datetime) -> bool:
    """As his row says that was read at first; whoever claims the greeting has the last word."""
    return person.greeted_at is None or person.greeted_at < now - QUIET_BEFORE_GREETING


def keep_promise(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> None:
    """The time that was told has passed: who still waits gets one new honest time, and no third."""
    if lead.status not in OPEN or lead.waiting_since is None or pending_answers(tx, lead.id):
        return
    conversation_id = conversation_of(tx, lead.contact_id)
    reach = reach_of(tx, conversation_id) if conversation_id is not None else None
    if conversation_id is None or reach is None or not reach.open:
        return
    opening = policy.hours.next_opening(now)
    if opening > now:  # the process was down when it was due: nobody is written to at night
        set_deadline(tx, lead.id, DeadlineKind.PROMISE, opening, **deadline.data)
        return
    since = datetime.fromisoformat(deadline.data["since"])
    waited = policy.hours.working_seconds(since, now)
    until = _told(tx, lead, policy, now, waited=waited)
    log(tx, lead.id, LeadEvent.PROMISED, now, data={"until": until.isoformat(), "again": True})
    greet(tx, conversation_id, reach.channel, reach.address, "greet.late", now, until=until)


def forget_promise(tx: Tx, lead_id: int) -> None:
    """A human has answered: nothing is owed any more."""
    clear_deadlines(tx, lead_id, DeadlineKind.PROMISE)


def _promise(tx: Tx, lead: Lead, policy: Policy, now: datetime) -> datetime:
    until = _told(tx, lead, policy, now)
    log(tx, lead.id, LeadEvent.PROMISED, now, data={"until": until.isoformat(), "again": False})
    set_deadline(tx, lead.id, DeadlineKind.PROMISE, until, since=now.isoformat())
    return until


def usual_answer(tx: Tx, policy: Policy, now: datetime) -> datetime:
    """When a human will have answered somebody who writes now."""
    return answered_by(policy.hours, now, usual_wait(_recent(tx, policy, now), _promised(policy)))


def _told(tx: Tx, lead: Lead, policy: Policy, now: datetime, *, waited: float = 0.0) -> datetime:
    """When a human will have answered, by how fast the team has answered lately."""
    # Somebody has the lead in hand already: only his answer is still to come.
    promised = policy.sla.answer if lead.status in OWNED_BY_SALES else _promised(policy)
    return answered_by(policy.hours, now, usual_wait(_recent(tx, policy, now), promised, waited))


def _promised(policy: Policy) -> timedelta:
    return policy.sla.claim + policy.sla.answer


def _recent(tx: Tx, policy: Policy, now: datetime) -> list[float]:
    answers = recent_first_answers(tx, now - LOOKED_BACK)
    return [policy.hours.working_seconds(asked, answered) for asked, answered in answers]


def _is_live(tx: Tx, lead: Lead, policy: Policy, now: datetime) -> bool:
    """A human of ours is talking with him; while the firm is closed, only as long as the last answer is fresh."""
    answers_himself = lead.status is Status.NURTURING and lead.first_answered_at is not None
    if lead.owner_id is None or not (lead.status is Status.WORKING or answers_himself):
        return False
    if policy.hours.is_open(now):
        return True
    last = last_answer_at(tx, lead.id, lead.owner_id)
    return last is not None and now - last < TALK_PAUSE


def _was_promised(tx: Tx, lead: Lead) -> bool:
    """He was told a time after he began to wait."""
    told = last_event_at(tx, lead.id, LeadEvent.PROMISED)
    return told is not None and lead.waiting_since is not None and told >= lead.waiting_since
