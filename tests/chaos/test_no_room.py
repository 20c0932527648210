"""The disk full, and the database locked by somebody else, under the running process."""

import resource
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from tests.chaos.test_kills import has_customers
from tests.chaos.test_troubles import readyz, sqlite_in
from tests.chaos.town import Town, in_town
from tests.journeys.stage import SECRET

pytestmark = [pytest.mark.journey, pytest.mark.chaos]

UPDATE = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}}}
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
PATIENCE_SECONDS = 25.0


async def is_refused_and_told(town: Town) -> None:
    """Not acknowledged, within a time for which Telegram waits; and whoever watches reads why."""
    patience = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=patience) as http,
        http.post(f"{town.stage.bot.url}/hooks/telegram", json=UPDATE, headers=HEADERS) as response,
    ):
        assert response.status == 503 and response.headers["Retry-After"] == "5"
    status, body = await readyz(town)
    assert status == 503 and body["database"]["trouble"], body  # type: ignore[index]


async def goes_on_by_itself(town: Town, people: list[int]) -> None:
    async def is_well() -> str:
        status, body = await readyz(town)
        return "" if status == 200 else f"{body}"

    await town.until(is_well)
    await town.stage.sandbox.advance(61)  # Telegram's patience with a webhook that answers 503 has grown
    await town.writes(people[0])
    await town.settles()
    await town.check(people)


async def test_the_disk_is_full(tmp_path: Path) -> None:
    """No file may grow beyond its first bytes: the database, its log, and what the process writes about itself."""
    async with in_town(tmp_path, mode="webhook", database=sqlite_in(tmp_path)) as town:
        people = await has_customers(town, 2)
        process = town.stage.bot._process
        assert process is not None
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, hard))
        await town.writes(people[0])
        await is_refused_and_told(town)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        await goes_on_by_itself(town, people)


async def test_somebody_else_holds_the_lock(tmp_path: Path) -> None:
    async with in_town(tmp_path, mode="webhook", database=sqlite_in(tmp_path)) as town:
        people = await has_customers(town, 2)
        other = sqlite3.connect(tmp_path / "gemba.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        await town.writes(people[0])
        await is_refused_and_told(town)
        other.execute("ROLLBACK")
        other.close()
        await goes_on_by_itself(town, people)
