"""Reminders: of a lead nobody took, of a customer who waits; and what is still unanswered is offered to the others."""

from datetime import datetime

from bot.domain.leads import DeadlineKind, LeadEvent, Status, TakenBack
from bot.domain.policy import Policy
from bot.storage.deadlines import Deadline, set_deadline
from bot.storage.leads import Lead, log
from bot.storage.messages import pending_answers
from bot.storage.people import contact_name
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats, get_teammate
from bot.use_cases.promised_notices import remind_owner, remind_team, say
from bot.use_cases.promised_times import SECOND_REMINDER, expect_answer, is_answer_due, is_claim_due
from bot.use_cases.take_back import take_back


def remind_of_claim(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> None:
    """The chat that should have taken it is reminded, twice; the second time the managers hear of it, too."""
    if not is_claim_due(lead) or _after_hours(tx, deadline, policy, now):
        return
    reminded, since = deadline.data["reminded"] + 1, datetime.fromisoformat(deadline.data["since"])
    chats = get_team_chats(tx)
    place = "marketing" if lead.status is Status.NURTURING else "sales"
    log(tx, lead.id, LeadEvent.REMINDED, now, data={"of": "claim", "time": reminded})
    remind_team(tx, place, chats.marketing if place == "marketing" else chats.sales, now)
    if reminded == 1:
        seconds = SECOND_REMINDER * policy.sla.claim.total_seconds()
        due_at = max(now, policy.hours.after(since, seconds))
        set_deadline(tx, lead.id, DeadlineKind.CLAIM, due_at, **{**deadline.data, "reminded": 1})
    elif chats.managers not in (chats.sales, chats.marketing):
        remind_team(tx, "managers", chats.managers, now)


def remind_of_answer(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> None:
    """Its owner is reminded in private; then his time runs until it is offered to the others."""
    if not _is_overdue(tx, lead, deadline, policy, now):
        return
    log(tx, lead.id, LeadEvent.REMINDED, now, data={"of": "answer", "owner": lead.owner_id})
    remind_owner(tx, lead, "answer", now)
    due_at = policy.hours.after(now, policy.sla.reoffer.total_seconds())
    set_deadline(tx, lead.id, DeadlineKind.REOFFER, due_at, **deadline.data)


def take_back_unanswered(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> None:
    """He has not answered all the same: a colleague may."""
    if not _is_overdue(tx, lead, deadline, policy, now):
        return
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    take_back(tx, lead, TakenBack.UNANSWERED, policy, now)
    if owner is not None:
        say(tx, owner.telegram_id, "told.taken_back", now, lead=lead.id, name=contact_name(tx, lead.contact_id))


def _is_overdue(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> bool:
    """Its owner has not answered in the time he had; when it is only not yet over, it is due again later."""
    if not is_answer_due(lead, now) or _is_new_wait(tx, lead, deadline, policy, now):
        return False
    return not _after_hours(tx, deadline, policy, now) and not _is_on_its_way(tx, deadline, policy, now)


def _is_on_its_way(tx: Tx, deadline: Deadline, policy: Policy, now: datetime) -> bool:
    """He has answered, and the channel is slow: he is not to blame, and to take the lead would take back his words."""
    if not pending_answers(tx, deadline.lead_id):
        return False
    due_at = policy.hours.after(now, policy.sla.answer.total_seconds())
    set_deadline(tx, deadline.lead_id, deadline.kind, due_at, **deadline.data)
    return True


def _after_hours(tx: Tx, deadline: Deadline, policy: Policy, now: datetime) -> bool:
    """Nobody is reminded outside working hours: it is due again when they begin."""
    opening = policy.hours.next_opening(now)
    if opening > now:
        set_deadline(tx, deadline.lead_id, deadline.kind, opening, **deadline.data)
    return opening > now


def _is_new_wait(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> bool:
    """A human has answered, and the customer wrote once more: the time runs from that message on."""
    since = datetime.fromisoformat(deadline.data["since"])
    if lead.waiting_since is None or not since < lead.waiting_since <= now:
        return False  # nor is one new that a wrong clock has put into the future: it would be new for ever
    expect_answer(tx, lead.id, policy, lead.waiting_since)
    return True
