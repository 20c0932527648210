"""PostgreSQL itself breaks off and comes back, again and again, in the middle of a burst."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from bot.storage.migrate import migrate
from tests.chaos.test_kills import has_customers
from tests.chaos.test_troubles import readyz
from tests.chaos.town import Town, in_town
from tests.conftest import MONDAY_NOON, database_on, postgres_server

pytestmark = [pytest.mark.journey, pytest.mark.chaos]

RESTARTS = 3


async def breaks_off_and_comes_back(server: Any, town: Town) -> None:
    """As after a crash: all connections are gone at once, and it recovers from its log."""
    postmaster = server.get_postmaster_info().process
    os.kill(postmaster.pid, signal.SIGQUIT)
    await asyncio.to_thread(postmaster.wait, 20)

    async def unnoticed() -> str:
        status, body = await readyz(town)
        return "" if status == 503 else f"{body}"

    await town.until(unnoticed)
    await asyncio.to_thread(server.ensure_postgres_running)


async def they_write(town: Town, people: list[int]) -> None:
    """Until cancelled."""
    while True:
        await town.writes(town.random.choice(people))
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_the_server_breaks_off_in_a_burst(tmp_path: Path, mode: str) -> None:
    with postgres_server() as server, database_on(server.get_uri()) as url:
        await migrate(url, tmp_path, MONDAY_NOON)
        async with in_town(tmp_path, mode=mode, database=url) as town:
            people = await has_customers(town)
            writing = asyncio.create_task(they_write(town, list(people)))
            for _ in range(RESTARTS):
                people.append(person := await town.newcomer())
                await breaks_off_and_comes_back(server, town)
                await town.stage.sandbox.advance(61)  # with a webhook that answers 503 Telegram waits ever longer
                await town.claims(person)
            assert not writing.done(), writing.exception()
            writing.cancel()
            town.kills = RESTARTS  # whoever loses the lease in a call leaves it to be made again
            await town.settles()
            await town.check(people)
