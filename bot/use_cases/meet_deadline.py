"""A deadline has come: what the clock owes the lead is done, once."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.leads import DeadlineKind
from bot.domain.policy import Policy
from bot.storage.deadlines import Deadline, lead_of_deadline, take_deadline
from bot.storage.leads import Lead, lock_lead
from bot.storage.store.base import Tx
from bot.use_cases.acknowledge import keep_promise
from bot.use_cases.follow_unread import follow_unread
from bot.use_cases.put_off import remind_to_call, wake_lead
from bot.use_cases.remind import remind_of_answer, remind_of_claim, take_back_unanswered
from bot.use_cases.undo_act import end_undo
from bot.use_cases.warm_up_lead import return_to_marketing

Duty = Callable[[Tx, Lead, Deadline, Policy, datetime], None]
"""Looks at the lead anew: much may have happened since the deadline was set."""

DUTIES: dict[DeadlineKind, Duty] = {
    DeadlineKind.CLAIM: remind_of_claim,
    DeadlineKind.ANSWER: remind_of_answer,
    DeadlineKind.REOFFER: take_back_unanswered,
    DeadlineKind.SNOOZE: wake_lead,
    DeadlineKind.CALL_BACK: remind_to_call,
    DeadlineKind.PROMISE: keep_promise,
    DeadlineKind.UNREAD: follow_unread,
    DeadlineKind.WARM_UP: return_to_marketing,
    DeadlineKind.UNDO: end_undo,
}


def meet_deadline(tx: Tx, deadline_id: int, policy: Policy, now: datetime) -> bool:
    """False when it was moved or met meanwhile. The lead is locked first, as every tap does: else they would cross."""
    lead_id = lead_of_deadline(tx, deadline_id)
    lead = lock_lead(tx, lead_id) if lead_id is not None else None
    deadline = take_deadline(tx, deadline_id, now)
    if deadline is None or lead is None:
        return False
    DUTIES[deadline.kind](tx, lead, deadline, policy, now)
    return True
