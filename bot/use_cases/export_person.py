"""All that is stored of one person, for whoever asks what we know about him."""

from typing import Any

import sqlalchemy as sa

from bot.storage.store.base import Tx
from bot.storage.tables import (
    channel_identities,
    consents,
    contacts,
    conversations,
    feedback,
    handoffs,
    lead_events,
    leads,
    message_versions,
    messages,
    notes,
    page_views,
    ratings,
    teammates,
    touches,
    uploads,
)

_OURS = (
    "contact_id",
    "conversation_id",
    "identity_id",
    "lead_id",
    "message_id",
    "closing_id",
    "first_touch_id",
    "last_touch_id",
)
"""Keys of rows that stand within their parent already."""


def export_person(tx: Tx, contact_id: int) -> dict[str, Any] | None:
    """As JSON takes it: times in UTC, money in minor units, teammates by name; of a file what it is."""
    contact = tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).mappings().first()
    if contact is None:
        return None
    names = {row.id: row.name for row in tx.execute(sa.select(teammates.c.id, teammates.c.name))}

    def rows(table: sa.Table, condition: sa.ColumnElement[bool], order: sa.Column[Any] | None = None) -> list[Any]:
        columns = (column for column in table.columns if not isinstance(column.type, sa.LargeBinary))
        found = tx.execute(sa.select(*columns).where(condition).order_by(order if order is not None else table.c.id))
        return [_told(table, row, names) for row in found.mappings()]

    def own(table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.contact_id == contact_id

    told = _told(contacts, contact, names)
    told["identities"] = rows(channel_identities, own(channel_identities))
    told["consents"] = rows(consents, own(consents))
    told["touches"] = rows(touches, own(touches), touches.c.at)
    told["pages"] = rows(page_views, own(page_views), page_views.c.at)
    told["leads"] = rows(leads, own(leads))
    for lead in told["leads"]:
        lead["handoffs"] = rows(handoffs, handoffs.c.lead_id == lead["id"])
        lead["events"] = rows(lead_events, lead_events.c.lead_id == lead["id"])
        lead["feedback"] = rows(feedback, feedback.c.lead_id == lead["id"])
        lead["ratings"] = rows(ratings, ratings.c.lead_id == lead["id"])
        lead["notes"] = rows(notes, notes.c.lead_id == lead["id"])
    addresses = [f"{one['channel']}:{one['external_id']}" for one in told["identities"]]
    told["files"] = rows(uploads, uploads.c.address.in_(addresses))
    talks = sa.select(conversations.c.id).where(own(conversations))
    told["messages"] = rows(messages, messages.c.conversation_id.in_(talks), messages.c.at)
    for message in told["messages"]:
        message["versions"] = rows(message_versions, message_versions.c.message_id == message["id"])
    return told


def _told(table: sa.Table, row: Any, names: dict[int, str]) -> dict[str, Any]:
    """A row without what refers to rows of ours only; who did it is told by name."""
    told = {}
    for column in table.columns:
        value = row.get(column.name)
        if column.name in _OURS or value is None:
            continue
        on_team = any(key.column.table is teammates for key in column.foreign_keys)
        name = str(column.name)
        told[name.removesuffix("_id") if on_team else name] = names.get(value) if on_team else value
    return told
