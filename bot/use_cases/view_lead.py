"""Everything a card says about a lead, read from state in one go."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.contacts import mask_contacts, mask_email, mask_phone, mask_username, show_phone
from bot.domain.leads import CLOSED, CallOutcome, DeadlineKind, LeadEvent, Status
from bot.domain.messages import Direction, MessageKind, PageView
from bot.domain.policy import Policy
from bot.storage.deadlines import get_deadline
from bot.storage.feedback import Feedback, alike, duplicates_of, last_feedback
from bot.storage.leads import Lead, get_lead
from bot.storage.messages import Message, last_messages_with
from bot.storage.notes import notes_of
from bot.storage.prompts import Prompt, choice_of_marketing, choice_on_card
from bot.storage.store.base import Tx
from bot.storage.tables import (
    channel_identities,
    contacts,
    deadlines,
    lead_events,
    leads,
    teammates,
    touches,
)
from bot.storage.tables import messages as messages_table
from bot.storage.team import Teammate, get_team_chats, get_teammate, members_of
from bot.storage.undo import Undo, get_undo
from bot.storage.visits import pages_of
from bot.use_cases.mark_duplicate import Candidate, find_candidates

ALIKE_WITHIN = timedelta(days=30)
MOST_COLLEAGUES = 8
JUST_CAME = timedelta(minutes=10)

PROMISES: dict[DeadlineKind, Callable[[Lead], bool]] = {
    DeadlineKind.PROMISE: lambda lead: lead.waiting_since is not None,
    DeadlineKind.WARM_UP: lambda lead: lead.status is Status.NURTURING,
}
"""Deadlines that say what was promised, and while what it is owed; its owner's own plans stand on his card."""


TYPED_MARKS = ("term", "landing_page", "referrer")
"""Where a person's own words can stand; the other marks are the firm's, and their long numbers are no phones."""


@dataclass(frozen=True, slots=True)
class History:
    """What was between this contact and us before this lead."""

    earlier: int
    won: int
    bought: Mapping[str, int]
    """Minor units by currency."""
    last_at: datetime | None
    last_status: str | None
    former_owner: str | None


@dataclass(frozen=True, slots=True)
class Calls:
    """How often a teammate called, and how often nobody answered."""

    name: str
    made: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Colleague:
    id: int
    name: str
    is_away: bool


@dataclass(frozen=True, slots=True)
class LeadView:
    lead: Lead
    name: str
    phone: str | None
    email: str | None
    username: str | None
    reachable: bool
    stopped: bool
    owner: Teammate | None
    first_touch: Mapping[str, Any] | None
    last_touch: Mapping[str, Any] | None
    last_words: list[Message]
    unanswered: int
    history: History
    feedback: Feedback | None
    rejected_by: str | None
    settled_by: str | None
    judged_by: str | None
    choice: Prompt | None
    notes: list[str]
    forgotten_at: datetime | None = None
    """The person was erased then."""
    call_at: datetime | None = None
    """When its owner promised to call back."""
    asked_of_marketing: Prompt | None = None
    is_time_to_return: bool = False
    """Marketing meant to come back to it, and the day has come."""
    calls: tuple[Calls, ...] = ()
    """Since the lead was handed over; only with feedback."""
    alike: int = 0
    """How many were rejected for the same reason from the same campaign in 30 days, this one among them."""
    duplicates: tuple[int, ...] = ()
    """Leads of which marketing says that they are this one."""
    same_way: tuple[int, ...] = ()
    """Leads of other contacts with the same phone or e-mail, the newest first: perhaps the same person; nobody has
    proven it, so only the team is told."""
    candidates: tuple[Candidate, ...] = ()
    why_now: tuple[Mapping[str, Any], ...] = ()
    """What has made sales' business of a lead that was marketing's, the strongest first."""
    undo: Undo | None = None
    colleagues: tuple[Colleague, ...] = ()
    """Who can be given the lead, while the card asks to whom."""
    due: tuple[tuple[DeadlineKind, datetime], ...] = ()
    """What we owe the person and when: an answer, a second look."""
    pages: tuple[PageView, ...] = ()
    """What the person has looked at on the site, the newest first."""
    login: str | None = None
    """Under which the firm's own site knows the person: it has signed that he is logged in there."""
    masked: bool = False
    """Ways to reach the person are hidden; his owner may have them shown."""


MOST_SAME = 3


