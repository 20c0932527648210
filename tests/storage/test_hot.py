"""The statements of every message mean what they mean elsewhere, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.store import Store, Tx, hot
from bot.storage.store.base import rows_by, update_by_id
from bot.storage.tables import intake_events

AT = datetime(2026, 3, 5, 9, 30, 0, 120_000, UTC)
_add = intake_events.insert()
_columns = (intake_events.c.external_id, intake_events.c.received_at, intake_events.c.answer, intake_events.c.retry_at)
_found = rows_by(_columns, "source")


def add(tx: Tx, number: str, answer: Any = None) -> int:
    event = {"source": "test", "external_id": number, "raw": "{}", "status": "done", "received_at": AT}
    return hot.change(tx, _add, {**event, "answer": answer})


async def test_values_come_back_as_they_went_in(store: Store) -> None:
    answer = {"text": "Уже взят\x00", "alert": True}
    assert await store.write(add, "1", answer) == 1
    row = await store.read(lambda tx: hot.first(tx, _found, {"source": "test"}))
    assert (row.external_id, row.received_at, row.retry_at) == ("1", AT, None)
    assert row.answer == {"text": "Уже взят", "alert": True}
    assert [tuple(row)] == await store.read(
        lambda tx: [tuple(told) for told in tx.execute(_found, {"source": "test"})]
    ), "as SQLAlchemy itself reads them"


async def test_rows_and_changes_are_counted(store: Store) -> None:
    for number in ("1", "2"):
        await store.write(add, number)
    assert len(await store.read(lambda tx: hot.rows(tx, _found, {"source": "test"}))) == 2
    assert await store.read(lambda tx: hot.first(tx, _found, {"source": "other"})) is None
    assert await store.write(lambda tx: hot.change(tx, update_by_id(intake_events), {"of": -1, "status": "x"})) == 0


async def test_an_error_has_its_usual_name_and_quotes_nobody(store: Store) -> None:
    await store.write(add, "secret words")
    with pytest.raises(sa.exc.IntegrityError) as caught:
        await store.write(add, "secret words")
    assert "secret words" not in str(caught.value).partition("DETAIL")[0]
    assert await store.read(lambda tx: len(hot.rows(tx, _found, {"source": "test"}))) == 1


async def test_a_value_left_out_is_a_mistake(store: Store) -> None:
    with pytest.raises(KeyError):
        await store.read(lambda tx: hot.first(tx, _found, {}))
