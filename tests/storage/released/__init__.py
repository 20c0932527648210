"""A filled database of every schema version, as compressed SQL, and how the newest one is written.

`python -m tests.storage.released`, which `make migration` runs, writes that of the newest version anew, on SQLite and
on PostgreSQL. What stands here of an older version is what firms have: it is never written again.
"""

import asyncio
import gzip
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import asyncpg
import sqlalchemy as sa

from bot.storage.backup import libpq_environment
from bot.storage.migrate import VERSIONS

FOLDER = Path(__file__).parent
REVISIONS = sorted(file.stem.split("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def file_of(revision: str, dialect: str) -> Path:
    return FOLDER / f"{revision}.{dialect}.sql.gz"


def freeze(url: str, file: Path) -> None:
    """Writes a database down as SQL; the same database gives the same file. PostgreSQL's needs `pg_dump`."""
    target = sa.make_url(url)
    lines = _sqlite_lines(target) if target.get_backend_name() == "sqlite" else _postgres_lines(target)
    file.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


async def thaw(file: Path, url: str) -> None:
    """Into an empty database."""
    target, script = sa.make_url(url), gzip.decompress(file.read_bytes()).decode()
    if target.get_backend_name() == "sqlite":
        await asyncio.to_thread(_into_sqlite, target, script)
        return
    connection = await asyncpg.connect(url)
    await connection.execute(script)
    await connection.close()


def _sqlite_lines(url: sa.URL) -> list[str]:
    with closing(sqlite3.connect(url.database or "")) as raw:
        return list(raw.iterdump())


def _into_sqlite(url: sa.URL, script: str) -> None:
    with closing(sqlite3.connect(url.database or "")) as raw:
        raw.executescript(script)


def _postgres_lines(url: sa.URL) -> list[str]:
    """Without the commands that only `psql` knows, and without the versions of the programs in the comments."""
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-password"]
    dumped = subprocess.run(
        command, env=os.environ | libpq_environment(url), capture_output=True, check=True, text=True
    )
    return [line for line in dumped.stdout.splitlines() if line and not line.startswith(("--", "\\"))]
