"""A rejected lead was the same person or request as another one: the other goes on with what brought this one."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import CLOSED, FeedbackState, LeadEvent
from bot.domain.policy import Policy
from bot.storage.feedback import last_feedback, settle
from bot.storage.leads import Lead, get_lead, lock_lead, log, take_touches
from bot.storage.prompts import Prompt
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, contacts, leads
from bot.storage.team import Teammate
from bot.use_cases.ask_marketer import ask_words, marketer_on, withdraw_questions
from bot.use_cases.join_feedback import refresh_feedback
from bot.use_cases.promised_notices import say
from bot.use_cases.promises import refresh_cards
from bot.use_cases.team import Person, Refusal, TooLate

MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class NoDuplicate:
    """It cannot be a duplicate of that one; `why` is `self`, `unknown` or `circle`."""

    why: str
    number: int


@dataclass(frozen=True, slots=True)
class MarkedDuplicate:
    of: int


@dataclass(frozen=True, slots=True)
class Candidate:
    lead_id: int
    name: str
    status: str


def mark_duplicate(
    tx: Tx, lead_id: int, other_id: int, person: Person, policy: Policy, now: datetime
) -> MarkedDuplicate | NoDuplicate | Refusal:
    for number in sorted({lead_id, other_id}):
        lock_lead(tx, number)  # in one order, so that two of them never make each other's duplicate
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    lead, case, mate = found
    if case.state is not FeedbackState.OPEN:
        return TooLate(case.state)
    original = _original(tx, other_id)
    if lead_id == other_id:
        return NoDuplicate("self", other_id)
    if original is None:
        return NoDuplicate("unknown", other_id)
    if original.id == lead_id:
        return NoDuplicate("circle", other_id)
    if not settle(tx, case, FeedbackState.AGREED, now, settled_by=mate.id, duplicate_of_id=original.id):
        return TooLate(case.state)
    log(tx, lead_id, LeadEvent.MARKED_DUPLICATE, now, actor=mate.id, data={"of": original.id})
    log(tx, original.id, LeadEvent.MARKED_DUPLICATE, now, actor=mate.id, data={"duplicate": lead_id})
    if (lead.created_at, lead.id) < (original.created_at, original.id):
        take_touches(tx, original.id, lead_id)
    withdraw_questions(tx, lead_id, now)
    refresh_feedback(tx, case, now)
    refresh_cards(tx, original.id, now)
    return MarkedDuplicate(original.id)


def ask_duplicate_number(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """*Another number*: none of those that the card proposes."""
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    lead, case, mate = found
    if case.state is not FeedbackState.OPEN:
        return TooLate(case.state)
    ask_words(tx, lead, mate, "duplicate_number", now)
    return None


def answer_duplicate_number(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """«12», «№12»; what is no lead, or cannot be, is said, and asked for again."""
    written = text.strip().lstrip("№#/").removeprefix("lead").strip(" _")
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
    result = mark_duplicate(tx, prompt.lead_id or 0, number, person, policy, now)
    if isinstance(result, NoDuplicate):
        found = marketer_on(tx, prompt.lead_id or 0, person, policy, now)
        assert isinstance(found, tuple)
        say(tx, prompt.chat_id, f"duplicate.{result.why}", now, thread_id=prompt.thread_id, number=written[:16])
        ask_words(tx, found[0], mate, "duplicate_number", now)


def find_candidates(tx: Tx, lead: Lead) -> list[Candidate]:
    """Other leads of the same phone, e-mail, username or name, the open ones and then the newest first."""
    one = tx.execute(sa.select(contacts).where(contacts.c.id == lead.contact_id)).one()
    names = sa.select(channel_identities.c.username).where(
        channel_identities.c.contact_id == lead.contact_id, channel_identities.c.username.is_not(None)
    )
    same_username = sa.select(channel_identities.c.contact_id).where(channel_identities.c.username.in_(names))
    alike = [contacts.c.id == lead.contact_id, contacts.c.id.in_(same_username)]
    alike += [contacts.c[way] == one._mapping[way] for way in ("phone", "email", "name") if one._mapping[way]]
    rows = tx.execute(
        sa.select(leads.c.id, contacts.c.name, leads.c.status)
        .select_from(leads.join(contacts))
        .where(leads.c.id != lead.id, sa.or_(*alike))
        .order_by(leads.c.status.in_(CLOSED), leads.c.id.desc())
        .limit(MOST_CANDIDATES)
    )
    return [Candidate(row.id, row.name, row.status) for row in rows]


def _original(tx: Tx, lead_id: int) -> Lead | None:
    """The lead itself, or the one of which it was said to be a duplicate, however long the chain."""
    seen = set()
    while lead_id not in seen:
        seen.add(lead_id)
        case = last_feedback(tx, lead_id)
        if case is None or case.duplicate_of_id is None:
            break
        lead_id = case.duplicate_of_id
    return get_lead(tx, lead_id)