def view_lead(tx: Tx, lead_id: int, now: datetime) -> LeadView | None:
    lead = get_lead(tx, lead_id)
    if lead is None:
        return None
    contact = tx.execute(sa.select(contacts).where(contacts.c.id == lead.contact_id)).one()
    identity = tx.execute(
        sa.select(channel_identities.c.username, channel_identities.c.reachable)
        .where(channel_identities.c.contact_id == lead.contact_id)
        .order_by(channel_identities.c.one_way, channel_identities.c.id.desc())  # nothing is answered to a form
        .limit(1)
    ).first()
    feedback = last_feedback(tx, lead_id)
    call = get_deadline(tx, lead_id, DeadlineKind.CALL_BACK)
    asked = choice_of_marketing(tx, lead_id, now)
    choice = choice_on_card(tx, lead_id, now)
    first, last = _touches(tx, lead.contact_id)
    return LeadView(
        lead=lead,
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        username=identity.username if identity else None,
        reachable=identity.reachable if identity else True,
        stopped=contact.stopped_at is not None,
        owner=get_teammate(tx, lead.owner_id) if lead.owner_id else None,
        first_touch=first,
        last_touch=last,
        last_words=last_messages_with(tx, lead.contact_id, 3, direction=Direction.INBOUND),
        unanswered=_unanswered(tx, lead),
        history=_history(tx, lead),
        feedback=feedback,
        rejected_by=_name(tx, feedback.rejected_by if feedback else None),
        settled_by=_name(tx, feedback.settled_by if feedback else None),
        judged_by=_name(tx, feedback.judged_by if feedback else None),
        choice=choice,
        notes=notes_of(tx, lead_id),
        forgotten_at=contact.forgotten_at,
        call_at=call.due_at if call is not None else None,
        asked_of_marketing=asked,
        is_time_to_return=_is_time_to_return(lead, feedback, now),
        calls=_calls(tx, lead_id) if feedback is not None else (),
        alike=_alike(tx, feedback) if feedback is not None else 0,
        duplicates=duplicates_of(tx, lead_id),
        same_way=_same_way(tx, contact),
        candidates=tuple(find_candidates(tx, lead)) if asked is not None and asked.kind == "duplicate" else (),
        why_now=_why_now(tx, lead_id, lead.created_at) if lead.status is Status.OFFERED else (),
        undo=get_undo(tx, lead_id, now),
        colleagues=colleagues_of(tx, lead, now) if choice is not None and choice.kind == "transfer" else (),
        due=_due(tx, lead),
        pages=pages_of(tx, lead.contact_id),
        login=tx.scalar(
            sa.select(sa.func.max(channel_identities.c.login)).where(channel_identities.c.contact_id == contact.id)
        ),
    )


def show_lead(tx: Tx, lead_id: int, policy: Policy, now: datetime) -> LeadView | None:
    """As the team may see it."""
    view = view_lead(tx, lead_id, now)
    return masked(view) if view is not None and policy.mask_contacts else view


def colleagues_of(tx: Tx, lead: Lead, now: datetime) -> tuple[Colleague, ...]:
    """The sales team without the owner: who may get the lead."""
    chat_id = get_team_chats(tx).sales
    found = members_of(tx, chat_id) if chat_id is not None else []
    others = [mate for mate in found if mate.id != lead.owner_id][:MOST_COLLEAGUES]
    return tuple(Colleague(mate.id, mate.name, mate.is_away(now)) for mate in others)


def _is_time_to_return(lead: Lead, feedback: Feedback | None, now: datetime) -> bool:
    until = feedback.warm_until if feedback is not None else None
    return lead.status is Status.NURTURING and until is not None and until <= now


def _calls(tx: Tx, lead_id: int) -> tuple[Calls, ...]:
    """Who called most first; what was taken back counts no more."""
    taken_back = sa.select(lead_events.c.undoes_id).where(
        lead_events.c.lead_id == lead_id, lead_events.c.undoes_id.is_not(None)
    )
    rows = tx.execute(
        sa.select(teammates.c.name, lead_events.c.data)
        .select_from(lead_events.outerjoin(teammates, teammates.c.id == lead_events.c.actor_id))
        .where(
            lead_events.c.lead_id == lead_id,
            lead_events.c.kind == LeadEvent.CALLED,
            lead_events.c.id.not_in(taken_back),
        )
    ).all()
    made = Counter(row.name or "–" for row in rows)
    unanswered = Counter(row.name or "–" for row in rows if row.data.get("outcome") == CallOutcome.NO_ANSWER)
    return tuple(Calls(name, times, unanswered[name]) for name, times in made.most_common())


def _alike(tx: Tx, feedback: Feedback) -> int:
    until = feedback.created_at + timedelta(microseconds=1)
    return len(alike(tx, feedback.lead_id, feedback.reason, until - ALIKE_WITHIN, until))


def _why_now(tx: Tx, lead_id: int, created_at: datetime) -> tuple[Mapping[str, Any], ...]:
    """Told while the passage that offered it is the last word about it; of who has just come, everything is new."""
    last = tx.execute(
        sa.select(lead_events.c.kind, lead_events.c.data, lead_events.c.at)
        .where(lead_events.c.lead_id == lead_id, lead_events.c.to_status == Status.OFFERED)
        .order_by(lead_events.c.id.desc())
        .limit(1)
    ).first()
    if last is None or last.kind != LeadEvent.HANDED_OFF or last.at - created_at < JUST_CAME:
        return ()
    return tuple(last.data.get("news", ()))


