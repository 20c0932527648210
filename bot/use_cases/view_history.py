"""The long story of a lead: what brought the person, who did what, and what was said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import CLOSED
from bot.domain.messages import Direction, MessageKind
from bot.domain.scoring import Rules, points_by_event
from bot.storage.consents import PERSONAL_DATA
from bot.storage.leads import Lead
from bot.storage.store.base import Tx
from bot.storage.tables import consents, conversations, lead_events, leads, messages, teammates, touches
from bot.use_cases.score_lead import gather_facts
from bot.use_cases.view_lead import TYPED_MARKS

_MARKS = ("source", "medium", "campaign", "content", "offer")


@dataclass(frozen=True, slots=True)
class EarlierLead:
    id: int
    status: str
    owner: str | None
    closed_at: datetime
    amount: int | None
    currency: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """All that was said with this person so far."""

    messages: int
    last_at: datetime | None
    with_whom: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TouchLine:
    at: datetime
    kind: str
    channel: str
    marks: tuple[str, ...]
    typed: tuple[str, ...]
    """Marks in which a person's own words can stand."""
    answers: Mapping[str, str]
    points: int
    reasons: tuple[Mapping[str, str], ...]
    """Why it has these points, by locale."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done with a lead."""

    at: datetime
    kind: str
    actor: str | None
    data: Mapping[str, Any]
    undone: bool


@dataclass(frozen=True, slots=True)
class Said:
    at: datetime
    author: str | None
    """None: the person himself."""
    kind: MessageKind
    text: str
    edited: bool
    failed: bool


def earlier_leads(tx: Tx, lead: Lead, most: int = 5) -> list[EarlierLead]:
    """The newest first."""
    rows = tx.execute(
        sa.select(leads, teammates.c.name.label("owner"))
        .select_from(leads.outerjoin(teammates, teammates.c.id == leads.c.owner_id))
        .where(leads.c.contact_id == lead.contact_id, leads.c.id < lead.id, leads.c.status.in_(CLOSED))
        .order_by(leads.c.id.desc())
        .limit(most)
    )
    return [
        EarlierLead(
            row.id,
            row.status,
            row.owner,
            row.closed_at or row.created_at,
            row.amount,
            row.currency,
            row.reject_reason or row.loss_reason,
        )
        for row in rows
    ]


def talk_with(tx: Tx, contact_id: int) -> Talk:
    said = messages.join(conversations, conversations.c.id == messages.c.conversation_id)
    theirs = sa.and_(conversations.c.contact_id == contact_id, messages.c.kind != MessageKind.START)
    count, last = tx.execute(
        sa.select(sa.func.count(), sa.func.max(messages.c.at)).select_from(said).where(theirs)
    ).one()
    names = (
        sa.select(teammates.c.name)
        .distinct()
        .select_from(said.join(teammates, teammates.c.id == messages.c.author_id))
        .where(theirs)
        .order_by(teammates.c.name)
    )
    return Talk(int(count), last, tuple(tx.scalars(names)))


@dataclass(frozen=True, slots=True)
class GivenConsent:
    given: bool
    """False: withdrawn."""
    source: str
    """A channel, or `form:<name>`."""
    at: datetime


def last_consent(tx: Tx, contact_id: int) -> GivenConsent | None:
    """What the person said last about his personal data."""
    row = tx.execute(
        sa.select(consents.c.given, consents.c.source, consents.c.at)
        .where(consents.c.contact_id == contact_id, consents.c.purpose == PERSONAL_DATA)
        .order_by(consents.c.id.desc())
        .limit(1)
    ).first()
    return GivenConsent(row.given, row.source, row.at) if row is not None else None


def touches_of(tx: Tx, contact_id: int, rules: Rules, now: datetime) -> list[TouchLine]:
    """In order, each with the points that it brings now; a message without points or marks is none."""
    marked = {
        (row["at"], row["kind"]): row
        for row in tx.execute(sa.select(touches).where(touches.c.contact_id == contact_id)).mappings()
    }
    brought: dict[tuple[datetime, str], list[tuple[int, Mapping[str, str]]]] = {}
    channels: dict[tuple[datetime, str], str] = {}
    pages: dict[datetime, str] = {}
    for event, reason in points_by_event(gather_facts(tx, contact_id), rules, now):
        brought.setdefault((event.at, event.kind), []).append((reason.points, reason.texts))
        channels[event.at, event.kind] = event.channel
        if event.kind == "page":
            pages[event.at] = event.attributes["page"]
    told = []
    for at, kind in sorted({*marked, *brought}):
        touch, reasons = marked.get((at, kind)), brought.get((at, kind), [])
        told.append(
            TouchLine(
                at,
                kind,
                touch["channel"] if touch is not None else channels[at, kind],
                tuple(touch[mark] for mark in _MARKS if touch[mark]) if touch is not None else (),
                tuple(touch[mark] for mark in TYPED_MARKS if touch[mark]) if touch is not None else _page_at(pages, at),
                touch["answers"] if touch is not None else {},
                sum(points for points, _ in reasons),
                tuple(texts for points, texts in reasons if points),
            )
        )
    return told


def steps_of(tx: Tx, lead_id: int) -> list[Step]:
    """The log of a lead, the oldest first."""
    rows = tx.execute(
        sa.select(lead_events, teammates.c.name.label("actor"))
        .select_from(lead_events.outerjoin(teammates, teammates.c.id == lead_events.c.actor_id))
        .where(lead_events.c.lead_id == lead_id)
        .order_by(lead_events.c.id)
    ).all()
    undone = {row.undoes_id for row in rows if row.undoes_id is not None}
    names = {str(row.id): row.name for row in tx.execute(sa.select(teammates.c.id, teammates.c.name))}
    return [Step(row.at, row.kind, row.actor, _named(row.data, names), row.id in undone) for row in rows]


def said_with(tx: Tx, contact_id: int) -> list[Said]:
    """Everything, on all channels, the oldest first."""
    rows = tx.execute(
        sa.select(messages, teammates.c.name.label("author"))
        .select_from(
            messages.join(conversations, conversations.c.id == messages.c.conversation_id).outerjoin(
                teammates, teammates.c.id == messages.c.author_id
            )
        )
        .where(conversations.c.contact_id == contact_id, messages.c.kind != MessageKind.START)
        .order_by(messages.c.at, messages.c.id)
    )
    return [
        Said(
            row.at,
            None if row.direction == Direction.INBOUND else row.author or "–",
            MessageKind(row.kind),
            row.text,
            row.edited_at is not None,
            row.failure is not None,
        )
        for row in rows
    ]


def _named(data: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """Who got or gave the lead is told by name."""
    return {key: names.get(str(value), "–") if key in ("from", "to") else value for key, value in data.items()}


def _page_at(pages: Mapping[datetime, str], at: datetime) -> tuple[str, ...]:
    return (pages[at],) if at in pages else ()
