"""Brings a database to the tables of this code: backup first, one transaction, all or nothing."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.domain.errors import GembaError, NewerSchemaError
from bot.storage.backup import backup, backup_sqlite
from bot.storage.store.base import ENGINE_OPTIONS
from bot.storage.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = MIGRATIONS / "versions"
BACKUPS_KEPT = 5
LOCK = 0x67656D6261  # "gemba": replicas that start together migrate one after another
LOCK_WAIT_MS = 60_000
"""How long one migration waits for another writer of the same database before it gives up."""


class ForeignSchemaError(GembaError):
    """The database holds tables of these names that no migration of Gemba made; give it an empty database."""


class BrokenReferencesError(GembaError):
    """The migration would have left rows that refer to nothing; it was undone."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """How the database stands to this code; `steps` counts the migrations still to apply."""

    kind: Literal["empty", "current", "behind", "newer"]
    revision: str | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done: the revisions before (None: empty) and after, and the backup where one was needed."""

    before: str | None
    after: str
    backup: Path | None


async def schema_state(url: str, *, versions: Sequence[Path] = (VERSIONS,)) -> SchemaState:
    """Only looks: no file is made, no lock is taken."""
    config = alembic_config(*versions)
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_sqlite_state, target, config)
    engine = _postgres_engine(target)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_state, config)
    finally:
        await engine.dispose()


async def migrate(url: str, backup_folder: Path, now: datetime, *, versions: Sequence[Path] = (VERSIONS,)) -> Migration:
    """Applies what is missing, all of it or nothing.

    A database with data is first copied into `backup_folder`, the newest five stay. Raises NewerSchemaError where the
    database knows more than this code, ForeignSchemaError where its tables are not ours, BackupError where the copy
    could not be made.
    """
    config = alembic_config(*versions)
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_migrate_sqlite, target, config, backup_folder, now)
    return await _migrate_postgres(target, config, backup_folder, now)


def alembic_config(*versions: Path) -> Config:
    """Alembic without an ini file: nothing here touches logging or prints."""
    config = Config()
    config.set_main_option("script_location", _plain(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(_plain(folder) for folder in versions))
    return config


def migrating_engine(url: sa.URL) -> sa.Engine:
    """SQLite for a table rebuild: foreign keys are off, or dropping the old table would delete what refers to it."""
    engine = sa.create_engine(url.set(drivername="sqlite"), poolclass=NullPool, **ENGINE_OPTIONS)

    def prepare(raw: sqlite3.Connection, _record: Any) -> None:
        raw.isolation_level = None  # sqlite3 would otherwise commit on its own before DDL
        # No switch to WAL here, the store makes it: the switch does not wait for another who begins at the same time.
        for pragma in (f"busy_timeout={LOCK_WAIT_MS}", "synchronous=FULL", "foreign_keys=OFF"):
            raw.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _migrate_sqlite(url: sa.URL, config: Config, backup_folder: Path, now: datetime) -> Migration:
    _sqlite_file(url).parent.mkdir(parents=True, exist_ok=True)
    engine = migrating_engine(url)
    try:
        with engine.begin() as connection:
            state = _checked_state(connection, config)
            if state.kind == "current":
                return _nothing_to_do(state)
            copy = None
            if state.kind == "behind" and _has_rows(connection):
                # The write lock is held already, so the copy is exactly what the migration begins from.
                copy = _backup_file(backup_folder, now, state, "db")
                backup_sqlite(url, copy)
            with _dropping_the_copy_on_failure(copy):
                _upgrade(connection, config)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
                if broken:
                    raise BrokenReferencesError(f"{BrokenReferencesError.__doc__} {broken}")
    finally:
        engine.dispose()
    return _done(state, config, copy)


async def _migrate_postgres(url: sa.URL, config: Config, backup_folder: Path, now: datetime) -> Migration:
    engine = _postgres_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            # A report that runs for minutes must not make the migration, and all writers behind it, wait as long.
            await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
            state = await connection.run_sync(_checked_state, config)
            if state.kind == "current":
                return _nothing_to_do(state)
            copy = None
            if state.kind == "behind" and await connection.run_sync(_has_rows):
                copy = _backup_file(backup_folder, now, state, "dump")
                await backup(url.render_as_string(hide_password=False), copy)
            with _dropping_the_copy_on_failure(copy):
                await connection.run_sync(_upgrade, config)
    finally:
        await engine.dispose()
    return _done(state, config, copy)


def _upgrade(connection: sa.Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _state(connection: sa.Connection, config: Config) -> SchemaState:
    scripts = ScriptDirectory.from_config(config)
    known = [script.revision for script in scripts.walk_revisions()]  # the newest first
    heads = MigrationContext.configure(connection).get_current_heads()
    if not heads:
        if not metadata.tables.keys().isdisjoint(sa.inspect(connection).get_table_names()):
            raise ForeignSchemaError
        return SchemaState("empty", steps=len(known))
    revision = heads[0]
    if len(heads) > 1 or revision not in known:
        return SchemaState("newer", revision)
    steps = known.index(revision)
    return SchemaState("behind" if steps else "current", revision, steps)


def _checked_state(connection: sa.Connection, config: Config) -> SchemaState:
    state = _state(connection, config)
    if state.kind == "newer":
        raise NewerSchemaError
    return state


def _sqlite_state(url: sa.URL, config: Config) -> SchemaState:
    file = _sqlite_file(url)
    if not file.exists():
        return SchemaState("empty", steps=len(list(ScriptDirectory.from_config(config).walk_revisions())))
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        return _state(connection, config)


def _sqlite_file(url: sa.URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise ValueError("DATABASE_URL: a database in memory would forget everything; name a file")
    return Path(url.database)


def _postgres_engine(url: sa.URL) -> AsyncEngine:
    return create_async_engine(url.set(drivername="postgresql+asyncpg"), poolclass=NullPool, **ENGINE_OPTIONS)


def _has_rows(connection: sa.Connection) -> bool:
    """Whether any table holds anything; by the tables that are there, which may be those of an older version."""
    preparer = connection.dialect.identifier_preparer
    tables = [name for name in sa.inspect(connection).get_table_names() if name != "alembic_version"]
    return any(
        connection.exec_driver_sql(f"SELECT 1 FROM {preparer.quote(name)} LIMIT 1").first() is not None  # noqa: S608
        for name in tables
    )


def _backup_file(folder: Path, now: datetime, state: SchemaState, suffix: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"gemba-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{state.revision}.{suffix}"


@contextmanager
def _dropping_the_copy_on_failure(copy: Path | None) -> Iterator[None]:
    """A failed migration is undone, so its copy says nothing new; kept, a restart loop would push older ones out."""
    try:
        yield
    except BaseException:
        if copy is not None:
            copy.unlink(missing_ok=True)
        raise


def _done(state: SchemaState, config: Config, copy: Path | None) -> Migration:
    if copy is not None:
        for old in sorted(copy.parent.glob(f"gemba-????????T??????Z-*{copy.suffix}"))[:-BACKUPS_KEPT]:
            old.unlink(missing_ok=True)
    after = ScriptDirectory.from_config(config).get_current_head()
    assert after is not None
    return Migration(state.revision, after, copy)


def _nothing_to_do(state: SchemaState) -> Migration:
    assert state.revision is not None
    return Migration(state.revision, state.revision, None)


def _plain(path: Path) -> str:
    return str(path).replace("%", "%%")
