"""A marketer answers a person whom marketing still warms up: the lead is his, its status stays."""

from datetime import datetime

from bot.domain.leads import DeadlineKind, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.deadlines import clear_deadlines
from bot.storage.leads import Lead, last_event_at, lock_lead, log, take_nurtured
from bot.storage.store.base import Tx
from bot.use_cases.be_away import come_back
from bot.use_cases.claim_lead import AlreadyClaimed, Claimed, open_conversation, owner_name
from bot.use_cases.promised_times import expect_answer
from bot.use_cases.promises import refresh_cards
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal, TooLate, teammate_with


def answer_as_marketer(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> Claimed | AlreadyClaimed | Refusal:
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if not take_nurtured(tx, lead_id, mate.id):
        return _too_late(tx, lead, mate.id, now)
    log(tx, lead_id, LeadEvent.ANSWERED_BY_MARKETING, now, actor=mate.id)
    come_back(tx, mate, now)
    clear_deadlines(tx, lead_id, DeadlineKind.CLAIM)
    expect_answer(tx, lead_id, policy, now)
    open_conversation(tx, lead, mate, "private", now)
    refresh_cards(tx, lead_id, now)
    return Claimed(lead_id, mate.opened_at is not None)


def _too_late(tx: Tx, lead: Lead, mate_id: int, now: datetime) -> AlreadyClaimed | Refusal:
    if lead.owner_id is None or lead.status is not Status.NURTURING:
        return TooLate(lead.status)
    since = last_event_at(tx, lead.id, LeadEvent.ANSWERED_BY_MARKETING) or now
    return AlreadyClaimed(owner_name(tx, lead) or "", (now - since).total_seconds(), lead.owner_id == mate_id)
