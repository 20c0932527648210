"""What goes out: in which order, how often, and what stops what."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.ports import Budget, Later, OutboxItem, Outcome, Settled, Unreachable, Wider
from bot.runtime import delivery as delivery_module
from bot.runtime import outages
from bot.runtime.delivery import Delivery
from bot.storage.outbox import Priority, again, due_items, hold
from bot.storage.store import Store
from bot.storage.tables import outbox
from tests.conftest import MovableClock
from tests.runtime.porter import Porter, delivering, put, until


@pytest.fixture
def porter(store: Store, clock: MovableClock) -> Porter:
    return Porter(store, clock)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outages and naps of milliseconds."""
    monkeypatch.setattr(outages, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(outages, "LONGEST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(outages, "WAIT_FOR_PROBE_SECONDS", 0.02)
    monkeypatch.setattr(delivery_module, "LONGEST_NAP_SECONDS", 0.02)
    monkeypatch.setattr(delivery_module, "STORE_PAUSE_SECONDS", 0.02)


async def statuses(store: Store) -> dict[str, str]:
    rows = await store.read(lambda tx: tx.execute(sa.select(outbox.c.kind, outbox.c.status)).all())
    return {row.kind: row.status for row in rows}


async def test_one_is_in_flight_a_destination_and_destinations_go_side_by_side(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    for to in "ab":
        porter.close(to)
        for number in range(3):
            await put(store, clock, f"{to}{number}", to)
    async with delivering(store, porter, clock):
        await until(lambda: len(porter.began) == 2)
        porter.open("b")
        await until(lambda: len(porter.done) == 3)
        assert set(porter.done) == {"b0", "b1", "b2"} and porter.most_in_flight == 2
        porter.open("a")
        await until(lambda: len(porter.done) == 6)


async def test_a_lane_keeps_its_order_and_among_heads_the_most_urgent_goes_first(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    await put(store, clock, "digest", priority=Priority.DIGEST)
    await put(store, clock, "card", lane="card", priority=Priority.NEW_CARD)
    await put(store, clock, "behind the card", lane="card", priority=Priority.ANSWER)
    await put(store, clock, "refresh", priority=Priority.REFRESH)
    await put(store, clock, "answer", priority=Priority.ANSWER)
    async with delivering(store, porter, clock):
        await until(lambda: len(porter.done) == 5)
    assert porter.done == ["answer", "card", "behind the card", "refresh", "digest"]


async def test_a_stuck_item_blocks_only_its_own_lane(store: Store, clock: MovableClock, porter: Porter) -> None:
    await put(store, clock, "photo", lane="one", delay=3_600)
    await put(store, clock, "behind the photo", lane="one")
    await put(store, clock, "other", lane="two")
    async with delivering(store, porter, clock):
        await until(lambda: porter.done == ["other"])
        clock.advance(hours=1)
        await until(lambda: porter.done == ["other", "photo", "behind the photo"])


async def test_what_is_renewed_while_under_way_is_sent_again(store: Store, clock: MovableClock, porter: Porter) -> None:
    porter.close("a")
    await put(store, clock, "card", key="card:1")
    async with delivering(store, porter, clock):
        await until(lambda: porter.began == ["card"])
        for _ in range(5):
            await put(store, clock, "card", key="card:1")
        porter.open("a")
        await until(lambda: len(porter.done) == 2)
    assert await statuses(store) == {"card": "done"} and porter.began == ["card", "card"]


async def test_later_pauses_that_destination_alone_whatever_the_budgets(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    told = iter([Later(10_072)])
    porter.decide = lambda item: next(told, None) if item.destination == "post:a" else None
    await put(store, clock, "flooded", "a")
    await put(store, clock, "another to the flooded", "a")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.resting)
        await put(store, clock, "elsewhere", "b")
        await until(lambda: porter.done == ["elsewhere"])
        assert porter.began == ["flooded", "elsewhere"] and delivery.reachable()
        assert delivery.resting["post:a"] == pytest.approx(10_072)
        clock.advance(seconds=10_072)
        await until(lambda: len(porter.done) == 3)


async def test_a_restart_remembers_who_was_told_to_wait(store: Store, clock: MovableClock, porter: Porter) -> None:
    told = iter([Later(3_600)])
    porter.decide = lambda _item: next(told, None)
    await put(store, clock, "flooded")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.resting)
    await put(store, clock, "another")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.resting)
        clock.advance(seconds=30)
        await until(lambda: delivery.held_up)
        assert delivery.held_up == {
            "kind": "another",
            "to": "post",
            "since": (clock.now() - timedelta(seconds=30)).isoformat(),
            "by": "told to wait",
        }
        assert porter.began == ["flooded"]
        clock.advance(seconds=3_600)
        await until(lambda: len(porter.done) == 2)


@pytest.mark.parametrize("then", ["held", "tried again"])
async def test_nobody_rests_for_what_came_after_the_wait(
    store: Store, clock: MovableClock, porter: Porter, then: str
) -> None:
    """A teammate blocks the bot after his chat was told to wait, or something else of his must be tried again later."""
    told = iter([Later(3)])
    porter.decide = lambda _item: next(told, None)
    await put(store, clock, "flooded", "7")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.resting)
    clock.advance(seconds=4)
    if then == "held":
        await store.write(hold, "post:7")
    else:
        (item,) = await store.read(due_items, clock.now(), (), 1)
        await store.write(again, item, at=clock.now() + timedelta(hours=1))
    await put(store, clock, "another", "7")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: porter.done == ["another"])


