"""The report of a week and the digest of a day: what a history a hundred times as long costs, and days as much denser.

At the same pace a day the questions are the same and only what lies behind them is longer; a firm with a hundred times
the leads a day asks for a hundred times the rows, and misses the goal (docs/decisions/0009). `/find` looks through a
bounded number of messages.
"""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bot.domain.kpi import Audience, Period, PeriodKind
from bot.storage.migrate import migrate
from bot.storage.store import Store, Tx, open_store
from bot.use_cases.build_report import build_report
from bot.use_cases.find_leads import find_leads
from tests.benchmarks.table import Goal, Row

ZONE = "Europe/Moscow"
NOW = datetime(2026, 3, 16, 6, 0, tzinfo=UTC)
LAST_WEEK = Period.of(PeriodKind.WEEK, date(2026, 3, 9), ZONE)
YESTERDAY = Period.of(PeriodKind.DAY, date(2026, 3, 15), ZONE)

FEW, MANY = 10_000, 1_000_000
A_DAY = 200
STILL_OPEN = 300
MESSAGES = 100_000
RUNS = 5
FIND = "/find a word in 100,000 messages, ms"

GROWTH = Goal(most=2.0)

Figures = dict[str, float]


async def measure(folder: Path) -> list[Row]:
    short = await _figures(folder / "short.db", FEW, A_DAY)
    long = await _figures(folder / "long.db", MANY, A_DAY)
    dense = await _figures(folder / "dense.db", MANY, A_DAY * MANY // FEW)
    return [
        *(
            Row(f"{name}: {how}", many[name], short[name], goal=None if name == FIND else GROWTH)
            for how, many in (("1,000,000 / 10,000 leads", long), ("the same days 100× denser", dense))
            for name in short
        ),
    ]


async def _figures(file: Path, leads: int, a_day: int) -> Figures:
    url = f"sqlite:///{file}"
    await migrate(url, file.parent, NOW)
    await asyncio.to_thread(_fill, file, leads, 86_400 / a_day)
    store = open_store(url)
    everybody = frozenset(Audience)
    try:
        return {
            "report of a week, ms": await _spent(store, lambda tx: build_report(tx, LAST_WEEK, NOW, everybody)),
            "digest of a day, ms": await _spent(store, lambda tx: build_report(tx, YESTERDAY, NOW, everybody)),
            FIND: await _spent(store, lambda tx: find_leads(tx, "самовар", "RU")),
        }
    finally:
        await store.close()
        file.unlink()


async def _spent(store: Store, query: Callable[[Tx], Any]) -> float:
    """Milliseconds of processor time: nothing else runs in this process."""
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        assert await store.read(query)
        spent.append(time.process_time() - began)
    return statistics.median(spent) * 1_000


def _fill(file: Path, leads: int, step: float) -> None:
    """As fast as SQLite can: one statement a table, and the indices afterwards."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        indices = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        known = [row for row in indices.fetchall() if row[0].split("_")[1] in ("leads", "lead", "messages", "contacts")]
        database.execute("BEGIN")
        for name, _ in known:
            database.execute(f"DROP INDEX {name}")
        values = {"leads": leads, "step": step, "now": NOW.timestamp(), "open": STILL_OPEN, "messages": MESSAGES}
        for statement in FILLING:
            database.execute(statement, values)
        for _, sql in known:
            database.execute(sql)
        database.execute("COMMIT")


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :{}) "


def _at(seconds: str) -> str:
    moment = f":now - (:leads - i) * :step - 7200 + {seconds}"
    return f"strftime('%Y-%m-%d %H:%M:%S.000000', {moment}, 'unixepoch')"


FATE = (
    "CASE WHEN i > :leads - :open THEN 'claimed' "
    "ELSE CASE i % 3 WHEN 0 THEN 'won' WHEN 1 THEN 'lost' ELSE 'rejected' END END"
)

FILLING = (
    "INSERT INTO teammates (id, telegram_id, name, created_at) "
    "SELECT value, value, 'Продавец ' || value, '2010-01-01 00:00:00.000000' FROM json_each('[1,2,3,4,5,6,7,8,9,10]')",
    _NUMBERS.format("leads") + "INSERT INTO contacts (id, name, created_at) "
    f"SELECT i, 'Клиент ' || i, {_at('0')} FROM n",
    _NUMBERS.format("leads") + "INSERT INTO leads (id, contact_id, status, owner_id, score, band, reasons, channel, "
    "created_at, offered_at, claimed_at, first_inbound_at, waiting_since, closed_at, amount, currency) "
    f"SELECT i, i, {FATE}, 1 + i % 10, i % 100, 'sales_accepted', '[]', 'telegram', {_at('0')}, {_at('60')}, "
    f"{_at('120')}, {_at('0')}, CASE WHEN i > :leads - :open THEN {_at('0')} END, "
    f"CASE WHEN i <= :leads - :open THEN {_at('3600')} END, CASE WHEN i % 3 = 0 THEN 150000 END, 'RUB' FROM n",
    _NUMBERS.format("leads")
    + ", happened(after, kind, data) AS (VALUES (0, 'created', '{}'), (60, 'handed_off', '{}'), "
    """(120, 'claimed', '{"seconds": 60}'), (300, 'answered', '{"seconds": 300, "first": true}'), """
    "(3600, 'closed', '{}'), "
    '(3700, \'amount_set\', \'{"amount": 150000, "currency": "RUB"}\')) '
    "INSERT INTO lead_events (lead_id, at, kind, actor_id, data) "
    f"SELECT i, {_at('after')}, CASE kind WHEN 'closed' THEN {FATE} ELSE kind END, 1 + i % 10, "
    "CASE WHEN kind = 'closed' AND i % 3 = 2 THEN '{\"reason\": \"no_budget\"}' ELSE data END "
    "FROM n CROSS JOIN happened WHERE (kind <> 'amount_set' OR i % 3 = 0) AND (i <= :leads - :open OR after < 3600)",
    "INSERT INTO channel_identities (id, contact_id, channel, external_id, created_at) "
    "VALUES (1, 1, 'telegram', '1', '2010-01-01 00:00:00.000000')",
    "INSERT INTO conversations (id, contact_id, identity_id, chat, created_at) "
    "VALUES (1, 1, 1, 'telegram:1', '2010-01-01 00:00:00.000000')",
    _NUMBERS.format("messages")
    + "INSERT INTO messages (conversation_id, lead_id, direction, status, kind, text, file, "
    "chat, external_id, at) SELECT 1, 1 + i % 1000, 'inbound', 'received', 'text', "
    "CASE i % 1000 WHEN 7 THEN 'Почём самовар?' ELSE 'Здравствуйте, сколько это стоит и когда привезёте?' END, "
    "'{}', 'telegram:1', i, '2026-03-01 09:00:00.000000' FROM n",
)
