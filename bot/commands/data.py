"""The database as commands open it: none of them makes one, and only `migrate` changes its tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.errors import GembaError, NewerSchemaError
from bot.foundation import database_url
from bot.locales import Texts
from bot.settings import Settings
from bot.storage.migrate import SchemaState, schema_state
from bot.storage.store import Store, open_store


def texts_of(settings: Settings) -> Texts:
    return Texts(settings.locale, settings.zone)


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
