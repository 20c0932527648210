"""`migrate`: brings the database to the tables of this version."""

from contextlib import nullcontext

from bot.commands.data import is_sqlite, state_of, texts_of
from bot.foundation import database_url, lock_file
from bot.runtime.clocks import open_clock
from bot.runtime.leader import holding_file_lock
from bot.settings import Settings
from bot.storage.migrate import migrate


async def migrate_database(settings: Settings) -> str:
    """What was done, in a line. On SQLite not while the bot runs: its tables would change under it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    idle = (await state_of(settings)).kind == "current" or not is_sqlite(settings)
    async with nullcontext() if idle else holding_file_lock(lock_file(settings)):
        now = open_clock(settings.clock_file).now()
        done = await migrate(database_url(settings), settings.data_dir / "backups", now)
    texts = texts_of(settings)
    if done.before is None:
        return texts.plain("cli.migrated_new", after=done.after)
    if done.before == done.after:
        return texts.plain("cli.migrated_current", after=done.after)
    line = texts.plain("cli.migrated", before=done.before, after=done.after)
    return f"{line} {texts.plain('cli.backup_done', file=done.backup)}" if done.backup else line
