"""A copy of the whole database in one file, made while the product runs."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.domain.errors import GembaError

Progress = Callable[[int, int], None]
"""Told how much is done of how much: pages on SQLite, tables on PostgreSQL."""

PAGES_A_STEP = 1_000


class BackupError(GembaError):
    """The backup could not be made."""


def _silent(_done: int, _total: int) -> None:
    pass


async def backup(url: str, file: Path, progress: Progress = _silent) -> None:
    """Copies the database of a `DATABASE_URL` into a new `file`, which appears whole and checked or not at all.

    SQLite gives a database file, PostgreSQL an archive for `pg_restore`. Raises BackupError. `progress` may be called
    from another thread.
    """
    target = sa.make_url(url)
    if target.get_backend_name() == "sqlite":
        await asyncio.to_thread(backup_sqlite, target, file, progress)
    else:
        await _backup_postgres(target, file, progress)


def backup_sqlite(url: sa.URL, file: Path, progress: Progress = _silent) -> None:
    """The same for SQLite, blocking."""
    source = Path(url.database or "")
    if not source.is_file():
        raise BackupError(f"There is no database at {source}.")
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as reading:
        copy_sqlite(reading, file, progress)


def copy_sqlite(reading: sqlite3.Connection, file: Path, progress: Progress = _silent) -> None:
    """The same of what an open connection sees, in whatever file that is; it must be in no transaction."""
    with _appearing_whole(file) as partial:
        try:
            _copy(reading, partial, progress)
            _check(partial)
        except sqlite3.Error as error:
            raise BackupError(f"The backup could not be made: {error}.") from error


def _copy(reading: sqlite3.Connection, target: Path, progress: Progress) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as writing:
        # One read transaction around all steps: else each commit of the running writer starts the copy over.
        reading.execute("BEGIN")
        try:
            reading.execute("SELECT 1 FROM sqlite_master").fetchone()
            reading.backup(
                writing,
                pages=PAGES_A_STEP,
                progress=lambda _status, left, total: progress(total - left, total),
                sleep=0,
            )
        finally:
            reading.execute("ROLLBACK")
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it


def _check(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if verdict != "ok":
        raise BackupError(f"The copy is damaged, and so may be the database: {verdict}.")


async def _backup_postgres(url: sa.URL, file: Path, progress: Progress) -> None:
    pg_dump, pg_restore = _program("pg_dump"), _program("pg_restore")
    with _appearing_whole(file) as partial:
        await _dump(pg_dump, url, partial, progress)
        listing = await asyncio.create_subprocess_exec(
            pg_restore, "--list", str(partial), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await listing.communicate()
        if listing.returncode != 0:
            raise BackupError(f"The archive cannot be read back: {_one_line(complaint)}")


async def _dump(pg_dump: str, url: sa.URL, file: Path, progress: Progress) -> None:
    tables = await _count_tables(url)
    process = await asyncio.create_subprocess_exec(
        pg_dump,
        *("--format=custom", "--no-password", "--verbose", "--file", str(file)),
        env=os.environ | libpq_environment(url),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    complaint, done = b"", 0
    try:
        async for line in process.stderr:
            if complaint or b"error:" in line:
                complaint += line
            elif b"dumping contents of table" in line:
                done += 1
                progress(done, max(done, tables))
        if await process.wait() != 0:
            raise BackupError(f"pg_dump failed: {_one_line(complaint)}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _count_tables(url: sa.URL) -> int:
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            tables = await connection.scalar(
                sa.text("SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
            )
    except (OSError, sa.exc.SQLAlchemyError) as error:
        raise BackupError(f"PostgreSQL does not answer: {getattr(error, 'orig', None) or error}.") from error
    finally:
        await engine.dispose()
    return int(tables or 0)


def libpq_environment(url: sa.URL) -> dict[str, str]:
    """Where and as whom to connect, for PostgreSQL's own programs; a password in arguments would show in `ps`."""
    query: Mapping[str, Any] = url.query
    named = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": url.port or query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password or query.get("password"),
        "PGDATABASE": url.database or query.get("database"),
        "PGSSLMODE": query.get("sslmode") or query.get("ssl"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
        "PGCONNECT_TIMEOUT": "30",
        "LC_ALL": "C.UTF-8",
    }
    return {name: str(value) for name, value in named.items() if value}


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} is not installed: a backup of PostgreSQL needs its client programs, no older than the server."
        )
    return found


@contextmanager
def _appearing_whole(file: Path) -> Iterator[Path]:
    """A private file beside `file` to write into; it takes the name at the end, when all of it is on the disk."""
    if file.exists():
        raise BackupError(f"{file} exists already; a backup overwrites nothing.")
    if not file.parent.is_dir():
        raise BackupError(f"There is no folder {file.parent}.")
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(0o600)
        yield partial
        _flush(partial)
        if file.exists():
            raise BackupError(f"{file} exists already; a backup overwrites nothing.")
        partial.rename(file)
        _flush(file.parent)
    except OSError as error:
        raise BackupError(f"The backup could not be made: {error}.") from error
    finally:
        for left in (partial, partial.with_name(f"{partial.name}-journal")):
            left.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _one_line(complaint: bytes) -> str:
    return " ".join(complaint.decode(errors="replace").split()) or "it gave no reason."
