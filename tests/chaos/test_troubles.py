"""Outages, pages instead of answers, cuts, updates twice and out of order, and a store that is away."""

import asyncio
import os
import time
from pathlib import Path

import aiohttp
import asyncpg
import pytest
import sqlalchemy as sa

from tests.chaos.test_kills import MODES, has_customers
from tests.chaos.town import Town, in_town
from tests.journeys.stage import SECRET

pytestmark = pytest.mark.journey


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'gemba.db'}"


async def readyz(town: Town) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as http, http.get(f"{town.stage.bot.url}/readyz") as response:
        return response.status, await response.json()


async def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_telegram_is_away_for_an_hour(tmp_path: Path) -> None:
    """What was promised before and what people wrote meanwhile comes through; the process says what is wrong."""
    async with in_town(tmp_path, mode="polling", database=sqlite_in(tmp_path)) as town:
        people = await has_customers(town, 2)
        sandbox = town.stage.sandbox
        await sandbox.down(3_600)
        for person in people:
            for _ in range(5):
                await town.writes(person)
                await town.answers(person)

        async def says_so() -> str:
            status, body = await readyz(town)
            return "" if status == 503 else f"{body}"

        await town.until(says_so)
        await sandbox.advance(3_601)
        await town.settles()
        assert (await town.check(people)).get("owner", 0) == 0

        async def is_well() -> str:
            status, body = await readyz(town)
            return "" if status == 200 else f"{body}"

        await town.until(is_well)


@pytest.mark.parametrize("mode", MODES)
async def test_pages_and_cuts(tmp_path: Path, mode: str, database_url: str) -> None:
    """One repeat for each call that took effect and was not answered, none for the others."""
    async with in_town(tmp_path, mode=mode, database=database_url) as town:
        people = await has_customers(town, 2)
        sandbox, anna = town.stage.sandbox, town.stage.anna
        for fault in ("bad_gateway", "cut_before", "bad_gateway_after", "cut_after"):
            await sandbox.faults(fault, "copyMessage", anna, count=2)
            for person in people:
                await town.writes(person)
                await town.answers(person)
            await town.settles()
        town.kills = 4  # as many calls took effect unanswered
        assert (await town.check(people))["owner"] == 4


@pytest.mark.parametrize("mode", MODES)
async def test_updates_come_twice_late_and_in_the_wrong_order(tmp_path: Path, mode: str, database_url: str) -> None:
    async with in_town(tmp_path, mode=mode, database=database_url) as town:
        people = await has_customers(town, 3)
        sandbox = town.stage.sandbox
        for number in range(30):
            if number % 3 == 0:
                await sandbox.duplicate_updates()
            person = people[number % 3]
            await (town.answers(person) if number % 5 == 4 else town.writes(person))
        await town.settles()
        await town.check(people)
        assert sum((await town.check(people)).values()) == 0

        held, kept = people[0], await town.stage.sandbox.messages(people[0])
        await sandbox.hold_updates(1, 2)
        edited = next(message for message in reversed(kept) if message["text"] in town.said[held])
        await sandbox.reorder_updates()
        await town.writes(held)  # held back
        await sandbox.edit(held, held, edited["message_id"], f"{edited['text']}, исправлено")
        await town.writes(people[1])
        await sandbox.advance(3)
        await town.stage.card(town.stage.anna, f"{edited['text']}, исправлено")


async def administers(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_a_webhook_waits_for_the_store(tmp_path: Path, database_url: str, postgres_url: str) -> None:
    """503 with Retry-After while nothing can be written, and the process lives; then each update is taken once."""
    if database_url.startswith("sqlite"):
        pytest.skip("what takes a file away takes the process's lock along")
    name = sa.make_url(database_url).database
    update = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}}}
    secret = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with in_town(tmp_path, mode="webhook", database=database_url) as town, aiohttp.ClientSession() as http:
        hook = f"{town.stage.bot.url}/hooks/telegram"
        people = await has_customers(town, 1)
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        await administers(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", ended)
        await town.writes(people[0])
        async with http.post(hook, json=update, headers=secret) as response:
            assert response.status == 503 and response.headers["Retry-After"] == "5"
        await asyncio.sleep(2)  # long enough for every part of the process to have met it
        await administers(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        async with http.post(hook, json=update, headers=secret) as response:
            assert response.status == 200
        async with http.post(hook, json=update) as response:
            assert response.status == 401
        await town.settles()
        await town.writes(people[0])
        await town.settles()
        await town.check(people)


async def test_it_stops_in_time_while_telegram_hangs_and_nothing_is_lost(tmp_path: Path) -> None:
    async with in_town(tmp_path, mode="polling", database=sqlite_in(tmp_path)) as town:
        people = await has_customers(town, 2)
        await town.stage.sandbox.faults("delay_after", "copyMessage", seconds=18)
        for person in people:
            await town.writes(person)
            await town.writes(person)
        await town.until_held("copyMessage")
        began = time.monotonic()
        code = await town.stage.bot.stop()
        assert code == 0 and time.monotonic() - began < 15
        town.kills = 1
        await town.stage.bot.start()
        await town.settles()
        await town.check(people)


async def test_idle_it_costs_nothing_and_its_log_tells_nobodys_words(tmp_path: Path) -> None:
    async with in_town(tmp_path, mode="polling", database=sqlite_in(tmp_path), LOG_FORMAT="json") as town:
        people = await has_customers(town, 2)
        await town.stage.sandbox.faults("bad_gateway", "copyMessage", count=2)
        await town.stage.sandbox.send_contact(people[0], people[0], "+79261234567")
        for person in people:
            await town.writes(person)
            await town.answers(person)
        await town.settles()
        process = town.stage.bot._process
        assert process is not None
        before = await processor_seconds(process.pid)
        await asyncio.sleep(5)  # what is measured is what happens when nothing happens
        assert await processor_seconds(process.pid) - before < 0.25
        log = town.stage.bot.log.read_text()
        told = [words for said in [*town.said.values(), *town.answered.values()] for words in said]
        for words in ["9261234567", town.stage.bot.environment["BOT_TOKEN"], *town.names.values(), *told]:
            assert words not in log
