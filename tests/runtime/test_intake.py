"""What comes in: exactly once, in order, never lost, and no one event stops another."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import EditBeforeMessageError, StoreUnavailableError
from bot.ports import Act, Answer, RawEvent
from bot.runtime.intake import Intake
from bot.storage.intake import RETRY_AFTER, all_failures, count_failures, record_failure, retry_now
from bot.storage.store import Store, Tx, is_away, open_store
from bot.storage.store.base import insert
from bot.storage.tables import intake_events, marks
from tests.conftest import MovableClock
from tests.runtime.porter import until

SOURCE = "post:1"


class Reader:
    """Each event is a name that is written down; `trouble` says which of them fail, and how."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, str]] = []
        self.interpreted: list[str] = []
        self.trouble: Callable[[Tx, str], None] = lambda _tx, _name: None
        self.gates: dict[str, asyncio.Event] = {}

    def event(self, raw: Mapping[str, Any]) -> RawEvent:
        return event(raw["name"])

    async def interpret(self, event: RawEvent) -> Act | None:
        name = event.raw["name"]
        self.interpreted.append(name)
        if name in self.gates:
            await self.gates[name].wait()
        return Act(self._unit, (name,), lambda result: Answer(result))

    async def answer(self, event: RawEvent, answer: Answer) -> None:
        self.answered.append((event.raw["name"], answer.text))

    def _unit(self, tx: Tx, name: str) -> str:
        self.trouble(tx, name)
        count = tx.scalar(sa.select(sa.func.count()).select_from(marks))
        tx.execute(insert(tx, marks).values(name=name, value=f"{count}"))
        return f"{name} as number {count}"


def event(name: str, lane: str = "lane", number: str | None = None, *, urgent: bool = False) -> RawEvent:
    return RawEvent(SOURCE, number or name, lane, {"name": name}, urgent)


async def written(store: Store) -> list[str]:
    rows = await store.read(lambda tx: tx.execute(sa.select(marks)).all())
    return [row.name for row in sorted(rows, key=lambda row: int(row.value))]


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def intake(store: Store, clock: MovableClock, reader: Reader) -> Intake:
    intake = Intake(store, clock)
    intake.add(SOURCE, reader)
    return intake


async def test_each_event_takes_effect_once_and_a_redelivery_gets_the_first_answer_again(
    store: Store, intake: Intake, reader: Reader
) -> None:
    await intake.take(event("tap", urgent=True))
    await intake.take(event("other"))
    await asyncio.gather(*(intake.take(event("tap", urgent=True)) for _ in range(5)))
    assert await written(store) == ["tap", "other"]
    assert [told for told in reader.answered if told[0] == "tap"] == [("tap", "tap as number 0")] * 6


async def test_the_same_event_at_the_same_time_takes_effect_once(store: Store, intake: Intake) -> None:
    await asyncio.gather(*(intake.take(event("once", lane=f"lane {n}")) for n in range(10)))
    assert await written(store) == ["once"]


async def test_a_lane_keeps_its_order_and_stops_no_other(store: Store, intake: Intake, reader: Reader) -> None:
    reader.gates["a0"] = asyncio.Event()
    lane = [asyncio.create_task(intake.take(event(f"a{n}", "a"))) for n in range(5)]
    await intake.take(event("b", "b"))
    assert set(reader.interpreted) == {"a0", "b"} and not any(task.done() for task in lane)
    reader.gates["a0"].set()
    await asyncio.gather(*lane)
    assert await written(store) == ["b", "a0", "a1", "a2", "a3", "a4"]
    assert intake._lanes == {}


async def test_a_unit_that_fails_is_kept_retried_more_and_more_rarely_and_parked(
    store: Store, clock: MovableClock, intake: Intake, reader: Reader
) -> None:
    def refuse(_tx: Tx, name: str) -> None:
        if name == "poison":
            raise ValueError("says what a customer wrote")

    reader.trouble = refuse
    await intake.take(event("poison"))
    await intake.take(event("after it"))
    assert await written(store) == ["after it"]
    for pause in RETRY_AFTER:
        assert await intake.retry_due() == 0
        clock.advance(seconds=pause.total_seconds() - 1)
        tried = len(reader.interpreted)
        await intake.retry_due()
        assert len(reader.interpreted) == tried
        clock.advance(seconds=1)
        await intake.retry_due()
        assert len(reader.interpreted) == tried + 1
    (parked,) = await store.read(all_failures)
    assert parked.status == "parked" and parked.raw == {"name": "poison"}
    assert "ValueError" in parked.error and "customer" not in parked.error
    clock.advance(days=30)
    assert await intake.retry_due() == 0

    reader.trouble = lambda _tx, _name: None
    await store.write(retry_now, clock.now())
    assert await intake.retry_due() == 1
    assert await written(store) == ["after it", "poison"]
    assert await store.read(all_failures) == []


async def test_a_unit_that_breaks_off_halfway_leaves_nothing(store: Store, intake: Intake, reader: Reader) -> None:
    def halfway(tx: Tx, name: str) -> None:
        tx.execute(insert(tx, marks).values(name=f"{name}, half", value="9"))
        raise sa.exc.IntegrityError("INSERT", {}, Exception("lost"))

    reader.trouble = halfway
    await intake.take(event("one"))
    assert await written(store) == []
    (failure,) = await store.read(all_failures)
    assert failure.error.startswith("IntegrityError")


