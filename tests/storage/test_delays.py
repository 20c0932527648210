"""The clock is set: what waits by a delay waits as long as before, what a person has named stays where it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.leads import DeadlineKind
from bot.domain.messages import Trail
from bot.ports import RawEvent
from bot.storage.deadlines import set_deadline
from bot.storage.delays import keep_delays
from bot.storage.intake import record_failure
from bot.storage.outbox import HELD, Priority, again, backlog, due_items, promise
from bot.storage.passes import add_pass
from bot.storage.store import Store, Tx
from bot.storage.tables import boards, conversations, deadlines, intake_events, memberships, outbox, passes
from tests.conftest import MONDAY_NOON as NOON
from tests.conftest import MovableClock
from tests.use_cases.house import House

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


def put(tx: Tx, /, kind: str, **more: Any) -> None:
    promise(tx, kind, lane=kind, destination=f"telegram:{kind}", priority=Priority.ANSWER, now=NOON, **more)


async def waits(store: Store, at: sa.Column[datetime], name: sa.Column[Any]) -> dict[str, timedelta]:
    """From noon on, by name."""
    rows = await store.read(lambda tx: tx.execute(sa.select(name, at).where(at.is_not(None))).all())
    return {row[0]: row[1] - NOON for row in rows}


@pytest.mark.parametrize("by", [-YEAR, -HOUR, HOUR, YEAR])
async def test_a_delay_is_as_long_as_before_and_what_was_due_is_due(store: Store, by: timedelta) -> None:
    def unit(tx: Tx) -> None:
        put(tx, "at once")
        put(tx, "soon", delay=600)
        put(tx, "stale one day", expires_at=NOON + HOUR / 2)
        put(tx, "digest", expires_at=NOON + HOUR / 2)
        put(tx, "held")
        tx.execute(outbox.update().where(outbox.c.kind == "held").values(not_before=HELD))

    await store.write(unit)
    await store.write(keep_delays, NOON, by)
    now, after = NOON + by, await waits(store, outbox.c.not_before, outbox.c.kind)
    assert after["soon"] == by + timedelta(minutes=10)
    assert after["held"] == HELD - NOON
    expire = await waits(store, outbox.c.expires_at, outbox.c.kind)
    assert expire == {"stale one day": by + HOUR / 2, "digest": HOUR / 2}
    assert {item.kind for item in await store.read(due_items, now, [], 10)} >= {"at once", "digest", "stale one day"}
    if by < timedelta():
        assert await store.read(backlog, now) == (3, 0.0), "it has waited for no hour"


async def test_set_forward_and_back_again_it_is_as_if_nothing_had_been(store: Store) -> None:
    """For a year, and a minute long: an answer that is promised in it waits no longer than any other."""
    await store.write(put, "soon", delay=600)
    await store.write(keep_delays, NOON, YEAR)
    later = NOON + YEAR + timedelta(minutes=1)
    await store.write(lambda tx: promise(tx, "a", lane="a", destination="t:a", priority=Priority.ANSWER, now=later))
    await store.write(keep_delays, later, -YEAR)
    after = await waits(store, outbox.c.not_before, outbox.c.kind)
    assert after == {"soon": timedelta(minutes=10), "a": timedelta(minutes=1)}


async def test_what_was_promised_after_the_leap_is_not_delayed_by_it(store: Store) -> None:
    """It is noticed a moment later; and the clock of another machine, that promises things too, was not set."""
    seen = NOON - timedelta(seconds=1)
    await store.write(put, "by another machine", delay=0)
    await store.write(lambda tx: tx.execute(sa.update(outbox).values(created_at=NOON, not_before=NOON)))
    await store.write(keep_delays, seen, HOUR)
    await store.write(put, "after the leap", delay=1)
    assert set((await waits(store, outbox.c.not_before, outbox.c.kind)).values()) == {timedelta(), timedelta(seconds=1)}


@pytest.mark.parametrize("by", [-HOUR, HOUR])
async def test_the_rest_that_waits(store: Store, clock: MovableClock, by: timedelta) -> None:
    house = House(store, clock)
    await house.opens()
    lead = await house.owned_lead()
    soon, since = NOON + HOUR / 4, NOON.isoformat()

    def unit(tx: Tx) -> None:
        for kind in (DeadlineKind.CLAIM, DeadlineKind.SNOOZE):
            set_deadline(tx, lead, kind, soon, since=since)
        add_pass(tx, "code", "webchat", "v", Trail(), NOON - HOUR / 4)
        record_failure(tx, RawEvent("telegram:1", "7", "lane", {}), "Error", NOON)

    await house.do(lambda tx: tx.execute(deadlines.delete()))
    await house.do(unit)
    await house.do(keep_delays, NOON, by)
    assert await waits(store, deadlines.c.due_at, deadlines.c.kind) == {"claim": by + HOUR / 4, "snooze": HOUR / 4}
    assert await waits(store, passes.c.expires_at, passes.c.channel) == {"webchat": by + HOUR / 4}
    assert await waits(store, intake_events.c.retry_at, intake_events.c.external_id) == {"7": by + timedelta(seconds=2)}
    since_of_claim = sa.select(deadlines.c.data["since"].as_string()).where(deadlines.c.kind == "claim")
    assert await house.do(lambda tx: tx.scalar(since_of_claim)) == (NOON + by).isoformat()


async def test_nothing_was_done_at_a_time_that_has_not_come_yet(store: Store, clock: MovableClock) -> None:
    """Else nobody would be greeted, no board followed by a new one, and no right asked for, until then."""
    house = House(store, clock)
    await house.opens()
    await house.writes("Иван")

    def unit(tx: Tx) -> None:
        tx.execute(boards.insert().values(place="sales", chat_id=1, message_id=1, posted_at=NOON))
        tx.execute(conversations.update().values(greeted_at=NOON))

    await house.do(unit)
    await house.do(keep_delays, NOON, -HOUR)
    for last in (boards.c.posted_at, conversations.c.greeted_at, memberships.c.checked_at):
        assert set((await waits(store, last, last)).values()) == {-HOUR}, last


async def test_what_failed_and_is_tried_again_later_is(store: Store) -> None:
    await store.write(put, "again")
    (item,) = await store.read(due_items, NOON, [], 1)
    await store.write(again, item, at=NOON + timedelta(minutes=5))
    await store.write(keep_delays, NOON, -HOUR)
    assert await waits(store, outbox.c.not_before, outbox.c.kind) == {"again": -HOUR + timedelta(minutes=5)}


async def test_what_was_reckoned_over_a_weekend_does_not_wait_for_another(store: Store, clock: MovableClock) -> None:
    """A machine that was paused on Friday evening goes on three days later; somebody waits since."""
    house = House(store, clock)
    lead = (await house.writes("Иван")).lead_id
    assert lead is not None

    def unit(tx: Tx) -> None:
        set_deadline(tx, lead, DeadlineKind.CLAIM, NOON + 60 * HOUR, since=NOON.isoformat())

    await house.do(unit)
    await house.do(keep_delays, NOON, 72 * HOUR)
    due = await house.do(lambda tx: tx.scalar(sa.select(deadlines.c.due_at).where(deadlines.c.kind == "claim")))
    assert due == NOON + 73 * HOUR
