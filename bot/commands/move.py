"""`move-to`: all that is stored goes from SQLite to PostgreSQL, and is compared there."""

import sqlalchemy as sa

from bot.commands.data import is_sqlite, texts_of
from bot.domain.errors import GembaError, NewerSchemaError
from bot.foundation import database_url, lock_file
from bot.runtime.clocks import open_clock
from bot.runtime.leader import holding_file_lock
from bot.settings import Settings, SettingsError
from bot.storage.backup import Progress
from bot.storage.migrate import schema_state
from bot.storage.move import move


async def move_to(settings: Settings, target: str, progress: Progress) -> str:
    """What was moved, in a line. Raises `AlreadyRunningError` while the bot runs."""
    texts = texts_of(settings)
    if not is_sqlite(settings):
        raise SettingsError("DATABASE_URL: this is PostgreSQL already; what is moved comes from SQLite")
    url = database_url(settings.model_copy(update={"database_url": target}))
    if sa.make_url(url).database == sa.make_url(settings.store_url).database:
        raise SettingsError("the new database is the old one")
    match (await schema_state(settings.store_url)).kind:
        case "empty":
            raise GembaError(texts.plain("cli.no_data"))
        case "behind":
            raise GembaError(texts.plain("cli.behind"))
        case "newer":
            raise NewerSchemaError
    async with holding_file_lock(lock_file(settings)):
        now = open_clock(settings.clock_file).now()
        counts = await move(settings.store_url, url, settings.data_dir / "backups", now, progress)
    told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    return texts.plain("cli.moved", rows=sum(counts.values()), told=told)
