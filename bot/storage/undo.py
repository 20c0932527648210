"""What the last act on a lead was and how the lead stood before it, for as long as it can be taken back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import DeadlineKind, LeadEvent, Status
from bot.storage.deadlines import get_deadline, set_deadline
from bot.storage.leads import Lead, last_event_id
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events

UNDO_LIFE = timedelta(seconds=30)

_TIMES = ("offered_at", "shown_at", "claimed_at", "closed_at", "snoozed_until")
_RESTORED = (
    *("owner_id", "former_owner_id", "amount", "currency", "product", "reject_reason", "loss_reason", "verdict_note"),
    *_TIMES,
)
_NO_ACTS = (
    *(LeadEvent.SHOWN, LeadEvent.SCORED, LeadEvent.MESSAGE_FAILED, LeadEvent.LATE_WORD, LeadEvent.AMOUNT_SET),
    *(LeadEvent.REMINDED, LeadEvent.PROMISED, LeadEvent.CONTACT_REVEALED),
    *(LeadEvent.JOINED, LeadEvent.PARTED),
)
"""What may be logged after an act without anybody having acted."""


@dataclass(frozen=True, slots=True)
class Undo:
    what: str
    """`claimed`, `released`, `won`, `lost`, `rejected`, `transferred`, or `agreed`, which is about feedback."""
    event_id: int
    """The event of the act; of `agreed`, the last one before it."""
    by: int
    status: Status
    values: Mapping[str, Any]
    """How the lead's columns stood before."""


def keep_undo(tx: Tx, before: Lead, what: str, by: int, now: datetime) -> None:
    """The act just done and logged can be taken back for a while; an earlier one no more."""
    kind = None if what == "agreed" else LeadEvent(what)
    values = {name: value for name, value in asdict(before).items() if name in _RESTORED}
    for name in _TIMES:
        values[name] = values[name].isoformat() if values[name] else None
    event_id = last_event_id(tx, before.id, kind)
    data = {"what": what, "event": event_id, "by": by, "status": before.status, "values": values}
    set_deadline(tx, before.id, DeadlineKind.UNDO, now + UNDO_LIFE, **data)


def get_undo(tx: Tx, lead_id: int, now: datetime) -> Undo | None:
    """The act that can still be taken back: its time has not passed, and nobody has acted since."""
    kept = get_deadline(tx, lead_id, DeadlineKind.UNDO)
    if kept is None or kept.due_at <= now:
        return None
    data = kept.data
    is_act = sa.and_(
        lead_events.c.kind.not_in(_NO_ACTS),
        sa.or_(lead_events.c.kind != LeadEvent.ANSWERED, lead_events.c.to_status.is_not(None)),
    )
    later = sa.select(lead_events.c.id).where(
        lead_events.c.lead_id == lead_id, lead_events.c.id > data["event"], is_act
    )
    if tx.execute(later.limit(1)).first() is not None:
        return None
    values = {**data["values"]}
    for name in _TIMES:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return Undo(data["what"], data["event"], data["by"], Status(data["status"]), values)
