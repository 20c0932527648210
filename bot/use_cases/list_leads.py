"""What a teammate has in hand, and what waits for somebody."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import OPEN, OWNED_BY_SALES, Status
from bot.storage.leads import Lead, leads_where
from bot.storage.places import get_card
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, leads
from bot.storage.team import get_teammate, teammate_by_telegram

MOST = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One lead in a list, and where its card stands."""

    lead: Lead
    name: str
    owner: str | None
    card: tuple[int, int] | None
    """Chat and message of its card in the sales chat."""


def list_own_leads(tx: Tx, telegram_id: int) -> list[Line]:
    """The open leads of a teammate, who waits longest first."""
    mate = teammate_by_telegram(tx, telegram_id)
    if mate is None:
        return []
    found = leads_where(tx, leads.c.owner_id == mate.id, leads.c.status.in_(OPEN), most=MOST)
    return _lines(
        tx, sorted(found, key=lambda lead: (lead.waiting_since is None, lead.waiting_since or lead.created_at))
    )


def list_waiting_leads(tx: Tx) -> list[Line]:
    """Offered leads nobody has, the hottest first; then claimed ones whose customer waits, the longest first."""
    offered = leads_where(tx, leads.c.status == Status.OFFERED, most=MOST)
    waiting = leads_where(tx, leads.c.status.in_(OWNED_BY_SALES), leads.c.waiting_since.is_not(None), most=MOST)
    return _lines(tx, offered + sorted(waiting, key=_waits_longest))


def count_open(tx: Tx) -> dict[Status, int]:
    rows = tx.execute(
        sa.select(leads.c.status, sa.func.count()).where(leads.c.status.in_(OPEN)).group_by(leads.c.status)
    )
    return {Status(status): count for status, count in rows}


def _waits_longest(lead: Lead) -> datetime:
    return lead.waiting_since or lead.created_at


def _lines(tx: Tx, found: list[Lead]) -> list[Line]:
    names: dict[int, str] = {
        row.id: row.name
        for row in tx.execute(
            sa.select(contacts.c.id, contacts.c.name).where(contacts.c.id.in_([lead.contact_id for lead in found]))
        )
    }
    lines = []
    for lead in found:
        owner = get_teammate(tx, lead.owner_id) if lead.owner_id else None
        card = get_card(tx, lead.id, "sales")
        where = (card.chat_id, card.message_id) if card else None
        lines.append(Line(lead, names.get(lead.contact_id, ""), owner.name if owner else None, where))
    return lines
