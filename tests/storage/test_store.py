"""The store's two ways to run a unit of work, under one set of tests."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.store import Store, Tx
from bot.storage.store.base import insert
from bot.storage.tables import contacts, marks

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def add_contact(tx: Tx, name: str) -> int:
    return int(tx.execute(contacts.insert().values(name=name, created_at=NOW).returning(contacts.c.id)).scalar_one())


def names(tx: Tx) -> list[str]:
    return list(tx.scalars(sa.select(contacts.c.name).order_by(contacts.c.id)))


async def test_what_is_written_can_be_read(store: Store) -> None:
    await store.write(add_contact, "Иван")
    assert await store.read(names) == ["Иван"]


async def test_times_come_back_aware_and_utc(store: Store) -> None:
    await store.write(add_contact, "Иван")
    assert await store.read(lambda tx: tx.scalar(sa.select(contacts.c.created_at))) == NOW


async def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        await store.write(
            lambda tx: tx.execute(contacts.insert().values(name="x", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        )


async def test_a_failing_unit_leaves_nothing_and_its_neighbours_stay(store: Store) -> None:
    def fail(tx: Tx) -> None:
        add_contact(tx, "никто")
        raise ValueError("no")

    results = await asyncio.gather(
        *(store.write(add_contact, f"№{n}") for n in range(5)),
        store.write(fail),
        *(store.write(add_contact, f"№{n}") for n in range(5, 10)),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(ValueError) == 1
    assert sorted(await store.read(names)) == [f"№{n}" for n in range(10)]


async def test_a_broken_statement_fails_alone(store: Store) -> None:
    def break_it(tx: Tx) -> Any:
        return tx.execute(sa.text("SELECT nothing FROM nowhere"))

    results: tuple[Any, ...] = await asyncio.gather(
        store.write(add_contact, "до"), store.write(break_it), store.write(add_contact, "после"), return_exceptions=True
    )
    assert [type(result) for result in results][::2] == [int, int]
    assert isinstance(results[1], sa.exc.DBAPIError)


async def test_of_a_hundred_at_once_one_wins(store: Store) -> None:
    await store.write(lambda tx: tx.execute(marks.insert().values(name="owner", value="")))

    def claim(tx: Tx, who: int) -> bool:
        taken = tx.execute(marks.update().where(marks.c.name == "owner", marks.c.value == "").values(value=str(who)))
        return taken.rowcount == 1

    won = await asyncio.gather(*(store.write_first(claim, who) for who in range(100)))
    assert sum(won) == 1


async def test_a_lost_race_for_a_unique_value_is_run_again(store: Store) -> None:
    """Read, then insert what was missing: the loser is rerun and finds the winner's row."""

    def find_or_add(tx: Tx) -> str:
        found = tx.scalar(sa.select(marks.c.value).where(marks.c.name == "one"))
        if found is None:
            tx.execute(marks.insert().values(name="one", value="made"))
            return "made"
        return "found"

    outcomes = await asyncio.gather(*(store.write(find_or_add) for _ in range(20)))
    assert sorted(outcomes) == ["found"] * 19 + ["made"]


async def test_the_conflict_helper_speaks_both_dialects(store: Store) -> None:
    def put(tx: Tx, value: str) -> None:
        statement = insert(tx, marks).values(name="k", value=value)
        tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))

    await store.write(put, "a")
    await store.write(put, "b")
    assert await store.read(lambda tx: tx.scalar(sa.select(marks.c.value))) == "b"


async def test_who_waits_for_work_is_woken_by_a_commit(store: Store) -> None:
    store.committed.clear()
    await store.write(add_contact, "Иван")
    await asyncio.wait_for(store.committed.wait(), 5)


async def test_a_unit_whose_caller_left_is_still_done(store: Store) -> None:
    task = asyncio.create_task(store.write(add_contact, "ушёл"))
    await asyncio.sleep(0)
    task.cancel()
    await store.write(add_contact, "остался")
    assert "остался" in await store.read(names)
