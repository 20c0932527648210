"""The database deleted, moved, replaced or emptied under the running process: told, and nothing is lost."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.store import open_store
from bot.storage.tables import metadata
from tests.chaos.test_kills import has_customers
from tests.chaos.test_no_room import goes_on_by_itself, is_refused_and_told
from tests.chaos.test_troubles import administers, readyz, sqlite_in
from tests.chaos.town import in_town
from tests.storage.test_store_troubles import deleted, moved, replaced, without_its_log

pytestmark = [pytest.mark.journey, pytest.mark.chaos]


@pytest.mark.parametrize("displace", [deleted, moved, replaced, without_its_log])
async def test_it_goes_on_with_the_rescued_copy(tmp_path: Path, displace: Callable[[Path], None]) -> None:
    place, rescued = tmp_path / "gemba.db", tmp_path / "gemba.rescued-1.db"
    async with in_town(tmp_path, mode="webhook", database=sqlite_in(tmp_path)) as town:
        people = await has_customers(town, 2)
        await town.settles()
        await town.store.close()
        displace(place)
        await town.writes(people[0])
        await is_refused_and_told(town)
        _, body = await readyz(town)
        assert str(rescued) in str(body["database"])
        bot = town.stage.bot
        assert await bot.stop() == 0
        code, _, why = await bot.command("run")
        assert code == 1 and why.count("\n") == 1 and str(rescued) in why
        for old in (place, *tmp_path.glob("gemba.db-*")):
            old.unlink(missing_ok=True)
        rescued.rename(place)
        await bot.start()
        town.store = open_store(sqlite_in(tmp_path))
        try:
            await goes_on_by_itself(town, people)
        finally:
            await town.store.close()


async def emptied(database: str, _server: str) -> None:
    store = open_store(database)
    await store.write(lambda tx: metadata.drop_all(tx))
    await store.close()


async def made_anew(database: str, server: str) -> None:
    name = sa.make_url(database).database
    await administers(server, f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name}")


@pytest.mark.parametrize("lose", [emptied, made_anew])
async def test_postgresql_is_lost(
    tmp_path: Path, database_url: str, postgres_url: str, lose: Callable[[str, str], Awaitable[None]]
) -> None:
    """There is nothing to rescue: who watches reads why, and what comes waits for the backup."""
    if database_url.startswith("sqlite"):
        pytest.skip("what is lost there is a file")
    async with in_town(tmp_path, mode="webhook", database=database_url) as town:
        await has_customers(town, 1)
        await town.settles()
        await lose(database_url, postgres_url)
        await is_refused_and_told(town)
        _, body = await readyz(town)
        assert "none of our tables" in str(body["database"])
