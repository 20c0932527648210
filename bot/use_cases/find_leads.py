"""A lead by what somebody remembers of it: a name, a phone in any spelling, an address, or words of the talk."""

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.domain.contacts import read_phone
from bot.storage.leads import Lead, get_lead
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, contacts, leads, messages
from bot.storage.team import get_teammate

MOST = 10
SHORTEST = 2
LONGEST = 100
FEWEST_DIGITS = 4
NEWEST_MESSAGES = 200_000
"""How far back words are looked for: the time that a search takes has an end."""


@dataclass(frozen=True, slots=True)
class Hit:
    lead: Lead
    name: str
    owner: str | None
    said: str | None
    """The message with the words, where they were found in one."""


def find_leads(tx: Tx, query: str, region: str) -> list[Hit]:
    """The newest leads whose contact, or one of whose messages, has all the words."""
    words = query[:LONGEST].split()
    if len("".join(words)) < SHORTEST:
        return []
    found: dict[int, str | None] = dict.fromkeys(_by_contact(tx, words, query, region))
    for lead_id, text in _by_messages(tx, words):
        found.setdefault(lead_id, text)
    hits = []
    for lead_id in sorted(found, reverse=True)[:MOST]:
        if (lead := get_lead(tx, lead_id)) is not None:
            name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == lead.contact_id)) or ""
            owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
            hits.append(Hit(lead, name, owner.name if owner else None, found[lead_id]))
    return hits


def _by_contact(tx: Tx, words: list[str], query: str, region: str) -> list[int]:
    fields = [contacts.c.name, contacts.c.email, channel_identities.c.username]
    bare = [word.removeprefix("@") or word for word in words]
    matches = [sa.and_(*(_contains(tx, field, word) for word in bare)) for field in fields]
    matches += [contacts.c.phone.contains(digits, autoescape=True) for digits in _phone(query, region)]
    found = (
        sa.select(leads.c.id)
        .distinct()
        .select_from(
            leads.join(contacts, contacts.c.id == leads.c.contact_id).outerjoin(
                channel_identities, channel_identities.c.contact_id == contacts.c.id
            )
        )
        .where(sa.or_(*matches))
        .order_by(leads.c.id.desc())
        .limit(MOST)
    )
    return list(tx.scalars(found))


def _by_messages(tx: Tx, words: list[str]) -> list[tuple[int, str]]:
    """The newest messages with the words; a talk that is full of them still leaves room for others."""
    oldest = (tx.scalar(sa.select(sa.func.max(messages.c.id))) or 0) - NEWEST_MESSAGES
    found = (
        sa.select(messages.c.lead_id, sa.func.max(messages.c.id).label("newest"))
        .where(
            messages.c.id > oldest,
            messages.c.lead_id.is_not(None),
            *(_contains(tx, messages.c.text, word) for word in words),
        )
        .group_by(messages.c.lead_id)
        .order_by(messages.c.lead_id.desc())
        .limit(MOST)
        .subquery()
    )
    rows = tx.execute(sa.select(found.c.lead_id, messages.c.text).join(messages, messages.c.id == found.c.newest))
    return [(row.lead_id, row.text) for row in rows]


def _phone(query: str, region: str) -> list[str]:
    """The digits of which a stored number must have some; a part of one may begin as it is dialled, with 8 or 0."""
    digits = re.sub(r"\D", "", query)
    if re.search(r"[^\d\s()+\-–.]", query) or len(digits) < FEWEST_DIGITS:
        return []
    if number := read_phone(query, region):
        return [number]
    return [digits, digits[1:]] if digits[0] in "80" and len(digits) > FEWEST_DIGITS else [digits]


def _contains(tx: Tx, column: sa.ColumnElement[Any], word: str) -> sa.ColumnElement[bool]:
    """Whatever the case, and «е» for «ё»: SQLite's own folding knows ASCII only, PostgreSQL's depends on its locale.

    Both know a set of letters, which depends on nothing.
    """
    on_sqlite = tx.dialect.name == "sqlite"
    pattern = "".join(_either(letter, on_sqlite=on_sqlite) for letter in word)
    return column.op("GLOB", is_comparison=True)(f"*{pattern}*") if on_sqlite else column.regexp_match(pattern)


def _either(letter: str, *, on_sqlite: bool) -> str:
    same = {letter, letter.lower(), letter.upper()}
    if same & set("еёЕЁ"):
        same |= set("еёЕЁ")
    forms = "".join(sorted(form for form in same if len(form) == 1))
    if forms and (len(forms) > 1 or forms.isalnum()):
        return f"[{forms}]"
    if on_sqlite:
        return f"[{letter}]" if letter in "*?[" else letter
    return re.escape(letter)
