"""A lead by whatever is remembered of it."""

import time

import pytest
import sqlalchemy as sa

from bot.storage.store import Tx
from bot.storage.tables import messages
from bot.use_cases.find_leads import find_leads
from tests.use_cases.house import House


@pytest.mark.parametrize(
    "query",
    [
        *("иван пЕтров", "ПЕТР", "королев", "ivan@mail", "ШКАФ угловой", "50% [скидки]"),
        *("8 916 123-45-67", "+7 (916) 1234567", "8916123", "123-45-67"),
    ],
)
async def test_in_any_case_and_spelling(house: House, query: str) -> None:
    lead_id = (
        await house.writes("Иван Петров Королёв", "Угловой шкаф, 50% [скидки]? +79161234567 ivan@mail.ru")
    ).lead_id
    await house.writes("Ольга", "Стол и *стул*")
    assert [hit.lead.id for hit in await house.store.read(find_leads, query, "RU")] == [lead_id]


@pytest.mark.parametrize("query", ["", "a", "**", "сервант", "?", "[a-я]", "+380 44"])
async def test_what_is_not_there(house: House, query: str) -> None:
    await house.writes("Ольга", "Стол и стул")
    assert await house.store.read(find_leads, query, "RU") == []


async def test_ten_newest_in_bounded_time_among_many(house: House) -> None:
    received = [await house.writes(f"Клиент {number}", "Стол") for number in range(12)]

    def flood(tx: Tx) -> None:
        one = dict(tx.execute(sa.select(messages).limit(1)).mappings().one())
        one.pop("id")
        rows = [{**one, "external_id": f"x{n}", "text": f"Здравствуйте, привезите {n}"} for n in range(100_000)]
        for at in range(0, len(rows), 1_000):
            tx.execute(messages.insert(), rows[at : at + 1_000])

    def read_everything(tx: Tx) -> int:
        return sum("гардероб" in text.lower() for text in tx.scalars(sa.select(messages.c.text)))

    await house.do(flood)
    began = time.process_time()
    assert await house.store.read(read_everything) == 0
    naive, began = time.process_time() - began, time.process_time()
    found = await house.store.read(find_leads, "клиент", "RU")
    assert [hit.lead.id for hit in found] == sorted((one.lead_id or 0 for one in received), reverse=True)[:10]
    assert await house.store.read(find_leads, "гардероб", "RU") == []
    assert time.process_time() - began < 10 * naive, "two searches cost no more than a few looks at every text"
