"""What a teammate has in hand, and what waits for somebody."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.domain.leads import OPEN, OWNED_BY_SALES, DeadlineKind, Status
from bot.storage.cards import get_card
from bot.storage.deadlines import get_deadline
from bot.storage.leads import Lead, leads_where
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, leads
from bot.storage.team import get_teammate, teammate_by_telegram

MOST = 30
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One lead in a list, and where its card stands."""

    lead: Lead
    name: str
    owner: str | None
    card: tuple[int, int] | None
    """Chat and message of its card in the sales chat."""
    put_off: datetime | None = None
    """Until when its owner has put it off."""
    call_at: datetime | None = None
    """When he promised to call."""


def list_own_leads(tx: Tx, telegram_id: int) -> list[Line]:
    """The open leads of a teammate, who waits longest first; what is put off comes last, the next one first."""
    mate = teammate_by_telegram(tx, telegram_id)
    if mate is None:
        return []
    found = leads_where(tx, leads.c.owner_id == mate.id, leads.c.status.in_(OPEN), most=MOST)
    lines = _lines(tx, found)
    return sorted(
        lines,
        key=lambda line: (
            line.put_off is not None,
            line.put_off or line.lead.waiting_since or FAR,
            line.call_at or line.lead.created_at,
        ),
    )


def list_waiting_leads(tx: Tx) -> list[Line]:
    """Offered leads nobody has, the hottest first; then claimed ones whose customer waits, the longest first."""
    offered = leads_where(tx, leads.c.status == Status.OFFERED, most=MOST)
    waiting = leads_where(
        tx,
        leads.c.status.in_(OWNED_BY_SALES),
        leads.c.waiting_since.is_not(None),
        leads.c.snoozed_until.is_(None),
        most=MOST,
    )
    return _lines(tx, offered + sorted(waiting, key=_waits_longest))


def lines_of(tx: Tx, lead_ids: list[int]) -> list[Line]:
    return _lines(tx, leads_where(tx, leads.c.id.in_(lead_ids), most=MOST))


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
        call = get_deadline(tx, lead.id, DeadlineKind.CALL_BACK)
        lines.append(
            Line(
                lead,
                names.get(lead.contact_id, ""),
                owner.name if owner else None,
                where,
                lead.snoozed_until,
                call.due_at if call else None,
            )
        )
    return lines
