"""Whatever people call themselves and write, both databases keep it, and nothing in it fails a statement."""

from datetime import UTC, datetime

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.outbox import Priority, promise
from bot.storage.store import Store
from bot.storage.store.base import DEEPEST, dumps, new_id
from bot.storage.tables import contacts, outbox

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Иван\x00", "Иван"),
        ("\x00", ""),
        ("пол\ud83d пары", "пол пары"),
        ("👩‍👩‍👧‍👦 <3 & \\u0000", "👩‍👩‍👧‍👦 <3 & \\u0000"),
        ("\u202eналево\u200f", "\u202eналево\u200f"),
        ("ы" * 10_000, "ы" * 10_000),
    ],
    ids=["nul", "only-nul", "half-a-pair", "emoji", "right-to-left", "10000-letters"],
)
async def test_text_and_json_are_kept(store: Store, written: str, kept: str) -> None:
    def unit(tx: sa.Connection) -> int:
        payload = {"text": written, written[:50]: [written]}
        promise(tx, "say", lane="x", destination="y", priority=Priority.PERSONAL, payload=payload, now=NOON)
        return new_id(tx.execute(contacts.insert().values(name=written, created_at=NOON)))

    number = await store.write(unit)
    by_name = sa.select(contacts.c.id).where(contacts.c.name == written)
    assert await store.read(lambda tx: tx.scalar(by_name)) == number
    assert await store.read(lambda tx: tx.scalar(sa.select(contacts.c.name))) == kept
    assert (await store.read(lambda tx: tx.scalars(sa.select(outbox.c.payload)).one()))["text"] == kept


@given(st.recursive(st.text() | st.integers(-(2**53), 2**53) | st.none(), st.lists))
def test_json_loses_nothing_but_what_no_database_takes(value: object) -> None:
    def cleaned(item: object) -> object:
        if isinstance(item, list):
            return [cleaned(part) for part in item]
        return item.replace("\x00", "") if isinstance(item, str) else item

    assert orjson.loads(dumps(value)) == cleaned(value)


@pytest.mark.parametrize("depth", [150, 260, 1_000])
def test_what_nests_too_deep_is_kept_without_its_depths(depth: int) -> None:
    written = dumps({"text": "Почём?", "deep": orjson.loads("[" * depth + "1" + "]" * depth)})
    assert orjson.loads(written)["text"] == "Почём?" and (b"1" in written.encode()) == (depth <= DEEPEST)
