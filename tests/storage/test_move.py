"""All that is stored goes to another database, compared row by row, or nothing does."""

import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage import move as moving
from bot.storage.migrate import migrate
from bot.storage.move import MOVED, MoveFailedError, TargetInUseError, move
from bot.storage.store import open_store
from bot.storage.store.postgres import CONNECTING
from bot.storage.store.sqlite import writing_engine
from bot.storage.tables import contacts, marks, messages, metadata
from tests.conftest import MONDAY_NOON
from tests.storage.filling import ROWS_A_TABLE, fill


@pytest.fixture
async def old(tmp_path: Path) -> str:
    """A database in which every table has rows, and the first message refers to the last one."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    await migrate(url, tmp_path, MONDAY_NOON)
    engine = writing_engine(sa.make_url(url))
    with engine.begin() as tx:
        fill(tx, metadata)
        tx.execute(messages.update().where(messages.c.id == 1).values(reply_to_id=ROWS_A_TABLE, text="ё ☃ \\u0000 '"))
        tx.execute(marks.insert(), [{"name": f"{letter}{n}", "value": ""} for n in range(1_100) for letter in "aЯ"])
    engine.dispose()
    return url


async def test_every_row_arrives_and_numbers_go_on(old: str, empty_database_url: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    counts = await move(old, empty_database_url, tmp_path, MONDAY_NOON, lambda *done: told.append(done))
    assert counts == {table.name: ROWS_A_TABLE + (2_200 if table is marks else 0) for table in MOVED}
    assert told[-1] == (sum(counts.values()), sum(counts.values())) and len(told) > len(MOVED)
    engine, store = sa.create_engine(old), open_store(empty_database_url)
    for table in MOVED:
        query = sa.select(table)
        with engine.connect() as tx:
            before = sorted(map(repr, tx.execute(query)))
        assert await store.read(lambda tx, q=query: sorted(map(repr, tx.execute(q)))) == before  # type: ignore[misc]
    person = {"name": "Следующий", "created_at": MONDAY_NOON}
    added = await store.write(lambda tx: tx.execute(contacts.insert().returning(contacts.c.id), person).scalar_one())
    assert added == ROWS_A_TABLE + 1
    engine.dispose()
    await store.close()


async def test_a_slow_file_is_no_frozen_process(
    old: str, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONNECTING["server_settings"], "idle_in_transaction_session_timeout", "50")
    paused = iter([0.2])
    counts = await move(old, empty_database_url, tmp_path, MONDAY_NOON, lambda *_: time.sleep(next(paused, 0)))
    assert counts[messages.name] == ROWS_A_TABLE


async def test_what_holds_something_is_left_alone(old: str, empty_database_url: str, tmp_path: Path) -> None:
    await move(old, empty_database_url, tmp_path, MONDAY_NOON, lambda *_: None)
    with pytest.raises(TargetInUseError):
        await move(old, empty_database_url, tmp_path, MONDAY_NOON, lambda *_: None)


async def test_a_row_that_arrives_otherwise_undoes_all(
    old: str, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = moving._steps

    def forgetful(tx: sa.Connection, table: sa.Table, *those: Any) -> Any:
        for rows in steps(tx, table, *those):
            spoilt = table is messages and "old.db" not in str(tx.engine.url)
            yield [(*row[:-1], "?") for row in rows] if spoilt else rows

    monkeypatch.setattr(moving, "_steps", forgetful)
    with pytest.raises(MoveFailedError, match="messages"):
        await move(old, empty_database_url, tmp_path, MONDAY_NOON, lambda *_: None)
    store = open_store(empty_database_url)
    assert await store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(contacts))) == 0
    await store.close()
