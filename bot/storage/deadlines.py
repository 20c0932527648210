"""What is due and when: one deadline of a kind a lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import DeadlineKind
from bot.storage.store import hot
from bot.storage.store.base import Tx, insert, rows_by
from bot.storage.tables import deadlines


@dataclass(frozen=True, slots=True)
class Deadline:
    id: int
    lead_id: int
    kind: DeadlineKind
    due_at: datetime
    data: Mapping[str, Any]


_COLUMNS = tuple(deadlines.c[name] for name in Deadline.__dataclass_fields__)


def set_deadline(tx: Tx, lead_id: int, kind: DeadlineKind, due_at: datetime, **data: Any) -> None:
    """In place of the one of this kind that the lead may have."""
    tx.execute(
        insert(tx, deadlines)
        .values(lead_id=lead_id, kind=kind, due_at=due_at, data=data)
        .on_conflict_do_update(index_elements=["lead_id", "kind"], set_={"due_at": due_at, "data": data})
    )


def get_deadline(tx: Tx, lead_id: int, kind: DeadlineKind) -> Deadline | None:
    return _one(tx, deadlines.c.lead_id == lead_id, deadlines.c.kind == kind)


def deadlines_of(tx: Tx, lead_id: int) -> frozenset[DeadlineKind]:
    """What is due for this lead one day."""
    rows = hot.rows(tx, rows_by((deadlines.c.kind,), "lead_id"), {"lead_id": lead_id})
    return frozenset(DeadlineKind(row.kind) for row in rows)


def clear_deadlines(tx: Tx, lead_id: int, *kinds: DeadlineKind) -> None:
    """Without kinds, all that the lead has."""
    of_lead = deadlines.delete().where(deadlines.c.lead_id == lead_id)
    tx.execute(of_lead.where(deadlines.c.kind.in_(kinds)) if kinds else of_lead)


def due_deadlines(tx: Tx, now: datetime, most: int = 100) -> list[int]:
    """Ids, the longest due first."""
    due = sa.select(deadlines.c.id).where(deadlines.c.due_at <= now).order_by(deadlines.c.due_at).limit(most)
    return list(tx.scalars(due))


def lead_of_deadline(tx: Tx, deadline_id: int) -> int | None:
    return tx.scalar(sa.select(deadlines.c.lead_id).where(deadlines.c.id == deadline_id))


def take_deadline(tx: Tx, deadline_id: int, now: datetime) -> Deadline | None:
    """Takes it out of the table; None when it was moved or met meanwhile."""
    taken = deadlines.delete().where(deadlines.c.id == deadline_id, deadlines.c.due_at <= now).returning(*_COLUMNS)
    return _deadline(tx.execute(taken).first())


def postpone_deadline(tx: Tx, deadline_id: int, until: datetime) -> None:
    tx.execute(deadlines.update().where(deadlines.c.id == deadline_id).values(due_at=until))


def _one(tx: Tx, *conditions: sa.ColumnElement[bool]) -> Deadline | None:
    return _deadline(tx.execute(sa.select(*_COLUMNS).where(*conditions)).first())


def _deadline(row: sa.Row[Any] | None) -> Deadline | None:
    return Deadline(**{**row._mapping, "kind": DeadlineKind(row.kind)}) if row is not None else None
