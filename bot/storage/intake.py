"""The raw events: recorded with their effects, or as failed with the error."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from bot.domain.errors import MisreadError
from bot.ports import Act, Answer, RawEvent
from bot.storage.store import hot
from bot.storage.store.base import Tx, dumps, insert, insert_new
from bot.storage.tables import intake_events

RETRY_AFTER = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1_800, 7_200, 21_600))
"""An event that failed is tried again after these; then it is parked until a person looks."""


@dataclass(frozen=True, slots=True)
class Failure:
    id: int
    source: str
    external_id: str
    raw: Mapping[str, Any]
    status: str
    attempts: int
    received_at: datetime
    error: str


def take_event(tx: Tx, event: RawEvent, act: Act | None, now: datetime) -> Answer | None:
    """Records the event together with its effects. A redelivery changes nothing and gets the first answer again."""
    recorded = hot.first(
        tx,
        insert_new(tx.dialect.name, (intake_events.c.id,), "source", "external_id"),
        {**_columns(event), "status": "done", "received_at": now},
    )
    if recorded is None:
        return _stored_answer(tx, event)
    return _perform(tx, recorded.id, act)


def retry_event(tx: Tx, failure_id: int, act: Act | None) -> Answer | None:
    """The same for an event that had failed; one that somebody else has done meanwhile is left alone."""
    taken = tx.execute(
        intake_events.update()
        .where(intake_events.c.id == failure_id, intake_events.c.status != "done")
        .values(status="done", retry_at=None, error=None, attempts=intake_events.c.attempts + 1)
    )
    return _perform(tx, failure_id, act) if taken.rowcount else None


def record_failure(tx: Tx, event: RawEvent, error: str, now: datetime) -> None:
    tx.execute(
        insert(tx, intake_events)
        .values(
            **_columns(event), status="failed", received_at=now, error=error, attempts=1, retry_at=now + RETRY_AFTER[0]
        )
        .on_conflict_do_nothing(index_elements=["source", "external_id"])
    )


def record_retry_failure(tx: Tx, failure: Failure, error: str, now: datetime) -> None:
    parked = failure.attempts >= len(RETRY_AFTER)
    tx.execute(
        intake_events.update()
        .where(intake_events.c.id == failure.id, intake_events.c.status != "done")
        .values(
            status="parked" if parked else "failed",
            error=error,
            attempts=failure.attempts + 1,
            retry_at=None if parked else now + RETRY_AFTER[failure.attempts],
        )
    )


def due_failures(tx: Tx, now: datetime, sources: Collection[str], most: int = 50) -> list[Failure]:
    due = sa.and_(intake_events.c.status == "failed", intake_events.c.retry_at <= now)
    return _failures(tx, sa.and_(due, intake_events.c.source.in_(sources)), most)


def all_failures(tx: Tx, most: int = 1_000) -> list[Failure]:
    return _failures(tx, intake_events.c.status.in_(["failed", "parked"]), most)


def count_failures(tx: Tx) -> int:
    failed = intake_events.c.status.in_(["failed", "parked"])
    return int(tx.scalar(sa.select(sa.func.count()).where(failed)) or 0)


def retry_now(tx: Tx, now: datetime) -> int:
    """Everything that failed or was parked is due at once; how many."""
    due = (
        intake_events.update()
        .where(intake_events.c.status.in_(["failed", "parked"]))
        .values(status="failed", retry_at=now, attempts=0)
    )
    return int(tx.execute(due).rowcount)


def forget_events(tx: Tx, before: datetime, most: int = 1_000) -> int:
    """Prunes raw events that are done and old; how many went."""
    old = (
        sa.select(intake_events.c.id)
        .where(intake_events.c.status == "done", intake_events.c.received_at < before)
        .limit(most)
    )
    return int(tx.execute(intake_events.delete().where(intake_events.c.id.in_(old))).rowcount)


def _perform(tx: Tx, event_id: int, act: Act | None) -> Answer | None:
    if act is None:
        return None
    if act.unless is not None and act.unless(tx):
        raise MisreadError
    answer = act.answer(act.unit(tx, *act.args))
    if answer is not None:
        tx.execute(intake_events.update().where(intake_events.c.id == event_id).values(answer=asdict(answer)))
    return answer


def _stored_answer(tx: Tx, event: RawEvent) -> Answer | None:
    stored = tx.scalar(
        sa.select(intake_events.c.answer).where(
            intake_events.c.source == event.source, intake_events.c.external_id == event.external_id
        )
    )
    return Answer(**stored) if stored else None


def _columns(event: RawEvent) -> dict[str, str]:
    return {"source": event.source, "external_id": event.external_id, "raw": dumps(event.raw)}


def _failures(tx: Tx, condition: sa.ColumnElement[bool], most: int) -> list[Failure]:
    rows = tx.execute(sa.select(intake_events).where(condition).order_by(intake_events.c.id).limit(most))
    return [
        Failure(
            row.id,
            row.source,
            row.external_id,
            orjson.loads(row.raw),
            row.status,
            row.attempts,
            row.received_at,
            row.error,
        )
        for row in rows
    ]
