"""From promises of time to deadlines: until when a lead must be taken, and its customer answered."""

from datetime import datetime

from bot.domain.leads import ANSWER_OWED, DeadlineKind, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.deadlines import clear_deadlines, deadlines_of, set_deadline
from bot.storage.leads import Lead, get_lead, log, update_lead
from bot.storage.store.base import Tx

SECOND_REMINDER = 4
"""Times the target: then the sales chat is reminded once more, and the managers hear of it."""


def expect_claim(tx: Tx, lead_id: int, policy: Policy, now: datetime) -> None:
    """Somebody must take it: the time runs anew with each offer."""
    due_at = policy.hours.after(now, policy.sla.claim.total_seconds())
    set_deadline(tx, lead_id, DeadlineKind.CLAIM, due_at, since=now.isoformat(), reminded=0)


def expect_next_step(tx: Tx, lead_id: int, policy: Policy, now: datetime) -> None:
    """By how the lead stands: somebody must take it, or its owner must answer, or nobody must do anything."""
    lead = get_lead(tx, lead_id)
    if lead is not None and is_claim_due(lead):
        expect_claim(tx, lead_id, policy, now)
    else:
        expect_answer(tx, lead_id, policy, now)


def expect_answer(tx: Tx, lead_id: int, policy: Policy, now: datetime) -> None:
    """Its owner must answer: from now on, unless that time runs already, or nobody waits."""
    lead = get_lead(tx, lead_id)
    if lead is not None:
        expect_answer_about(tx, lead, policy, now, owes=not deadlines_of(tx, lead_id).isdisjoint(ANSWER_OWED))


def expect_answer_about(tx: Tx, lead: Lead, policy: Policy, now: datetime, *, owes: bool) -> None:
    """The same for a lead at hand, as it is now; `owes`: that time runs."""
    if owes or not is_answer_due(lead, now):
        return
    due_at = policy.hours.after(now, policy.sla.answer.total_seconds())
    set_deadline(tx, lead.id, DeadlineKind.ANSWER, due_at, since=now.isoformat())


def expect_no_answer(tx: Tx, lead_id: int) -> None:
    clear_deadlines(tx, lead_id, *ANSWER_OWED)


def is_claim_due(lead: Lead) -> bool:
    """Nobody has it, and somebody should."""
    if lead.owner_id is not None:
        return False
    return lead.status is Status.OFFERED or (lead.status is Status.NURTURING and lead.waiting_since is not None)


def is_answer_due(lead: Lead, now: datetime) -> bool:
    """The customer waits; or nobody has spoken with him yet, though the lead is taken."""
    if lead.owner_id is None or (lead.snoozed_until is not None and lead.snoozed_until > now):
        return False
    return lead.waiting_since is not None or lead.status is Status.CLAIMED


def wake(tx: Tx, lead: Lead, why: str, now: datetime) -> None:
    """It is put off no more."""
    if lead.snoozed_until is not None:
        clear_deadlines(tx, lead.id, DeadlineKind.SNOOZE)
        update_lead(tx, lead.id, snoozed_until=None)
        log(tx, lead.id, LeadEvent.WOKEN, now, data={"why": why})
