"""How often one customer's message asks the database, from its arrival to its copy before the owner."""

from collections import Counter
from pathlib import Path

from bot.storage.migrate import migrate
from bot.storage.store import SqliteStore
from tests.conftest import MONDAY_NOON
from tests.integrations.telegram.office import open_office

MESSAGES = 30
MOST_STATEMENTS = 14
"""A message, in both of its transactions; the marks between units are not counted, nor are looks around."""

LOOK = "json_each"
"""How often there is one depends on how quick the machine is."""


async def test_a_relayed_message_asks_little_of_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gemba.db'}"
    await migrate(url, tmp_path, MONDAY_NOON)
    store, asked = SqliteStore(url), Counter[str]()
    try:
        async with open_office(store, tmp_path) as office:
            customer, _ = await office.has_talk()
            await office.until_quiet()
            raw = store._engine.raw_connection().driver_connection
            assert raw is not None
            raw.set_trace_callback(lambda sql: asked.update(["look" if LOOK in sql else sql.split()[0]]))
            for number in range(MESSAGES):
                await office.sandbox.send(customer, customer, f"слово {number}")
            await office.sees(office.anna, f"слово {MESSAGES - 1}")
            await office.until_quiet()
    finally:
        await store.close()
    statements = sum(asked[verb] for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"))
    assert MESSAGES * 5 < statements <= MESSAGES * MOST_STATEMENTS, asked
