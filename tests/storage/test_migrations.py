"""Migrations: they agree with the tables, lose no row, and are all or nothing, on both databases."""

import asyncio
import gzip
import logging
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.domain.errors import NewerSchemaError
from bot.storage.migrate import (
    BACKUPS_KEPT,
    VERSIONS,
    BrokenReferencesError,
    ForeignSchemaError,
    Migration,
    SchemaState,
    migrate,
    migrating_engine,
    schema_state,
)
from bot.storage.migrations.new import write_next
from bot.storage.tables import metadata
from tests.storage.filling import ROWS_A_TABLE, Rows, everything, fill
from tests.storage.released import REVISIONS, file_of, freeze, thaw

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LAST = max(file.stem.split("_")[0] for file in VERSIONS.glob("[0-9]*.py"))
R = TypeVar("R")

STEP = '''
"""{message}"""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {body}
'''
ADD_AND_REBUILD = """op.add_column("contacts", sa.Column("colour", sa.Text, nullable=False, server_default="red"))
    rebuild = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    for table, column in (("contacts", "name"), ("leads", "band"), ("messages", "kind"), ("outbox", "lane")):
        with op.batch_alter_table(table, recreate=rebuild) as batch:
            batch.alter_column(column, existing_type=sa.Text(), nullable=True)"""
