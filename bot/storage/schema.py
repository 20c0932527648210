"""Whether a database is at this code's schema already: the question of every start, without what a migration needs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest_revision() -> str:
    """By the names of the files: `0002_what_it_does.py` makes the schema `0002`."""
    return max(file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def is_current(url: str) -> bool:
    """Of a SQLite database; False also where there is none yet, or something else."""
    file = Path(sa.make_url(url).database or "")
    if not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return database.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest_revision(),)]
    except sqlite3.Error:
        return False
