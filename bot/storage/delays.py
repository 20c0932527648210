"""What waits by a delay goes on waiting for as long as it would have, also when somebody sets the clock."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import DeadlineKind
from bot.storage.outbox import HELD
from bot.storage.store.base import Tx
from bot.storage.tables import boards, conversations, deadlines, intake_events, memberships, outbox, passes, prompts

_CHOSEN = (DeadlineKind.SNOOZE, DeadlineKind.CALL_BACK, DeadlineKind.WARM_UP)
"""Moments that a person has named: tomorrow at ten is at ten, whatever was done to the clock meanwhile."""

_UNTIL_MIDNIGHT = ("digest", "picture")

_pending = outbox.c.status == sa.literal_column("'pending'")

_BEGINS: dict[sa.Column[Any], sa.ColumnElement[bool]] = {
    outbox.c.not_before: sa.and_(_pending, outbox.c.not_before != HELD),
    intake_events.c.retry_at: intake_events.c.status == "failed",
    deadlines.c.due_at: deadlines.c.kind.not_in(_CHOSEN),
}
"""When something is due, and which rows wait so."""

_ENDS: dict[sa.Column[Any], sa.ColumnElement[bool]] = {
    outbox.c.expires_at: sa.and_(_pending, outbox.c.kind.not_in(_UNTIL_MIDNIGHT)),
    prompts.c.expires_at: sa.true(),
    passes.c.expires_at: sa.true(),
}
"""Until when something holds."""

MOST_PUT_OFF = timedelta(hours=1)
"""A deadline reckoned over a night or a weekend has long hours in it that nobody works: those do not come again when a
machine that was paused goes on, and what was a clock that was set is put off long enough."""

_LAST_TIMES = (conversations.c.greeted_at, boards.c.posted_at, memberships.c.checked_at)
"""After which something rests for a while: none of them lies in the future."""


def keep_delays(tx: Tx, was: datetime, by: timedelta) -> int:
    """When it was so late, or soon after, the clock was set by so much: how many rows were moved with it."""
    return _set_forward(tx, was, was + by, by) if by > timedelta() else _set_back(tx, was, was + by, by)


def _set_forward(tx: Tx, was: datetime, now: datetime, by: timedelta) -> int:
    """What would be over by the leap alone. Beyond it lies what was reckoned since: a long delay gets shorter.

    An act that had no delay was promised at this very time, by a machine whose clock was not set.
    """
    had_to_wait = sa.or_(outbox.c.not_before > outbox.c.created_at, outbox.c.expires_at.is_not(None))
    moved = 0
    for at, which in (_BEGINS | _ENDS).items():
        more = had_to_wait if at.table is outbox else sa.true()
        moved += _move(tx, at, sa.and_(which, more, was < at, at <= now), by, now + MOST_PUT_OFF)
    return moved


def _set_back(tx: Tx, was: datetime, now: datetime, by: timedelta) -> int:
    """What was due is due now; and nothing was done at a time that has not come yet.

    Deadlines that were due have been met: one between the times was set since, by the clock as it is now.
    """
    for last in _LAST_TIMES:
        tx.execute(sa.update(last.table).where(last > now).values({last.name: now}))
    moved = 0
    for at in (outbox.c.not_before, intake_events.c.retry_at):
        due = sa.update(at.table).where(_BEGINS[at], now < at, at <= was)
        moved += tx.execute(due.values({at.name: now})).rowcount
    for at, which in (_BEGINS | _ENDS).items():
        moved += _move(tx, at, sa.and_(which, was < at), by, None)
    return moved


def _move(tx: Tx, at: sa.Column[Any], which: sa.ColumnElement[bool], by: timedelta, latest: datetime | None) -> int:
    """Row by row: SQLite keeps times as text, with which nothing can be reckoned."""
    (key,) = at.table.primary_key.columns
    columns = [key, at, *([deadlines.c.data] if at.table is deadlines else [])]
    rows = tx.execute(sa.select(*columns).where(which)).all()
    for row in rows:
        moment = row[1] + by
        values = {at.name: min(moment, latest) if latest is not None and at.table is deadlines else moment}
        if at.table is deadlines and "since" in row.data:
            since = datetime.fromisoformat(row.data["since"]) + by
            values["data"] = {**row.data, "since": since.isoformat()}
        tx.execute(sa.update(at.table).where(key == row[0]).values(values))
    return len(rows)
