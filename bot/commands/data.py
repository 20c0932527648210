"""The database as commands open it: none of them makes one, and only `migrate` changes its tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from bot.domain.errors import GembaError, NewerSchemaError
from bot.locales import Texts
from bot.settings import Settings, SettingsError
from bot.storage.migrate import SchemaState, schema_state
from bot.storage.store import Store, open_store

BACKENDS = ("sqlite", "postgresql")


def texts_of(settings: Settings) -> Texts:
    return Texts(settings.locale, settings.zone)


def database_url(settings: Settings) -> str:
    """Raises SettingsError where it is no address of a database that we can use."""
    try:
        parsed = sa.make_url(settings.store_url)
    except sa.exc.ArgumentError:
        raise SettingsError("DATABASE_URL: not an address; write sqlite:///path or postgresql://…") from None
    if parsed.get_backend_name() not in BACKENDS:
        raise SettingsError(f"DATABASE_URL: {parsed.get_backend_name()} is not supported; sqlite or postgresql is")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SettingsError("DATABASE_URL: a database in memory would forget everything; name a file")
    return settings.store_url


def is_sqlite(settings: Settings) -> bool:
    return database_url(settings).startswith("sqlite")


async def state_of(settings: Settings) -> SchemaState:
    return await schema_state(database_url(settings))


@asynccontextmanager
async def open_data(settings: Settings) -> AsyncIterator[Store]:
    """The store, while `run` may be using it too. Raises GembaError where there is none of our schema."""
    state = await state_of(settings)
    match state.kind:
        case "empty":
            raise GembaError(texts_of(settings).plain("cli.no_data"))
        case "behind":
            raise GembaError(texts_of(settings).plain("cli.behind"))
        case "newer":
            raise NewerSchemaError
    store = open_store(database_url(settings))
    try:
        yield store
    finally:
        await store.close()
