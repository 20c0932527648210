"""Where the talk of a lead goes on with its owner. No Telegram id ever reaches a lead."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import ANSWER_OWED, OPEN, Status
from bot.storage.store import hot
from bot.storage.store.base import Tx, insert, rows_by
from bot.storage.tables import cards, deadlines, desks, leads, teammates


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the talk of one lead goes on with its owner: a topic, or the whole private chat (`thread_id` None)."""

    lead_id: int
    teammate_id: int
    chat_id: int
    thread_id: int | None


_DESK = tuple(desks.c[name] for name in Desk.__dataclass_fields__)


def get_desk(tx: Tx, lead_id: int) -> Desk | None:
    row = hot.first(tx, rows_by(_DESK, "lead_id"), {"lead_id": lead_id})
    return Desk(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Post:
    """Who owns a lead and where he talks with its customer, as it is now: what every message asks, at one go."""

    desk: Desk | None
    head_id: int | None
    """The message of the card that says who is speaking there."""
    contact_id: int
    status: Status
    telegram_id: int
    opened_at: datetime | None
    away_until: datetime | None
    owes: bool
    """Until when he must answer is set already."""

    def is_away(self, now: datetime) -> bool:
        return self.away_until is not None and self.away_until > now


def get_post(tx: Tx, lead_id: int) -> Post | None:
    """None for a lead that nobody owns."""
    row = hot.first(tx, _post, {"lead_id": lead_id})
    if row is None:
        return None
    lead, mate, chat, thread, head, contact, status, *rest = row
    desk = Desk(lead, mate, chat, thread) if chat is not None else None
    return Post(desk, head, contact, Status(status), *rest)


_own_place = sa.literal_column("'desk:'", sa.Text) + sa.cast(leads.c.owner_id, sa.Text)
"""As `desk_place` has it."""


_owes = sa.exists().where(
    deadlines.c.lead_id == leads.c.id,
    deadlines.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in ANSWER_OWED]),
)


_post = (
    sa.select(
        leads.c.id,
        leads.c.owner_id,
        desks.c.chat_id,
        desks.c.thread_id,
        cards.c.message_id,
        leads.c.contact_id,
        leads.c.status,
        teammates.c.telegram_id,
        teammates.c.opened_at,
        teammates.c.away_until,
        _owes.label("owes"),
    )
    .select_from(
        leads.join(teammates, teammates.c.id == leads.c.owner_id)
        .outerjoin(desks, sa.and_(desks.c.lead_id == leads.c.id, desks.c.teammate_id == leads.c.owner_id))
        .outerjoin(cards, sa.and_(cards.c.lead_id == leads.c.id, cards.c.place == _own_place))
    )
    .where(leads.c.id == sa.bindparam("lead_id"))
)


def put_desk(tx: Tx, desk: Desk) -> None:
    place = {
        "teammate_id": desk.teammate_id,
        "chat_id": desk.chat_id,
        "thread_id": desk.thread_id,
        "introduced_at": None,
    }
    tx.execute(
        insert(tx, desks)
        .values(lead_id=desk.lead_id, **place)
        .on_conflict_do_update(index_elements=["lead_id"], set_=place)
    )


def is_introduced(tx: Tx, lead_id: int) -> bool:
    """Whether the customer has been told who answers him at this desk."""
    return tx.scalar(sa.select(desks.c.introduced_at).where(desks.c.lead_id == lead_id)) is not None


def mark_introduced(tx: Tx, lead_id: int, teammate_id: int, at: datetime) -> None:
    tx.execute(
        desks.update().where(desks.c.lead_id == lead_id, desks.c.teammate_id == teammate_id).values(introduced_at=at)
    )


def set_thread(tx: Tx, lead_id: int, thread_id: int | None) -> None:
    tx.execute(desks.update().where(desks.c.lead_id == lead_id).values(thread_id=thread_id))


def desk_of_thread(tx: Tx, chat_id: int, thread_id: int) -> Desk | None:
    """The newest desk in a topic."""
    row = tx.execute(
        sa.select(*_DESK)
        .where(desks.c.chat_id == chat_id, desks.c.thread_id == thread_id)
        .order_by(desks.c.id.desc())
        .limit(1)
    ).first()
    return Desk(**row._mapping) if row is not None else None


def desk_of_contact(tx: Tx, contact_id: int, teammate_id: int, chat_id: int) -> Desk | None:
    """Where this teammate last talked with this contact, in this chat."""
    row = tx.execute(
        sa.select(*_DESK)
        .select_from(desks.join(leads, leads.c.id == desks.c.lead_id))
        .where(leads.c.contact_id == contact_id, desks.c.teammate_id == teammate_id, desks.c.chat_id == chat_id)
        .order_by(desks.c.id.desc())
        .limit(1)
    ).first()
    return Desk(**row._mapping) if row is not None else None


def open_desks(tx: Tx, teammate_id: int, chat_id: int) -> list[Desk]:
    """The desks in this chat whose leads the teammate still owns."""
    rows = tx.execute(
        sa.select(*_DESK)
        .select_from(desks.join(leads, leads.c.id == desks.c.lead_id))
        .where(
            desks.c.chat_id == chat_id,
            desks.c.teammate_id == teammate_id,
            leads.c.owner_id == teammate_id,
            leads.c.status.in_(OPEN),
        )
        .order_by(desks.c.id)
    )
    return [Desk(**row._mapping) for row in rows]