def masked(view: LeadView) -> LeadView:
    """The same for everybody's eyes: phone, e-mail and username are hidden wherever they stand."""
    feedback = view.feedback
    if feedback is not None:
        note, comment = (mask_contacts(said) if said else None for said in (feedback.note, feedback.comment))
        feedback = replace(feedback, note=note, comment=comment)
    lead = view.lead
    return replace(
        view,
        lead=replace(lead, product=mask_contacts(lead.product)) if lead.product else lead,
        name=mask_contacts(view.name),
        login=mask_contacts(view.login) if view.login else None,
        phone=mask_phone(show_phone(view.phone)) if view.phone else None,
        email=mask_email(view.email) if view.email else None,
        username=mask_username(view.username) if view.username else None,
        first_touch=_masked_touch(view.first_touch),
        last_touch=_masked_touch(view.last_touch),
        last_words=[replace(message, text=mask_contacts(message.text)) for message in view.last_words],
        feedback=feedback,
        notes=[mask_contacts(note) for note in view.notes],
        candidates=tuple(replace(one, name=mask_contacts(one.name)) for one in view.candidates),
        pages=tuple(replace(one, page=mask_contacts(one.page)) for one in view.pages),
        masked=True,
    )


def _masked_touch(touch: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if touch is None:
        return None
    answers = {mask_contacts(name): mask_contacts(str(said)) for name, said in (touch.get("answers") or {}).items()}
    told = {name: mask_contacts(touch[name]) for name in TYPED_MARKS if touch[name]}
    return {**touch, **told, "answers": answers}


def _touches(tx: Tx, contact_id: int) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The first and the last touch of a contact; both are kept and neither is ever overwritten."""
    marked = sa.select(touches).where(touches.c.contact_id == contact_id)
    first = tx.execute(marked.order_by(touches.c.at, touches.c.id).limit(1)).mappings().first()
    last = tx.execute(marked.order_by(touches.c.at.desc(), touches.c.id.desc()).limit(1)).mappings().first()
    return (dict(first) if first else None, dict(last) if last else None)


def _due(tx: Tx, lead: Lead) -> tuple[tuple[DeadlineKind, datetime], ...]:
    kinds = [kind for kind, is_owed in PROMISES.items() if is_owed(lead)]
    owed = sa.select(deadlines.c.kind, deadlines.c.due_at).where(
        deadlines.c.lead_id == lead.id, deadlines.c.kind.in_(kinds)
    )
    return tuple((DeadlineKind(row.kind), row.due_at) for row in tx.execute(owed.order_by(deadlines.c.due_at)))


def _unanswered(tx: Tx, lead: Lead) -> int:
    if lead.waiting_since is None:
        return 0
    return int(
        tx.scalar(
            sa.select(sa.func.count())
            .select_from(messages_table)
            .where(
                messages_table.c.lead_id == lead.id,
                messages_table.c.direction == Direction.INBOUND,
                messages_table.c.kind != MessageKind.START,
                messages_table.c.at >= lead.waiting_since,
            )
        )
        or 0
    )


def _history(tx: Tx, lead: Lead) -> History:
    earlier = tx.execute(
        sa.select(leads.c.status, leads.c.closed_at, leads.c.amount, leads.c.currency, leads.c.owner_id)
        .where(
            leads.c.contact_id == lead.contact_id,
            leads.c.id < lead.id,
            leads.c.status.in_(CLOSED),
            leads.c.set_aside.is_(False),
        )
        .order_by(leads.c.id)
    ).all()
    bought: dict[str, int] = {}
    won = [row for row in earlier if row.status == Status.WON]
    for row in won:
        if row.amount is not None:
            bought[row.currency] = bought.get(row.currency, 0) + row.amount
    former = lead.former_owner_id or next((row.owner_id for row in reversed(earlier) if row.owner_id), None)
    return History(
        earlier=len(earlier),
        won=len(won),
        bought=bought,
        last_at=earlier[-1].closed_at if earlier else None,
        last_status=earlier[-1].status if earlier else None,
        former_owner=_name(tx, former),
    )


def _name(tx: Tx, teammate_id: int | None) -> str | None:
    mate = get_teammate(tx, teammate_id) if teammate_id is not None else None
    return mate.name if mate else None


def _same_way(tx: Tx, contact: sa.Row[Any]) -> tuple[int, ...]:
    same = [contacts.c[way] == contact._mapping[way] for way in ("phone", "email") if contact._mapping[way]]
    if not same:
        return ()
    found = sa.select(leads.c.id).select_from(leads.join(contacts)).where(sa.or_(*same), contacts.c.id != contact.id)
    return tuple(tx.scalars(found.order_by(leads.c.id.desc()).limit(MOST_SAME)))
