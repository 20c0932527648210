"""Rows for exports, in windows of keys: no read is long, whatever the size of the table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.storage.store.base import Tx
from bot.storage.tables import (
    channel_identities,
    contacts,
    conversations,
    feedback,
    lead_events,
    leads,
    messages,
    teammates,
    touches,
)


class Dataset(StrEnum):
    LEADS = "leads"
    MESSAGES = "messages"
    EVENTS = "events"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class _Source:
    select: sa.Select[Any]
    id: sa.Column[int]
    at: sa.Column[datetime]
    """The time by which a range of dates selects."""
    at_is_indexed: bool = True


def columns(dataset: Dataset) -> list[sa.ColumnElement[Any]]:
    return list(SOURCES[dataset].select.selected_columns)


def key_bounds(tx: Tx, dataset: Dataset, since: datetime | None, until: datetime | None) -> tuple[int, int] | None:
    """The first and last key that can lie in [since, until); None when there is nothing to export."""
    source = SOURCES[dataset]
    question = sa.select(sa.func.min(source.id), sa.func.max(source.id))
    if source.at_is_indexed:
        question = question.where(*_range(source, since, until))
    first, last = tx.execute(question).one()
    return None if first is None else (first, last)


def page(
    tx: Tx, dataset: Dataset, first: int, end: int, since: datetime | None, until: datetime | None
) -> list[Mapping[str, Any]]:
    """Rows with first <= id < end and since <= time < until, in key order."""
    source = SOURCES[dataset]
    return [
        {str(name): value for name, value in row.items()}
        for row in tx.execute(
            source.select.where(source.id >= first, source.id < end, *_range(source, since, until)).order_by(source.id)
        ).mappings()
    ]


def _range(source: _Source, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    return [
        *([source.at >= since] if since else []),
        *([source.at < until] if until else []),
    ]


def _person(label: str, key: sa.Column[Any]) -> sa.Label[Any]:
    person = teammates.alias()
    return sa.select(person.c.name).where(person.c.id == key).scalar_subquery().label(label)


_first, _last = touches.alias("first_touch"), touches.alias("last_touch")
_TOUCH = ("source", "medium", "campaign", "landing_page", "offer")

SOURCES: Mapping[Dataset, _Source] = {
    Dataset.LEADS: _Source(
        sa.select(
            leads.c.id,
            leads.c.contact_id,
            contacts.c.name.label("contact"),
            contacts.c.phone,
            contacts.c.email,
            leads.c.channel,
            leads.c.status,
            leads.c.band,
            leads.c.score,
            _person("owner", leads.c.owner_id),
            *(_first.c[name].label(f"first_{name}") for name in _TOUCH),
            *(_last.c[name].label(f"last_{name}") for name in _TOUCH),
            leads.c.created_at,
            leads.c.offered_at,
            leads.c.claimed_at,
            leads.c.first_answered_at,
            leads.c.waiting_since,
            leads.c.closed_at,
            leads.c.amount.label("amount_minor"),
            leads.c.currency,
            leads.c.product,
            leads.c.reject_reason,
            leads.c.loss_reason,
        ).select_from(
            leads.join(contacts, contacts.c.id == leads.c.contact_id)
            .outerjoin(_first, _first.c.id == leads.c.first_touch_id)
            .outerjoin(_last, _last.c.id == leads.c.last_touch_id)
        ),
        leads.c.id,
        leads.c.created_at,
    ),
    Dataset.MESSAGES: _Source(
        sa.select(
            messages.c.id,
            messages.c.conversation_id,
            messages.c.lead_id,
            contacts.c.name.label("contact"),
            channel_identities.c.channel,
            messages.c.direction,
            messages.c.status,
            messages.c.kind,
            _person("author", messages.c.author_id),
            messages.c.text,
            messages.c.at,
            messages.c.edited_at,
            messages.c.sent_at,
        ).select_from(
            messages.join(conversations, conversations.c.id == messages.c.conversation_id)
            .join(contacts, contacts.c.id == conversations.c.contact_id)
            .join(channel_identities, channel_identities.c.id == conversations.c.identity_id)
        ),
        messages.c.id,
        messages.c.at,
        at_is_indexed=False,
    ),
    Dataset.EVENTS: _Source(
        sa.select(
            lead_events.c.id,
            lead_events.c.lead_id,
            lead_events.c.at,
            lead_events.c.kind,
            _person("actor", lead_events.c.actor_id),
            lead_events.c.from_status,
            lead_events.c.to_status,
            lead_events.c.data,
        ),
        lead_events.c.id,
        lead_events.c.at,
    ),
    Dataset.FEEDBACK: _Source(
        sa.select(
            feedback.c.id,
            feedback.c.lead_id,
            contacts.c.name.label("contact"),
            leads.c.channel,
            _first.c.source.label("first_source"),
            feedback.c.reason,
            feedback.c.note,
            feedback.c.state,
            _person("rejected_by", feedback.c.rejected_by),
            _person("settled_by", feedback.c.settled_by),
            _person("judged_by", feedback.c.judged_by),
            feedback.c.created_at,
            feedback.c.settled_at,
        ).select_from(
            feedback.join(leads, leads.c.id == feedback.c.lead_id)
            .join(contacts, contacts.c.id == leads.c.contact_id)
            .outerjoin(_first, _first.c.id == leads.c.first_touch_id)
        ),
        feedback.c.id,
        feedback.c.created_at,
        at_is_indexed=False,
    ),
}
