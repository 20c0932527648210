"""What is promised is kept once, in order, and covers what happened since."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.ports import OutboxItem
from bot.storage.outbox import (
    HELD,
    Priority,
    again,
    backlog,
    drop_lane,
    due_items,
    finish,
    forget_items,
    hold,
    next_due,
    promise,
    recent_calls,
    redirect,
    release_held,
    renew,
)
from bot.storage.store import Store, Tx
from bot.storage.tables import outbox
from bot.storage.team import find_or_add_teammate, update_teammate

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def put(tx: Tx, /, name: str, **more: Any) -> None:
    lane = more.pop("lane", name)
    settings = {"destination": "telegram:-1", "priority": Priority.REFRESH, "now": NOON, "payload": {"n": name}}
    promise(tx, more.pop("kind", "card"), lane=lane, **{**settings, **more})


async def due(store: Store, now: datetime = NOON, busy: tuple[str, ...] = ()) -> list[OutboxItem]:
    return await store.read(due_items, now, busy, 100)


async def names(store: Store, now: datetime = NOON, busy: tuple[str, ...] = ()) -> list[str]:
    return [item.payload["n"] for item in await due(store, now, busy)]


async def all_done(store: Store, now: datetime = NOON) -> list[str]:
    """What would go out, one after another."""
    gone = []
    while found := await due(store, now):
        for item in found:
            gone.append(item.payload["n"])
            await store.write(finish, item, now)
    return gone


async def test_one_item_a_destination_and_the_most_urgent_first(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "digest", priority=Priority.DIGEST)
        put(tx, "refresh")
        put(tx, "new card", priority=Priority.NEW_CARD)
        put(tx, "answer", priority=Priority.ANSWER, destination="telegram:7")

    await store.write(unit)
    assert await names(store) == ["answer", "new card"]
    assert await names(store, busy=("telegram:7",)) == ["new card"]
    assert await all_done(store) == ["answer", "new card", "refresh", "digest"]


async def test_order_within_a_lane_beats_urgency(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "first", lane="talk")
        put(tx, "second", lane="talk", priority=Priority.ANSWER)
        put(tx, "elsewhere")

    await store.write(unit)
    assert await all_done(store) == ["first", "second", "elsewhere"]


async def test_a_stuck_item_blocks_only_its_own_lane(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "stuck photo", lane="talk 1", delay=60)
        put(tx, "behind it", lane="talk 1")
        put(tx, "another talk", lane="talk 2")

    await store.write(unit)
    assert await all_done(store) == ["another talk"]
    assert await store.read(next_due) == NOON + 60 * SECOND
    assert await all_done(store, NOON + 60 * SECOND) == ["stuck photo", "behind it"]


async def test_one_pending_item_a_key_keeps_its_place_and_takes_the_greater_urgency(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "card", key="card:1", priority=Priority.NEW_CARD)
        put(tx, "other")
        put(tx, "card again", key="card:1", priority=Priority.REFRESH)
        put(tx, "other urgent", priority=Priority.NEW_CARD, now=NOON)
        put(tx, "card once more", key="card:1", priority=Priority.DIGEST)

    await store.write(unit)
    assert await all_done(store) == ["card", "other urgent", "other"]


async def test_what_is_renewed_while_under_way_goes_out_once_more(store: Store) -> None:
    await store.write(put, "card", key="card:1")
    (seen,) = await due(store)
    await store.write(put, "card", key="card:1")
    await store.write(finish, seen, NOON)
    assert await names(store) == ["card"]
    assert await all_done(store) == ["card"]
    assert await store.read(recent_calls, NOON - SECOND) == [("telegram:-1", NOON, 2)]


async def test_what_is_renewed_goes_where_it_is_wanted_now(store: Store) -> None:
    await store.write(put, "card", key="card:1", destination="telegram:-1")
    await store.write(put, "card", key="card:1", destination="telegram:-2")
    assert [item.destination for item in await due(store)] == ["telegram:-2"]


async def test_after_it_is_done_the_same_key_may_be_promised_anew(store: Store) -> None:
    for _ in range(3):
        await store.write(put, "card", key="card:1")
        assert await all_done(store) == ["card"]


async def test_an_album_waits_until_it_is_complete(store: Store) -> None:
    await store.write(put, "album", key="album", delay=1)
    await store.write(put, "second part", key="album", delay=1, now=NOON + SECOND)
    assert await names(store, NOON + SECOND) == []
    assert await names(store, NOON + 2 * SECOND) == ["album"]


async def test_renewing_touches_these_keys_alone(store: Store) -> None:
    def unit(tx: Tx) -> None:
        for key in ("card:1:sales", "card:10:sales", "card:1:desk:1"):
            put(tx, key, key=key)
        renew(tx, ["card:1:sales", "card:1:desk:1"])

    await store.write(unit)
    versions = sa.select(outbox.c.version).order_by(outbox.c.id)
    assert await store.read(lambda tx: list(tx.scalars(versions))) == [1, 0, 1]


async def test_what_is_held_is_never_due_and_wakes_nobody(store: Store) -> None:
    def unit(tx: Tx) -> None:
        find_or_add_teammate(tx, 7, "Анна", None, NOON)
        put(tx, "held", destination="telegram:7")
        hold(tx, "telegram:7")

    await store.write(unit)
    assert await names(store, NOON + timedelta(days=900)) == []
    assert await store.read(next_due) == HELD
    assert await store.read(backlog, NOON + timedelta(days=900)) == (0, 0.0)
    await store.write(release_held, "telegram:7", NOON)
    assert await names(store) == ["held"]


async def test_nothing_is_held_for_who_opened_the_bot_meanwhile(store: Store) -> None:
    """Delivery saw a closed chat; before it could write that down, the person pressed Start."""

    def unit(tx: Tx) -> None:
        put(tx, "card", destination="telegram:7")
        mate = find_or_add_teammate(tx, 7, "Анна", None, NOON)
        update_teammate(tx, mate.id, opened_at=NOON)
        release_held(tx, "telegram:7", NOON)
        hold(tx, "telegram:7")

    await store.write(unit)
    assert await names(store) == ["card"]


async def test_releasing_leaves_other_waits_alone(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "later", destination="telegram:7", delay=60)
        release_held(tx, "telegram:7", NOON)

    await store.write(unit)
    assert await names(store) == []


async def test_dropping_a_lane_also_drops_what_is_under_way(store: Store) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "relay", lane="desk", kind="relay")
        put(tx, "card", lane="desk")

    await store.write(unit)
    (head,) = await due(store)
    await store.write(drop_lane, "desk", NOON, kinds=("relay",))
    await store.write(finish, head, NOON)
    assert await names(store) == ["card"]
    kept = sa.select(outbox.c.status).where(outbox.c.kind == "relay")
    assert await store.read(lambda tx: tx.scalar(kept)) == "dropped"


async def test_a_group_that_moved_takes_its_items_along(store: Store) -> None:
    await store.write(put, "card", destination="telegram:-1")
    await store.write(redirect, "telegram:-1", "telegram:-100")
    assert [item.destination for item in await due(store)] == ["telegram:-100"]


async def test_another_call_keeps_the_item_and_its_place(store: Store) -> None:
    await store.write(put, "card", lane="desk")
    await store.write(put, "relay", lane="desk")
    (item,) = await due(store)
    await store.write(again, item, payload={"n": "topic made"}, at=NOON + SECOND)
    assert await names(store) == []
    (item,) = await due(store, NOON + SECOND)
    assert (item.payload["n"], item.attempts) == ("topic made", 1)


@pytest.mark.parametrize(("error", "left"), [(None, 0), ("blocked", 1)])
async def test_pruning_leaves_failures_for_a_person_to_see(store: Store, error: str | None, left: int) -> None:
    await store.write(put, "card")
    (item,) = await due(store)
    await store.write(finish, item, NOON, error=error)
    await store.write(forget_items, NOON + SECOND)
    assert await store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(outbox))) == left


async def test_many_promises_of_one_key_at_once_are_one_item(store: Store) -> None:
    await asyncio.gather(*(store.write(put, "card", key="card:1") for _ in range(40)))
    rows = await store.read(lambda tx: tx.execute(sa.select(outbox.c.version)).all())
    assert [row.version for row in rows] == [39]