SHAPE = {
    "sqlite": {
        "indexes": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "columns": """
            SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
            FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'""",
        "references": """
            SELECT t.name, f."table", f."from", f."to", f.on_delete
            FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'""",
        "unique": """
            SELECT t.name, c.name FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
            WHERE t.type = 'table' AND i.origin <> 'c'""",
    },
    "postgresql": {
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "columns": """
            SELECT table_name, column_name, udt_name, is_nullable, column_default, is_identity
            FROM information_schema.columns WHERE table_schema = 'public'""",
        "references": """
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    },
}


async def on(url: str, work: Callable[[sa.Connection], R]) -> R:
    """One transaction of a test's own, on either database."""
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":

        def run() -> R:
            engine = migrating_engine(target)
            with engine.begin() as connection:
                return work(connection)

        return await asyncio.to_thread(run)
    engine = create_async_engine(target.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def step(folder: Path, body: str, *, revision: str = "next", down: str = LAST) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{revision}.py").write_text(STEP.format(message=revision, revision=revision, down=down, body=body))
    return folder


def shape(connection: sa.Connection) -> dict[str, Any]:
    """Columns, references and indexes, conditions of partial indexes included, as the database itself words them."""
    found = {}
    for name, query in SHAPE[connection.dialect.name].items():
        rows = [tuple(str(cell).replace('"', "") for cell in row) for row in connection.exec_driver_sql(query)]
        found[name] = sorted(row for row in rows if not row[0].startswith("alembic_version"))
    return found


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def filled(url: str, folder: Path) -> Rows:
    await migrate(url, folder, NOW)
    await on(url, lambda tx: fill(tx, metadata))
    return await on(url, everything)


async def test_models_and_migrations_agree(empty_database_url: str, tmp_path: Path) -> None:
    await migrate(empty_database_url, tmp_path, NOW)

    def differences(tx: sa.Connection) -> Any:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(tx, opts=options), metadata)

    hint = "run: make migration NAME='What changed.' (or NAME=--beginning before the first release)"
    assert await on(empty_database_url, differences) == [], hint
    migrated = await on(empty_database_url, shape)

    def build_anew(tx: sa.Connection) -> dict[str, Any]:
        metadata.drop_all(tx)
        metadata.create_all(tx)
        return shape(tx)

    assert migrated == await on(empty_database_url, build_anew), hint


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_filled_database_of_every_version_is_brought_up_to_date(
    empty_database_url: str, tmp_path: Path, client_programs: None, revision: str
) -> None:
    """As it was written down then, not as today's code would fill it; and from here on to a version that is to come."""
    kept = file_of(revision, sa.make_url(empty_database_url).get_backend_name())
    await thaw(kept, empty_database_url)
    state = await schema_state(empty_database_url)
    assert state.revision == revision and state.kind in ("behind", "current")
    before = await on(empty_database_url, everything)
    assert all(before.values()), "a table is empty"

    await migrate(empty_database_url, tmp_path / "backups", NOW)
    after = await on(empty_database_url, everything)
    assert {name: len(after[name]) for name in before.keys() & after.keys()} == dict.fromkeys(
        before.keys() & after.keys(), ROWS_A_TABLE
    )
    hint = "the newest version has changed: python -m tests.storage.released"
    thawed = await on(empty_database_url, shape)
    await on(empty_database_url, metadata.drop_all)
    await on(empty_database_url, metadata.create_all)
    assert thawed == await on(empty_database_url, shape), hint


async def test_what_is_written_down_comes_back_as_it_was(
    empty_database_url: str, tmp_path: Path, client_programs: None
) -> None:
    kept = file_of(LAST, sa.make_url(empty_database_url).get_backend_name())
    await thaw(kept, empty_database_url)
    freeze(empty_database_url, tmp_path / "again.sql.gz")
    assert gzip.decompress((tmp_path / "again.sql.gz").read_bytes()) == gzip.decompress(kept.read_bytes())


async def test_an_empty_database_gets_every_table_and_needs_no_backup(empty_database_url: str, tmp_path: Path) -> None:
    assert await schema_state(empty_database_url) == SchemaState("empty", None, int(LAST))
    assert await migrate(empty_database_url, tmp_path / "backups", NOW) == Migration(None, LAST, None)
    assert await schema_state(empty_database_url) == SchemaState("current", LAST)
    assert not (tmp_path / "backups").exists()


async def test_a_second_migration_does_nothing(empty_database_url: str, tmp_path: Path) -> None:
    rows = await filled(empty_database_url, tmp_path / "backups")
    assert await migrate(empty_database_url, tmp_path / "backups", NOW) == Migration(LAST, LAST, None)
    assert await on(empty_database_url, everything) == rows


async def test_looking_at_a_database_makes_no_file(tmp_path: Path) -> None:
    assert (await schema_state(f"sqlite:///{tmp_path / 'none.db'}")).kind == "empty"
    assert names(tmp_path) == []


async def test_several_that_start_together_migrate_once(empty_database_url: str, tmp_path: Path) -> None:
    done = await asyncio.gather(*(migrate(empty_database_url, tmp_path, NOW) for _ in range(4)))
    assert sorted(str(one.before) for one in done) == sorted(["None", LAST, LAST, LAST])


async def test_a_filled_database_goes_forward_and_loses_no_row(
    empty_database_url: str, tmp_path: Path, client_programs: None
) -> None:
    before = await filled(empty_database_url, tmp_path / "backups")
    assert {name: len(rows) for name, rows in before.items()} == dict.fromkeys(metadata.tables, ROWS_A_TABLE)
    indexes = (await on(empty_database_url, shape))["indexes"]
    versions = (VERSIONS, step(tmp_path / "later", ADD_AND_REBUILD))

    assert await schema_state(empty_database_url, versions=versions) == SchemaState("behind", LAST, 1)
    done = await migrate(empty_database_url, tmp_path / "backups", NOW, versions=versions)

    assert (done.before, done.after) == (LAST, "next")
    after = await on(empty_database_url, everything)
    for row in after["contacts"]:
        assert row.pop("colour") == "red"
    assert after == before
    assert (await on(empty_database_url, shape))["indexes"] == indexes
    assert done.backup is not None
    await _assert_holds(done.backup, before)


async def _assert_holds(copy: Path, rows: Rows) -> None:
    if copy.suffix == ".db":
        assert copy.name == f"gemba-20261116T090000Z-{LAST}.db"
        assert await on(f"sqlite:///{copy}", everything) == rows
    else:
        assert copy.name == f"gemba-20261116T090000Z-{LAST}.dump"
        assert _contents(copy).count("TABLE DATA public") == len(rows) + 1


def _contents(archive: Path) -> str:
    return subprocess.run(["pg_restore", "--list", archive], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("failure", ["raise ValueError('in the middle')", "op.execute('SELECT * FROM nowhere')"])
async def test_a_migration_that_fails_in_the_middle_changes_nothing(
    empty_database_url: str, tmp_path: Path, client_programs: None, failure: str
) -> None:
    before = await filled(empty_database_url, tmp_path / "backups")
    looks = await on(empty_database_url, shape)
    good = step(tmp_path / "later", "op.add_column('contacts', sa.Column('colour', sa.Text))")
    step(good, f"{ADD_AND_REBUILD.replace('colour', 'size')}\n    {failure}", revision="bad", down="next")

    with pytest.raises((ValueError, sa.exc.DBAPIError)):
        await migrate(empty_database_url, tmp_path / "backups", NOW, versions=(VERSIONS, good))

    assert await on(empty_database_url, shape) == looks
    assert await on(empty_database_url, everything) == before
    assert await schema_state(empty_database_url) == SchemaState("current", LAST)
    assert names(tmp_path / "backups") == []


async def test_a_migration_that_breaks_a_reference_is_undone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gemba.db'}"
    before = await filled(url, tmp_path / "backups")
    versions = (VERSIONS, step(tmp_path / "later", "op.execute('DELETE FROM contacts WHERE id = 1')"))
    with pytest.raises(BrokenReferencesError, match="undone"):
        await migrate(url, tmp_path / "backups", NOW, versions=versions)
    assert await on(url, everything) == before


async def test_without_a_backup_nothing_is_migrated(
    empty_database_url: str, tmp_path: Path, client_programs: None
) -> None:
    before = await filled(empty_database_url, tmp_path / "backups")
    (tmp_path / "in_the_way").touch()
    versions = (VERSIONS, step(tmp_path / "later", ADD_AND_REBUILD))
    with pytest.raises(FileExistsError):
        await migrate(empty_database_url, tmp_path / "in_the_way", NOW, versions=versions)
    assert await on(empty_database_url, everything) == before


async def test_a_newer_database_is_refused_and_left_alone(empty_database_url: str, tmp_path: Path) -> None:
    await migrate(empty_database_url, tmp_path, NOW)
    await on(empty_database_url, lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    assert await schema_state(empty_database_url) == SchemaState("newer", "9999")
    with pytest.raises(NewerSchemaError):
        await migrate(empty_database_url, tmp_path, NOW)


async def test_tables_of_somebody_else_are_not_taken_over(empty_database_url: str, tmp_path: Path) -> None:
    await on(empty_database_url, lambda tx: tx.execute(sa.text("CREATE TABLE contacts (phone TEXT)")))
    with pytest.raises(ForeignSchemaError):
        await schema_state(empty_database_url)
    with pytest.raises(ForeignSchemaError):
        await migrate(empty_database_url, tmp_path, NOW)


async def test_the_newest_five_backups_stay(tmp_path: Path) -> None:
    url, backups = f"sqlite:///{tmp_path / 'gemba.db'}", tmp_path / "backups"
    await filled(url, backups)
    (backups).mkdir(exist_ok=True)
    (backups / "mine.db").touch()
    down, versions = LAST, [VERSIONS]
    for n in range(1, BACKUPS_KEPT + 3):
        name = f"step{n}"
        versions = [VERSIONS, step(tmp_path / "later", "pass", revision=name, down=down)]
        await migrate(url, backups, NOW + timedelta(days=n), versions=versions)
        down = name
    assert names(backups) == [
        *(f"gemba-202611{16 + n}T090000Z-step{n - 1}.db" for n in range(3, BACKUPS_KEPT + 3)),
        "mine.db",
    ]


async def test_the_log_is_neither_configured_nor_the_terminal_written_to(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (logging.root.level, list(logging.root.handlers), logging.getLogger("alembic").level)
    await migrate(f"sqlite:///{tmp_path / 'gemba.db'}", tmp_path, NOW)
    assert (logging.root.level, logging.root.handlers, logging.getLogger("alembic").level) == before
    assert capfd.readouterr() == ("", "")


async def test_odd_folder_names_do_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "100% наше #1"
    url = sa.URL.create("sqlite", database=str(folder / "gemba.db")).render_as_string()
    await filled(url, folder / "backups")
    versions = (VERSIONS, step(folder / "later", "pass"))
    done = await migrate(url, folder / "backups", NOW, versions=versions)
    assert done.backup is not None
    assert sqlite3.connect(done.backup).execute("SELECT count(*) FROM contacts").fetchone() == (ROWS_A_TABLE,)


def test_the_next_migration_is_written_from_the_tables(tmp_path: Path) -> None:
    written = write_next("Everything.", tmp_path)
    assert written.name == "0001_everything.py"
    text = written.read_text()
    assert "UtcTime()" in text
    assert "Alembic" not in text
    assert write_next("Nothing new.", tmp_path).read_text().rstrip().endswith("pass")