async def test_a_retry_waits_its_turn_in_the_lane(
    store: Store, intake: Intake, reader: Reader, clock: MovableClock
) -> None:
    def first_time_fails(_tx: Tx, name: str) -> None:
        if name == "old" and reader.interpreted.count("old") == 1:
            raise ValueError

    reader.trouble = first_time_fails
    await intake.take(event("old"))
    clock.advance(seconds=2)
    reader.gates["new"] = asyncio.Event()
    new = asyncio.create_task(intake.take(event("new")))
    await until(lambda: "new" in reader.interpreted)
    retry = asyncio.create_task(intake.retry_due())
    await asyncio.wait({retry}, timeout=0.1)
    assert reader.interpreted == ["old", "new"]
    reader.gates["new"].set()
    await asyncio.gather(new, retry)
    assert reader.interpreted == ["old", "new", "old"]


async def test_a_redelivery_of_what_failed_waits_for_its_retry(
    store: Store, clock: MovableClock, intake: Intake, reader: Reader
) -> None:
    def refuse(_tx: Tx, _name: str) -> None:
        raise ValueError

    reader.trouble = refuse
    await intake.take(event("one"))
    reader.trouble = lambda _tx, _name: None
    await intake.take(event("one"))
    assert await written(store) == []
    clock.advance(seconds=2)
    assert await intake.retry_due() == 1
    assert await intake.retry_due() == 0
    assert await written(store) == ["one"]


async def test_what_failed_of_another_bot_stands_in_nobodys_way(
    store: Store, clock: MovableClock, intake: Intake, reader: Reader
) -> None:
    """The token was changed while more had failed than is tried again at once."""
    for number in range(60):
        theirs = RawEvent("post:of another token", f"{number}", "lane", {"name": f"{number}"})
        await store.write(record_failure, theirs, "ValueError", clock.now())

    def refuse(_tx: Tx, _name: str) -> None:
        raise ValueError

    reader.trouble = refuse
    await intake.take(event("ours"))
    reader.trouble = lambda _tx, _name: None
    clock.advance(seconds=2)
    assert await intake.retry_due() == 1
    assert await written(store) == ["ours"]
    assert await store.read(count_failures) == 60


async def test_without_the_store_nothing_is_acknowledged(
    store: Store, intake: Intake, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as away:
        away.setattr(store, "write", refuse)
        away.setattr(store, "write_first", refuse)
        for urgent in (False, True):
            with pytest.raises(StoreUnavailableError):
                await intake.take(event("one", urgent=urgent))
    assert reader.answered == [] and intake._lanes == {}
    await intake.take(event("one"))
    assert await written(store) == ["one"]


async def test_an_edit_waits_for_its_message(
    store: Store, clock: MovableClock, intake: Intake, reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    def needs_message(tx: Tx, name: str) -> None:
        if name == "edit" and tx.scalar(sa.select(marks.c.name).where(marks.c.name == "message")) is None:
            raise EditBeforeMessageError

    reader.trouble = needs_message
    await intake.take(event("edit"))
    await intake.take(event("message"))
    clock.advance(seconds=2)
    assert await intake.retry_due() == 1
    assert await written(store) == ["message", "edit"]
    assert "intake.failed" not in capsys.readouterr().out


async def test_an_answer_that_does_not_arrive_is_no_failure(
    store: Store, intake: Intake, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_event: RawEvent, _answer: Answer) -> None:
        raise TimeoutError

    monkeypatch.setattr(reader, "answer", lost)
    await intake.take(event("tap"))
    assert await written(store) == ["tap"]
    assert await store.read(lambda tx: tx.scalar(sa.select(intake_events.c.status))) == "done"


class Blinking(Exception):
    sqlstate = "57P01"
    """The server is being shut down."""


async def test_while_the_store_blinks_a_lane_is_refused_from_there_on_and_comes_again_in_order(
    store: Store, intake: Intake, reader: Reader
) -> None:
    blinks = iter([True])

    def blink(_tx: Tx, name: str) -> None:
        if name == "a1" and next(blinks, False):
            raise sa.exc.DBAPIError("", {}, Blinking())

    reader.trouble = blink
    events = [*(event(f"a{n}", "a") for n in range(4)), event("b", "b")]
    told = await asyncio.gather(*map(intake.take, events), return_exceptions=True)
    assert [type(each) for each in told] == [Answer, *[StoreUnavailableError] * 3, Answer]
    assert await store.read(all_failures) == []
    await asyncio.gather(*map(intake.take, events))
    assert [name for name in await written(store) if name != "b"] == ["a0", "a1", "a2", "a3"]
    assert intake._lanes == {}


async def test_a_store_that_is_away_is_known_by_its_errors(empty_database_url: str) -> None:
    url = sa.make_url(empty_database_url)
    if url.get_backend_name() == "sqlite":
        pytest.skip("a file is there or is not")
    away = open_store(str(url.set(host="127.0.0.1", port=1, query={}, password="x", username="x")))
    with pytest.raises(Exception) as refused:
        await away.read(lambda _tx: None)
    assert is_away(refused.value)
    here = open_store(empty_database_url)
    for statement, lost in (("SELECT pg_terminate_backend(pg_backend_pid())", True), ("SELECT 1/0", False)):
        with pytest.raises(sa.exc.DBAPIError) as broken:
            await here.read(lambda tx, said=statement: tx.exec_driver_sql(said))  # type: ignore[misc]
        assert is_away(broken.value) is lost
    await here.close()
