"""The clock is set under our feet, or while we were down."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.leads import LossReason
from bot.storage.marks import read_mark
from bot.storage.outbox import Priority, promise
from bot.storage.store import Store, Tx
from bot.storage.tables import contacts, messages, outbox
from bot.use_cases.close_lead import lose_lead
from scheduler.pruning import PruningJob
from scheduler.retention import RetentionJob
from scheduler.timekeeper import BELIEVED_AFTER, MARK, Timekeeper
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, House

YEAR = 365.0


@pytest.fixture
async def keeper(store: Store, clock: MovableClock) -> Timekeeper:
    return await started(store, clock)


async def started(store: Store, clock: MovableClock) -> Timekeeper:
    keeper = Timekeeper(store, clock)
    await keeper.begin()
    return keeper


async def put(store: Store, clock: MovableClock, delay: float) -> None:
    def unit(tx: Tx) -> None:
        promise(tx, "a", lane="a", destination="t:a", priority=Priority.ANSWER, now=clock.now(), delay=delay)

    await store.write(unit)


async def left(store: Store, clock: MovableClock) -> float:
    """Seconds until the one item that waits is due."""
    due = await store.read(lambda tx: tx.execute(sa.select(outbox.c.not_before)).scalar_one())
    return float((due - clock.now()).total_seconds())


@pytest.mark.parametrize("hours", [-1.0, 1.0, -24.0 * YEAR, 24.0 * YEAR])
async def test_set_while_we_run_delays_are_kept(
    store: Store, clock: MovableClock, keeper: Timekeeper, hours: float
) -> None:
    await put(store, clock, 600)
    clock.advance(seconds=100)
    await keeper.look()
    clock.jump(hours=hours)
    await keeper.look()
    clock.advance(seconds=1)
    await keeper.look()
    assert await left(store, clock) == 499
    assert keeper.figures()["set_by_seconds"] == hours * 3_600
    clock.advance(seconds=99)
    await keeper.look()
    assert await left(store, clock) == 400, "it was done once"


async def test_set_back_while_we_were_down(store: Store, clock: MovableClock, keeper: Timekeeper) -> None:
    """More than how far it went back behind what was last seen cannot be known."""
    await put(store, clock, 600)
    clock.advance(seconds=70)
    await keeper.look()
    clock.jump(hours=-1)
    await started(store, clock)
    assert await left(store, clock) == 530
    await started(store, clock)
    assert await left(store, clock) == 530


async def test_time_that_passes_and_a_clock_that_is_kept_right_move_nothing(
    store: Store, clock: MovableClock, keeper: Timekeeper
) -> None:
    await put(store, clock, 600)
    for seconds in (1, 200, 100):
        clock.advance(seconds=seconds)
        await keeper.look()
        clock.jump(seconds=2)
        await keeper.look()
    assert await left(store, clock) == 293
    clock.advance(seconds=1_000)  # we were down
    assert (await started(store, clock)).figures() == {"doubted_seconds": 1_002}
    assert await left(store, clock) == -707


async def test_it_is_remembered_once_a_minute(store: Store, clock: MovableClock, keeper: Timekeeper) -> None:
    words = set()
    for _ in range(9):
        clock.advance(seconds=20)
        await keeper.look()
        words.add(await store.read(read_mark, MARK))
    assert len(words) == 4, "the first one and one a minute"


# What is gone is gone ------------------------------------------------------------------------------------------------


async def full_house(store: Store, clock: MovableClock) -> House:
    """A lead that is lost, with everything that piles up around it; and a failure that is tried again."""
    house = House(store, clock)
    await house.opens()
    lead = await house.owned_lead("Иван")
    await house.do(lose_lead, lead, LossReason.PRICE, ANNA, house.policy, house.now)
    await house.forgets_promises()
    return house


KEPT = {
    "messages": sa.select(sa.func.count()).select_from(messages),
    "acts": sa.select(sa.func.count()).select_from(outbox).where(outbox.c.status == "dropped"),
    "people": sa.select(sa.func.count()).select_from(contacts).where(contacts.c.forgotten_at.is_(None)),
}


async def forget(house: House, keeper: Timekeeper) -> dict[str, int]:
    """What is left when everything that is old was forgotten."""
    await keeper.look()
    await PruningJob(house.store, keeper.believed).run()
    await RetentionJob(house.store, house.clock, keeper.believed, 30).run()
    return {name: int(await house.do(Tx.scalar, counted) or 0) for name, counted in KEPT.items()}


async def test_a_clock_that_is_a_year_ahead_for_a_while_deletes_nothing(
    store: Store, clock: MovableClock, keeper: Timekeeper
) -> None:
    house = await full_house(store, clock)
    before = await forget(house, keeper)
    clock.jump(days=YEAR)
    for _ in range(4):
        clock.advance(hours=5)
        assert await forget(house, keeper) == before
    clock.jump(days=-YEAR)
    assert await forget(house, keeper) == before
    clock.advance(seconds=1)
    assert await forget(house, keeper) == before and keeper.believed() == clock.now()


async def test_a_restart_believes_it_no_sooner(store: Store, clock: MovableClock, keeper: Timekeeper) -> None:
    house = await full_house(store, clock)
    before = await forget(house, keeper)
    clock.jump(days=YEAR)
    for _ in range(4):
        keeper = await started(store, clock)
        clock.advance(hours=5)
        assert await forget(house, keeper) == before


async def test_after_a_day_it_is_believed_and_time_that_passes_is_at_once(
    store: Store, clock: MovableClock, keeper: Timekeeper
) -> None:
    house = await full_house(store, clock)
    before = await forget(house, keeper)
    clock.jump(days=20)
    await forget(house, keeper)
    clock.advance(seconds=BELIEVED_AFTER.total_seconds())
    after = await forget(house, keeper)
    assert after["acts"] < before["acts"] and after["people"] == before["people"]
    clock.advance(days=10)
    assert (await forget(house, keeper))["people"] == before["people"] - 1


async def test_each_leap_is_doubted_for_a_day(store: Store, clock: MovableClock, keeper: Timekeeper) -> None:
    """Also one that comes when an earlier one, or the pause of a restart, was doubted for almost so long."""
    clock.advance(minutes=5)
    keeper = await started(store, clock)
    clock.advance(seconds=(BELIEVED_AFTER - timedelta(minutes=2)).total_seconds())
    await keeper.look()
    right = clock.now()
    clock.jump(days=YEAR)
    await keeper.look()
    clock.advance(minutes=3)
    await keeper.look()
    assert keeper.believed() <= right + timedelta(minutes=3)


async def test_set_back_we_go_back_with_it(store: Store, clock: MovableClock, keeper: Timekeeper) -> None:
    clock.jump(days=-YEAR)
    await keeper.look()
    clock.advance(seconds=1)
    await keeper.look()
    assert keeper.believed() == clock.now() and "doubted_seconds" not in keeper.figures()
    clock.jump(days=YEAR)
    await keeper.look()
    assert keeper.believed() == clock.now() - timedelta(days=YEAR)