async def test_it_says_that_the_other_side_is_slow(store: Store, clock: MovableClock, porter: Porter) -> None:
    async with delivering(store, porter, clock) as delivery:
        delivery.call_seconds = 4.0
        porter.close("a")
        await put(store, clock, "crawls")
        await until(lambda: porter.began)
        clock.advance(seconds=30)
        await until(lambda: delivery.held_up)
        assert (delivery.held_up or {})["by"] == "slow"
        porter.open("a")
        await until(lambda: delivery.call_seconds < 4.0)  # a quick call brings it down


async def test_budgets_hold_over_a_restart(store: Store, clock: MovableClock, porter: Porter) -> None:
    porter.allowed = {"post:a": Budget("post:a", 3, 60.0)}
    async with delivering(store, porter, clock):
        for number in range(5):
            await put(store, clock, f"n{number}")
        await until(lambda: len(porter.done) == 3)
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.waiting == 2)
        assert len(porter.done) == 3
        clock.advance(seconds=61)
        await until(lambda: len(porter.done) == 5)


@pytest.mark.parametrize("hours", [-24 * 365, -1, 1, 24 * 365])
async def test_neither_budgets_nor_rests_go_by_a_clock_that_is_set(
    store: Store, clock: MovableClock, porter: Porter, hours: int
) -> None:
    porter.allowed = {"post:a": Budget("post:a", 3, 60.0)}
    porter.decide = lambda item: Later(600) if item.kind == "too much" else None
    async with delivering(store, porter, clock) as delivery:
        for number in range(4):
            await put(store, clock, f"n{number}")
        await put(store, clock, "too much", "b")
        await until(lambda: len(porter.done) == 3 and delivery.resting)
        clock.jump(hours=hours)
        await delivery._start_what_may_go()
        assert porter.began.count("too much") == 1 and delivery.resting == {"post:b": 600.0}
        clock.jump(hours=-hours)
        clock.advance(seconds=59)
        await delivery._start_what_may_go()
        assert len(porter.done) == 3
        clock.advance(seconds=2)
        await until(lambda: len(porter.done) == 4)


