"""Marketing agrees or disputes; a manager settles a dispute."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import OWNED_BY_SALES, FeedbackState, LeadEvent
from bot.domain.policy import Policy
from bot.storage.feedback import Feedback, last_feedback, settle
from bot.storage.leads import Lead, lock_lead, log, open_lead_of, take_touches, update_lead
from bot.storage.messages import last_answer_at, waiting_since
from bot.storage.people import contact_name
from bot.storage.prompts import Prompt, close_prompt
from bot.storage.store.base import Tx
from bot.storage.tables import memberships
from bot.storage.team import (
    ADMIN_STATUSES,
    MEMBER_STATUSES,
    THE_BOT,
    Teammate,
    get_team_chats,
    get_teammate,
    roles_of,
)
from bot.storage.undo import keep_undo
from bot.use_cases.ask_marketer import marketer_on, withdraw_questions
from bot.use_cases.hand_off_lead import offer_again
from bot.use_cases.join_feedback import refresh_feedback
from bot.use_cases.promised_notices import say
from bot.use_cases.promises import refresh_cards, repost_card
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal, TooLate, teammate_with
from bot.use_cases.transfer_lead import transfer

LONGEST_COMMENT = 1_000


@dataclass(frozen=True, slots=True)
class Settled:
    state: FeedbackState


@dataclass(frozen=True, slots=True)
class OwnCase:
    """Nobody settles a dispute about his own rejection while there is another manager."""


def settle_feedback(
    tx: Tx,
    lead_id: int,
    to: FeedbackState,
    person: Person,
    policy: Policy,
    now: datetime,
    *,
    comment: str | None = None,
) -> Settled | Refusal:
    """A marketer's word on a rejected lead: `agreed`, or `disputed`, perhaps with a comment for the manager."""
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    lead, case, mate = found
    says = to in (FeedbackState.AGREED, FeedbackState.DISPUTED)  # for warming up a day is needed, too
    if not says or not settle(tx, case, to, now, settled_by=mate.id, comment=comment):
        return TooLate(case.state)
    if to is FeedbackState.AGREED:
        keep_undo(tx, lead, "agreed", mate.id, now)
    withdraw_questions(tx, lead_id, now)
    if to is FeedbackState.DISPUTED:
        repost_card(tx, lead_id, "dispute", now)
    refresh_feedback(tx, case, now)
    return Settled(to)


