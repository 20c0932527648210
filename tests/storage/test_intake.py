"""An event is recorded with its effects, or as failed; never both, never neither, never twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.ports import Act, Answer, RawEvent
from bot.storage.intake import (
    RETRY_AFTER,
    all_failures,
    due_failures,
    forget_events,
    record_failure,
    record_retry_failure,
    retry_event,
    retry_now,
    take_event,
)
from bot.storage.store import Store, Tx
from bot.storage.tables import intake_events, marks

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)


def event(number: int = 1, **raw: Any) -> RawEvent:
    return RawEvent("telegram:1", str(number), "lane", {"update_id": number, **raw})


def leave_mark(tx: Tx, name: str) -> str:
    tx.execute(marks.insert().values(name=name, value=""))
    return name


def marking(name: str = "done") -> Act:
    return Act(leave_mark, (name,), Answer)


async def count(store: Store, table: sa.Table) -> int | None:
    return await store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(table)))


async def statuses(store: Store) -> list[tuple[str, int]]:
    statement = sa.select(intake_events.c.status, intake_events.c.attempts).order_by(intake_events.c.id)
    return await store.read(lambda tx: [(row.status, row.attempts) for row in tx.execute(statement)])


async def test_a_redelivery_does_nothing_and_gets_the_first_answer_again(store: Store) -> None:
    first = await store.write(take_event, event(), marking("first"), NOON)
    again = await store.write(take_event, event(), marking("second"), NOON)
    assert first == again == Answer("first")
    assert await count(store, marks) == 1


async def test_the_same_number_of_another_account_is_another_event(store: Store) -> None:
    other = RawEvent("telegram:2", "1", "lane", {})
    await store.write(take_event, event(), marking("one"), NOON)
    await store.write(take_event, other, marking("two"), NOON)
    assert await count(store, marks) == 2


async def test_twenty_deliveries_at_once_have_one_effect(store: Store) -> None:
    answers = await asyncio.gather(*(store.write(take_event, event(), marking(), NOON) for _ in range(20)))
    assert set(answers) == {Answer("done")}
    assert await count(store, marks) == 1


async def test_an_effect_that_fails_leaves_no_trace_of_the_event(store: Store) -> None:
    def fail(tx: Tx) -> None:
        leave_mark(tx, "half")
        raise ValueError("poison")

    with pytest.raises(ValueError, match="poison"):
        await store.write(take_event, event(), Act(fail), NOON)
    assert (await count(store, marks), await count(store, intake_events)) == (0, 0)


async def test_what_means_nothing_is_recorded_all_the_same(store: Store) -> None:
    assert await store.write(take_event, event(), None, NOON) is None
    assert await statuses(store) == [("done", 0)]


async def test_a_failed_event_is_retried_with_growing_pauses_and_parked_in_the_end(store: Store) -> None:
    await store.write(record_failure, event(text="\x00"), "ValueError", NOON)
    now = NOON
    for pause in RETRY_AFTER:
        assert await store.read(due_failures, now + pause - timedelta(milliseconds=1), ["telegram:1"]) == []
        now += pause
        (failure,) = await store.read(due_failures, now, ["telegram:1"])
        await store.write(record_retry_failure, failure, "ValueError again", now)
    assert await store.read(due_failures, now + timedelta(days=900), ["telegram:1"]) == []
    (parked,) = await store.read(all_failures)
    assert (parked.status, parked.attempts, parked.error) == ("parked", len(RETRY_AFTER) + 1, "ValueError again")
    assert parked.raw["update_id"] == 1


async def test_a_person_can_have_everything_tried_again(store: Store) -> None:
    await store.write(record_failure, event(), "ValueError", NOON)
    assert await store.write(retry_now, NOON) == 1
    (failure,) = await store.read(due_failures, NOON, ["telegram:1"])
    assert await store.write(retry_event, failure.id, marking()) == Answer("done")
    assert await statuses(store) == [("done", 1)]
    assert await store.read(all_failures) == []


async def test_two_who_retry_at_once_have_one_effect(store: Store) -> None:
    await store.write(record_failure, event(), "ValueError", NOON)
    (failure,) = await store.read(due_failures, NOON + timedelta(seconds=2), ["telegram:1"])
    answers = await asyncio.gather(*(store.write(retry_event, failure.id, marking()) for _ in range(10)))
    assert answers.count(Answer("done")) == 1
    assert await count(store, marks) == 1


async def test_a_redelivery_of_a_failed_event_waits_for_the_retry(store: Store) -> None:
    await store.write(record_failure, event(), "ValueError", NOON)
    assert await store.write(take_event, event(), marking(), NOON) is None
    assert await count(store, marks) == 0
    await store.write(record_failure, event(), "again", NOON)
    assert await statuses(store) == [("failed", 1)]


async def test_a_late_failure_does_not_undo_what_was_done(store: Store) -> None:
    await store.write(record_failure, event(), "ValueError", NOON)
    (failure,) = await store.read(due_failures, NOON + timedelta(seconds=2), ["telegram:1"])
    await store.write(retry_event, failure.id, marking())
    await store.write(record_retry_failure, failure, "too late", NOON)
    assert await statuses(store) == [("done", 2)]


async def test_pruning_takes_only_what_is_done_and_old(store: Store) -> None:
    await store.write(take_event, event(1), None, NOON)
    await store.write(take_event, event(2), None, NOON + timedelta(days=2))
    await store.write(record_failure, event(3), "ValueError", NOON)
    assert await store.write(forget_events, NOON + timedelta(days=1)) == 1
    assert await statuses(store) == [("done", 0), ("failed", 1)]