async def test_set_back_while_it_was_down_the_clock_silences_for_one_window(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    porter.allowed = {"post:a": Budget("post:a", 3, 60.0)}
    async with delivering(store, porter, clock):
        for number in range(3):
            await put(store, clock, f"n{number}")
        await until(lambda: len(porter.done) == 3)
    clock.jump(hours=-1)
    async with delivering(store, porter, clock) as delivery:
        await put(store, clock, "n3")
        await until(lambda: delivery._crowded)
        clock.advance(seconds=61)
        await until(lambda: len(porter.done) == 4)


async def test_what_a_kill_may_have_cut_off_counts_too(store: Store, clock: MovableClock, porter: Porter) -> None:
    porter.allowed = {"post:a": Budget("post:a", 1, 3.0)}
    await put(store, clock, "in flight when the process was killed")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.waiting == 1)
        assert porter.began == []
        clock.advance(seconds=3)
        await until(lambda: len(porter.done) == 1)


async def test_an_album_waits_until_all_its_parts_fit(store: Store, clock: MovableClock, porter: Porter) -> None:
    porter.allowed = {"post:a": Budget("post:a", 4, 60.0)}

    def wide(item: OutboxItem) -> Outcome | None:
        return None if item.kind != "album" else Settled(3) if porter.rooms[-1] >= 3 else Wider(3)

    porter.decide = wide
    async with delivering(store, porter, clock):
        for number in range(3):
            await put(store, clock, f"n{number}")
        await until(lambda: len(porter.done) == 3)
        await put(store, clock, "album")
        await until(lambda: "album" in porter.began)
        clock.advance(seconds=59)
        await put(store, clock, "elsewhere", "b")
        await until(lambda: "elsewhere" in porter.done)
        assert "album" not in porter.done
        clock.advance(seconds=1)
        await until(lambda: "album" in porter.done)
    assert porter.rooms[-1] == 3


@pytest.mark.usefixtures("quick")
async def test_in_an_outage_one_probe_goes_at_a_time_and_all_is_sent_when_it_is_over(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    away = True
    porter.decide = lambda _item: Unreachable("cut") if away else None
    for number in range(10):
        await put(store, clock, f"n{number}", f"to{number}")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: len(porter.began) >= 10)
        assert not delivery.reachable()
        porter.most_in_flight = 0
        tried = len(porter.began)
        await until(lambda: len(porter.began) >= tried + 10)
        assert porter.most_in_flight == 1
        assert len(set(porter.began[-10:])) >= 8  # each time the one that was tried least
        away = False
        await until(lambda: clock.advance(seconds=1) and len(porter.done) == 10)
        assert delivery.reachable()
    assert sorted(porter.done) == sorted(f"n{number}" for number in range(10))


def test_many_calls_cut_at_once_are_one_failure() -> None:
    outage = outages.Outage()
    begun = [outage.begin(item) for item in range(30)]
    for item, seen in enumerate(begun):
        outage.failed(item, seen)
    assert outage.wait(99) <= outages.FIRST_PAUSE_SECONDS


def test_an_outage_is_looked_into_more_and_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    outage, waits = outages.Outage(), []
    for _ in range(12):
        outage.failed(1, outage.begin(1))
        waits.append(outage.wait(1))
        assert outage.wait(2) <= 5.0
        now += waits[-1]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0] and waits[-1] == 60.0