def answer_dispute_comment(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The reply to the question why: with it the dispute begins."""
    lead_id, comment = prompt.lead_id or 0, text.strip()[:LONGEST_COMMENT] or None
    result = settle_feedback(tx, lead_id, FeedbackState.DISPUTED, person, policy, now, comment=comment)
    if isinstance(result, TooLate):
        close_prompt(tx, prompt.id)
        say(tx, prompt.chat_id, "told.settled_before", now, thread_id=prompt.thread_id, name=mate.name)


def judge_dispute(
    tx: Tx, lead_id: int, to: FeedbackState, person: Person, policy: Policy, now: datetime
) -> Settled | OwnCase | Refusal:
    """A manager's verdict: `upheld` (rightly rejected) or `overturned` (back to sales)."""
    mate = teammate_with(tx, person, "managers", policy, now)
    if mate is None:
        return NotAllowed("managers")
    found = _case(tx, lead_id)
    if not isinstance(found, tuple):
        return found
    lead, case = found
    if case.rejected_by == mate.id and _has_other_manager(tx, mate, policy):
        return OwnCase()
    if not settle(tx, case, to, now, judged_by=mate.id):
        return TooLate(case.state)
    if to is FeedbackState.OVERTURNED:
        _reopen(tx, lead, mate, policy, now)
    _tell_both_sides(tx, lead, case, to, mate, policy, now)
    refresh_feedback(tx, case, now)
    return Settled(to)


def _case(tx: Tx, lead_id: int) -> tuple[Lead, Feedback] | Gone:
    lead, case = lock_lead(tx, lead_id), last_feedback(tx, lead_id)
    return (lead, case) if lead is not None and case is not None else Gone()


def _tell_both_sides(
    tx: Tx, lead: Lead, case: Feedback, verdict: FeedbackState, judge: Teammate, policy: Policy, now: datetime
) -> None:
    """In private, those who are still in the team; the cards say it, too, but an edit calls nobody."""
    text = "told.upheld" if verdict is FeedbackState.UPHELD else "told.overturned"
    for role, teammate_id in (("sales", case.rejected_by), ("marketing", case.settled_by)):
        mate = get_teammate(tx, teammate_id) if teammate_id not in (None, judge.id) else None
        if mate is not None and role in roles_of(tx, mate.telegram_id, policy.admins):
            name = contact_name(tx, lead.contact_id)
            say(tx, mate.telegram_id, text, now, lead=case.lead_id, name=name, by=judge.name)


def _reopen(tx: Tx, lead: Lead, mate: Teammate, policy: Policy, now: datetime) -> None:
    other = is_continued(tx, lead, LeadEvent.OVERTURNED, mate, now)
    if other is not None:
        choose_owner(tx, lead, other, mate, policy, now)
        return
    offer_again(tx, lead, LeadEvent.OVERTURNED, policy, now, actor=mate.id)
    update_lead(tx, lead.id, waiting_since=waiting_since(tx, lead.id, lead.contact_id))


def is_continued(tx: Tx, lead: Lead, verdict: LeadEvent, mate: Teammate, now: datetime) -> Lead | None:
    """The contact's other open lead: it stays and takes the older touches, and the verdict is recorded on both."""
    other = open_lead_of(tx, lead.contact_id, lock=True)
    if other is None:
        return None
    log(tx, lead.id, verdict, now, actor=mate.id, data={"kept_closed": True, "continued_by": other.id})
    log(tx, other.id, verdict, now, actor=mate.id, data={"of": lead.id})
    take_touches(tx, other.id, lead.id)
    refresh_cards(tx, other.id, now)
    return other


def choose_owner(tx: Tx, lead: Lead, other: Lead, mate: Teammate, policy: Policy, now: datetime) -> None:
    """Of two owners the one with the newer human answer keeps the customer, and the other is told."""
    if other.status not in OWNED_BY_SALES or lead.owner_id is None or other.owner_id in (None, lead.owner_id):
        return
    assert other.owner_id is not None
    former, current = get_teammate(tx, lead.owner_id), get_teammate(tx, other.owner_id)
    if former is None or current is None or "sales" not in roles_of(tx, former.telegram_id, policy.admins):
        return
    his, current_answer = last_answer_at(tx, lead.id, former.id), last_answer_at(tx, other.id, current.id)
    if his is not None and (current_answer is None or his > current_answer) and not former.is_away(now):
        transfer(tx, other, former, mate.id, policy, now)
        say(tx, current.telegram_id, "told.lead_moved", now, lead=other.id, owner=former.name)
    else:
        say(tx, former.telegram_id, "told.lead_stays", now, lead=other.id, owner=current.name)


def _has_other_manager(tx: Tx, mate: Teammate, policy: Policy) -> bool:
    if policy.admins - {mate.telegram_id}:
        return True
    chats = get_team_chats(tx)
    shared = chats.managers in (chats.sales, chats.marketing)
    manages = memberships.c.status.in_(ADMIN_STATUSES if shared else MEMBER_STATUSES)
    administers = sa.and_(memberships.c.chat_id == THE_BOT, memberships.c.status.in_(ADMIN_STATUSES))
    others = sa.select(memberships.c.telegram_id).where(
        memberships.c.telegram_id != mate.telegram_id,
        sa.or_(sa.and_(memberships.c.chat_id == chats.managers, manages), administers),
    )
    return tx.execute(others).first() is not None
