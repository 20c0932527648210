"""The promised outward acts."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.ports import OutboxItem
from bot.storage.store import hot
from bot.storage.store.base import Tx, dumps, insert_for
from bot.storage.tables import outbox, teammates

HELD = datetime(9999, 1, 1, tzinfo=UTC)
"""`not_before` of what waits until a person opens the bot."""


_is_pending = outbox.c.status == sa.literal_column("'pending'")
"""Spelled out, not bound: only then may SQLite use the partial indexes."""


RESTS = "rests"
"""In the payload of what the other side has told to wait."""


class Priority(IntEnum):
    """Among lane heads of one destination the smaller goes first."""

    ANSWER = 0
    PERSONAL = 1
    HOT_CARD = 2
    NEW_CARD = 3
    REFRESH = 4
    DIGEST = 5


def promise(
    tx: Tx,
    kind: str,
    *,
    lane: str,
    destination: str,
    priority: Priority,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    key: str | None = None,
    delay: float = 0,
    expires_at: datetime | None = None,
) -> None:
    """Adds an item, or renews the pending one of the same `key`: its intent then covers what happened since.

    `delay` is in seconds; on a renewed item it begins anew, so that an album goes out when it is complete.
    """
    item = {
        "kind": kind,
        "key": key,
        "lane": lane,
        "destination": destination,
        "priority": int(priority),
        "payload": dict(payload or {}),
        "status": "pending",
        "created_at": now,
        "not_before": now + timedelta(seconds=delay),
        "expires_at": expires_at,
    }
    hot.change(tx, _promise(tx.dialect.name, keyed=key is not None, delayed=delay > 0), item)


@cache
def _promise(dialect: str, *, keyed: bool, delayed: bool) -> Any:
    statement = insert_for(dialect, outbox)
    if not keyed:
        return statement
    new = statement.excluded
    renewed: dict[str, Any] = {
        "version": outbox.c.version + 1,
        "destination": new.destination,
        "priority": sa.case((outbox.c.priority < new.priority, outbox.c.priority), else_=new.priority),
    }
    if delayed:
        renewed["not_before"] = new.not_before
    return statement.on_conflict_do_update(
        index_elements=["key"], index_where=sa.text("status = 'pending'"), set_=renewed
    )


_lane_heads = sa.select(sa.func.min(outbox.c.id)).where(_is_pending).group_by(outbox.c.lane)


def due_items(tx: Tx, now: datetime, busy: Collection[str], most: int) -> list[OutboxItem]:
    """The best due lane head of each destination that is not busy, most urgent first."""
    values = {"now": now, "most": most, "busy": dumps(list(busy))}
    return [OutboxItem(*row) for row in hot.rows(tx, _due_items(tx.dialect.name), values)]


_ITEM = tuple(outbox.c[name] for name in OutboxItem.__dataclass_fields__)


@cache
def _due_items(dialect: str) -> sa.Select[Any]:
    """Who is busy goes in as one value, so that the statement stays the same."""
    busy: Any = sa.bindparam("busy", type_=sa.Text)
    listed = (
        sa.func.json_each(busy) if dialect == "sqlite" else sa.func.json_array_elements_text(sa.cast(busy, sa.JSON))
    )
    order = (outbox.c.priority, outbox.c.id)
    ranked = (
        sa.select(*_ITEM, sa.func.row_number().over(partition_by=outbox.c.destination, order_by=order).label("rank"))
        .where(
            _is_pending,
            outbox.c.not_before <= sa.bindparam("now"),
            outbox.c.destination.not_in(sa.select(listed.table_valued("value").c.value)),
            outbox.c.id.in_(_lane_heads),
        )
        .subquery()
    )
    return (
        sa.select(*(ranked.c[column.key] for column in _ITEM))
        .where(ranked.c.rank == sa.literal_column("1"))
        .order_by(ranked.c.priority, ranked.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def waiting_payloads(tx: Tx, destination: str, kind: str, now: datetime, most: int = 1_000) -> list[Mapping[str, Any]]:
    """What is due of this kind and not done yet, most urgent first; mere refreshes are not meant."""
    waiting = sa.select(outbox.c.payload).where(
        _is_pending,
        outbox.c.destination == destination,
        outbox.c.kind == kind,
        outbox.c.priority <= Priority.NEW_CARD,
        outbox.c.not_before <= now,
    )
    return list(tx.scalars(waiting.order_by(outbox.c.priority, outbox.c.id).limit(most)))


def next_item(tx: Tx, destination: str, now: datetime) -> OutboxItem | None:
    """The best due lane head of one destination."""
    row = hot.first(tx, _next_item, {"destination": destination, "now": now})
    return OutboxItem(*row) if row is not None else None


_earlier = outbox.alias("earlier")
_next_item = (
    sa.select(*_ITEM)
    .where(
        _is_pending,
        outbox.c.destination == sa.bindparam("destination"),
        outbox.c.not_before <= sa.bindparam("now"),
        ~sa.exists().where(
            _earlier.c.status == sa.literal_column("'pending'"),
            _earlier.c.lane == outbox.c.lane,
            _earlier.c.id < outbox.c.id,
        ),
    )
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(sa.literal_column("1"))
)


def next_due(tx: Tx) -> datetime | None:
    """When the next lane head may go, whatever its destination does."""
    due: datetime | None = tx.scalar(sa.select(sa.func.min(outbox.c.not_before)).where(outbox.c.id.in_(_lane_heads)))
    return due


def finish(tx: Tx, item: OutboxItem, now: datetime, *, calls: int = 1, error: str | None = None) -> None:
    """Done or finally failed; renewed while under way, it stays pending and is rendered again."""
    end = {"status": "failed" if error else "done", "finished_at": now, "error": error}
    finished = hot.change(tx, _finish, {"of": item.id, "seen": item.version, "more": calls, **end})
    if finished == 0:
        tx.execute(outbox.update().where(outbox.c.id == item.id).values(calls=outbox.c.calls + calls))


_finish = (
    outbox.update()
    .where(outbox.c.id == sa.bindparam("of"), _is_pending, outbox.c.version == sa.bindparam("seen"))
    .values(
        status=sa.bindparam("status"),
        finished_at=sa.bindparam("finished_at"),
        error=sa.bindparam("error"),
        calls=outbox.c.calls + sa.bindparam("more"),
    )
)


def again(
    tx: Tx,
    item: OutboxItem,
    *,
    payload: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    rests: bool = False,
) -> None:
    """The item stays pending: one more call is needed, at once or from `at` on; until then the destination `rests`.

    One that was dropped meanwhile is only charged: what was blanked in it must not come back.
    """
    kept = dict(item.payload if payload is None else payload)
    kept.pop(RESTS, None)  # that was for the time before
    if rests:
        kept[RESTS] = True
    tx.execute(
        outbox.update().where(outbox.c.id == item.id).values(calls=outbox.c.calls + 1, attempts=outbox.c.attempts + 1)
    )
    values: dict[str, Any] = {}
    if kept != item.payload:
        values["payload"] = kept
    if at is not None:
        values["not_before"] = at
    if values:
        tx.execute(outbox.update().where(outbox.c.id == item.id, _is_pending).values(**values))


def blank_payload(tx: Tx, item: OutboxItem) -> None:
    """What it carried is not kept."""
    tx.execute(outbox.update().where(outbox.c.id == item.id).values(payload={}))


def hold(tx: Tx, destination: str) -> None:
    """What is for a teammate waits until he opens the bot; unless he has done so while we found that he had not."""
    telegram_id = int(destination.rpartition(":")[2])
    opened_at = sa.select(teammates.c.opened_at).where(teammates.c.telegram_id == telegram_id)
    if tx.scalar(opened_at.with_for_update()) is None:
        tx.execute(_pending_for(destination).values(not_before=HELD))


def renew(tx: Tx, keys: Collection[str]) -> bool:
    """What is pending under these keys will be rendered again, even what is under way. False when nothing is."""
    renewed = tx.execute(
        outbox.update().where(_is_pending, outbox.c.key.in_(keys)).values(version=outbox.c.version + 1)
    )
    return renewed.rowcount > 0


def release_held(tx: Tx, destination: str, now: datetime) -> None:
    tx.execute(_pending_for(destination).where(outbox.c.not_before == HELD).values(not_before=now))


def redirect(tx: Tx, old: str, new: str) -> None:
    tx.execute(_pending_for(old).values(destination=new))


def drop_lane(tx: Tx, lane: str, now: datetime, *, kinds: Collection[str] | None = None) -> None:
    """What was promised in this lane is no longer wanted."""
    statement = outbox.update().where(outbox.c.lane == lane, _is_pending)
    if kinds is not None:
        statement = statement.where(outbox.c.kind.in_(list(kinds)))
    tx.execute(statement.values(status="dropped", finished_at=now, version=outbox.c.version + 1))


def drop_keys(tx: Tx, keys: Collection[str], now: datetime) -> None:
    """What is pending under these keys is done by something else."""
    unwanted = outbox.update().where(_is_pending, outbox.c.key.in_(list(keys)))
    tx.execute(unwanted.values(status="dropped", finished_at=now, version=outbox.c.version + 1))


def drop_kinds(tx: Tx, destination: str, kinds: Collection[str], now: datetime) -> None:
    unwanted = _pending_for(destination).where(outbox.c.kind.in_(list(kinds)))
    tx.execute(unwanted.values(status="dropped", finished_at=now, version=outbox.c.version + 1))


def drop_answers(tx: Tx, lane: str, message_ids: Collection[int], now: datetime) -> None:
    """These messages, and the albums they are parts of, go to the customer no more."""
    waiting = sa.select(outbox.c.id, outbox.c.payload).where(
        outbox.c.lane == lane, _is_pending, outbox.c.kind.in_(["answer", "answer_edit"])
    )
    unwanted = [row.id for row in tx.execute(waiting) if row.payload.get("message") in message_ids]
    tx.execute(
        outbox.update()
        .where(outbox.c.id.in_(unwanted), _is_pending)
        .values(status="dropped", finished_at=now, version=outbox.c.version + 1)
    )


def recent_calls(tx: Tx, since: datetime) -> list[tuple[str, datetime, int]]:
    """`(destination, finished at, calls)` of what went out lately: a restart must not forget the budgets used."""
    rows = tx.execute(
        sa.select(outbox.c.destination, outbox.c.finished_at, outbox.c.calls)
        .where(outbox.c.finished_at >= since, outbox.c.calls > 0)
        .order_by(outbox.c.finished_at)
    )
    return [(row.destination, row.finished_at, row.calls) for row in rows]


def rests(tx: Tx, now: datetime) -> list[tuple[str, datetime]]:
    """`(destination, until)` of what was told to wait: a restart must not forget that either."""
    resting = sa.select(outbox.c.destination, outbox.c.not_before).where(
        _is_pending,
        outbox.c.not_before > now,
        outbox.c.not_before != HELD,  # he blocked the bot meanwhile
        outbox.c.payload[RESTS].as_boolean(),
    )
    return [(row.destination, row.not_before) for row in tx.execute(resting)]


def forget_items(tx: Tx, before: datetime, most: int = 1_000) -> int:
    """Prunes items that are done and old; how many went. Failed ones stay for a person to see."""
    old = (
        sa.select(outbox.c.id)
        .where(outbox.c.status.in_(["done", "dropped"]), outbox.c.finished_at < before)
        .limit(most)
    )
    return int(tx.execute(outbox.delete().where(outbox.c.id.in_(old))).rowcount)


def backlog(tx: Tx, now: datetime) -> tuple[int, float]:
    """How many lanes have an item due, and how long the oldest has waited, in seconds. A held lane is no backlog."""
    count, oldest = tx.execute(
        sa.select(sa.func.count(), sa.func.min(outbox.c.not_before)).where(
            outbox.c.id.in_(_lane_heads), outbox.c.not_before <= now
        )
    ).one()
    return int(count), (now - oldest).total_seconds() if oldest else 0.0


def oldest_due(tx: Tx, now: datetime) -> OutboxItem | None:
    """What has waited longest."""
    heads = sa.select(outbox).where(outbox.c.id.in_(_lane_heads), outbox.c.not_before <= now)
    row = tx.execute(heads.order_by(outbox.c.not_before, outbox.c.id).limit(1)).mappings().first()
    return _item(row) if row is not None else None


def _pending_for(destination: str) -> sa.Update:
    return outbox.update().where(outbox.c.destination == destination, _is_pending)


def _item(row: sa.RowMapping) -> OutboxItem:
    return OutboxItem(**{field: row[field] for field in OutboxItem.__dataclass_fields__})
