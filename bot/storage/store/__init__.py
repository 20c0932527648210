"""How units of work run: one writer thread on SQLite, asyncpg on PostgreSQL, one face for both."""

import sqlalchemy as sa

from bot.storage.store.base import Store, Tx, is_away
from bot.storage.store.bell import Bell, PostgresBell
from bot.storage.store.sqlite import SqliteStore

__all__ = ["Bell", "SqliteStore", "Store", "Tx", "bell_of", "is_away", "open_store", "sync_url"]


def open_store(url: str) -> Store:
    """The store for a `DATABASE_URL`: `sqlite:///path` or `postgresql://…`. Must be called inside a running loop."""
    match sa.make_url(url).get_backend_name():
        case "sqlite":
            return SqliteStore(url)
        case "postgresql":
            from bot.storage.store.postgres import PostgresStore  # large, and not needed on SQLite

            return PostgresStore(url)
        case other:
            raise ValueError(f"DATABASE_URL: {other} is not supported; use sqlite:///… or postgresql://…")


def bell_of(store: Store) -> Bell:
    """What wakes the other processes that share this store; on SQLite there are none."""
    return PostgresBell(store.url) if store.url.get_backend_name() == "postgresql" else Bell()


def sync_url(url: str) -> sa.URL:
    """The address without a driver's name, for messages and for Alembic's choice of one."""
    parsed = sa.make_url(url)
    return parsed.set(drivername=parsed.get_backend_name())