@pytest.mark.usefixtures("quick")
async def test_one_item_that_the_other_side_chokes_on_stops_no_other(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    porter.decide = lambda item: Unreachable("502") if item.kind == "poison" else None
    await put(store, clock, "poison", "a")
    async with delivering(store, porter, clock) as delivery:
        for number in range(20):
            await put(store, clock, f"same place {number}", "a", priority=Priority.DIGEST)
            await put(store, clock, f"elsewhere {number}", "b")
            await until(lambda n=number: {f"same place {n}", f"elsewhere {n}"} <= set(porter.done))  # type: ignore[misc]
        await until(delivery.reachable)
    assert (await statuses(store))["poison"] == "pending"
    assert porter.began.count("poison") < 15


@pytest.mark.usefixtures("quick")
async def test_a_carrier_that_raises_is_tried_again(store: Store, clock: MovableClock, porter: Porter) -> None:
    told: list[Exception | None] = [RuntimeError("a mistake"), None]
    porter.decide = lambda _item: told.pop(0)
    await put(store, clock, "n")
    async with delivering(store, porter, clock):
        await until(lambda: porter.done == ["n"])


@pytest.mark.usefixtures("quick")
async def test_a_store_that_is_away_is_waited_for(
    store: Store, clock: MovableClock, porter: Porter, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failures = store.read, 0

    async def failing(*args: Any, **kwargs: Any) -> Any:
        nonlocal failures
        failures += 1
        if failures < 5:
            raise ConnectionRefusedError
        return await read(*args, **kwargs)

    monkeypatch.setattr(store, "read", failing)
    await put(store, clock, "n")
    async with delivering(store, porter, clock):
        await until(lambda: porter.done == ["n"])


async def test_stop_finishes_what_is_under_way_and_begins_nothing(
    store: Store, clock: MovableClock, porter: Porter
) -> None:
    porter.close("a")
    await put(store, clock, "under way", "a")
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: porter.began == ["under way"])
        delivery.stop()
        await put(store, clock, "too late", "b")
        porter.open("a")
    assert porter.done == porter.began == ["under way"]
    assert await statuses(store) == {"under way": "done", "too late": "pending"}


async def test_broken_off_it_leaves_no_task_behind(store: Store, clock: MovableClock, porter: Porter) -> None:
    before = asyncio.all_tasks()
    porter.close("a")
    await put(store, clock, "hangs", "a")
    task = asyncio.create_task(Delivery(store, [porter], clock).run())
    await until(lambda: porter.began == ["hangs"])
    task.cancel()
    await until(lambda: asyncio.all_tasks() - before == set())
    assert await statuses(store) == {"hangs": "pending"}


async def test_who_does_not_lead_begins_nothing(store: Store, clock: MovableClock, porter: Porter) -> None:
    leads = False
    delivery = Delivery(store, [porter], clock, lambda: leads)
    task = asyncio.create_task(delivery.run())
    await put(store, clock, "n")
    await until(lambda: not store.committed.is_set())  # it has looked
    assert porter.began == []
    leads = True
    await until(lambda: porter.done == ["n"])
    delivery.stop()
    await task


async def test_figures_for_who_watches(store: Store, clock: MovableClock, porter: Porter) -> None:
    porter.close("a")
    await put(store, clock, "n")
    clock.advance(seconds=90)
    async with delivering(store, porter, clock) as delivery:
        await until(lambda: delivery.lag_seconds == pytest.approx(90))
        assert delivery.waiting == 1
        porter.open("a")


async def test_an_idle_delivery_costs_nothing(store: Store, clock: MovableClock, porter: Porter) -> None:
    """With something in every state in which it may wait: in the future, resting, out of budget, in flight."""
    porter.allowed = {"post:b": Budget("post:b", 1, 3_600.0)}
    porter.decide = lambda item: Later(3_600) if item.destination == "post:a" else None
    await put(store, clock, "flooded", "a")
    await put(store, clock, "in the future", "c", delay=3_600)
    porter.close("d")
    await put(store, clock, "in flight", "d")
    await put(store, clock, "behind it", "d")
    async with delivering(store, porter, clock) as delivery:
        await put(store, clock, "uses the budget up", "b")
        await until(lambda: delivery.resting)
        await put(store, clock, "out of budget", "b")
        spent, began = time.process_time(), time.monotonic()
        await asyncio.sleep(2)  # what is measured is what happens when nothing happens
        share = (time.process_time() - spent) / (time.monotonic() - began)
        porter.open("d")
    assert share < 0.05
