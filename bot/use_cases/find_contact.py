"""Finds the one person whom an administrator means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.contacts import read_phone
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, contacts, leads

MOST = 20
LONGEST_ID = 9
"""A number of more digits is a phone."""


@dataclass(frozen=True, slots=True)
class Found:
    id: int
    name: str
    phone: str | None
    email: str | None
    channels: tuple[str, ...]
    leads: tuple[int, ...]
    created_at: datetime


def find_contacts(tx: Tx, said: str, region: str) -> list[Found]:
    """By contact id, `lead:15`, phone, e-mail, `@username` or `channel:address`; the forgotten are not found."""
    numbers: list[int] = list(tx.scalars(_search(said.strip(), region).distinct().order_by("id").limit(MOST)))
    return [_found(tx, int(number)) for number in numbers]


def _search(said: str, region: str) -> sa.Select[Any]:
    known = sa.select(contacts.c.id.label("id")).where(
        contacts.c.forgotten_at.is_(None), contacts.c.joined_id.is_(None)
    )
    channel, colon, address = said.partition(":")
    by_identity = known.join(channel_identities, channel_identities.c.contact_id == contacts.c.id)
    if _is_number(said):
        return known.where(contacts.c.id == int(said))
    if channel == "lead" and _is_number(address):
        return known.join(leads, leads.c.contact_id == contacts.c.id).where(leads.c.id == int(address))
    if said.startswith("@"):
        # SQLite's lower() knows ASCII only, and so do usernames.
        return by_identity.where(sa.func.lower(channel_identities.c.username) == said[1:].lower())
    if "@" in said:
        return known.where(sa.func.lower(contacts.c.email) == said.lower())
    if colon:
        return by_identity.where(channel_identities.c.channel == channel, channel_identities.c.external_id == address)
    return known.where(contacts.c.phone == (read_phone(said, region) or said))


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= LONGEST_ID


def _found(tx: Tx, contact_id: int) -> Found:
    contact = tx.execute(sa.select(contacts).where(contacts.c.id == contact_id)).one()
    channels = sa.select(channel_identities.c.channel).where(channel_identities.c.contact_id == contact_id)
    numbers = sa.select(leads.c.id).where(leads.c.contact_id == contact_id).order_by(leads.c.id)
    return Found(
        contact.id,
        contact.name,
        contact.phone,
        contact.email,
        tuple(sorted(set(tx.scalars(channels)))),
        tuple(tx.scalars(numbers)),
        contact.created_at,
    )
