"""`backup`: the whole database in one checked file, made while the bot runs."""

from pathlib import Path

from bot.commands.data import texts_of
from bot.foundation import database_url
from bot.settings import Settings
from bot.storage.backup import Progress, backup


async def back_up(settings: Settings, file: Path, progress: Progress) -> str:
    await backup(database_url(settings), file, progress)
    return texts_of(settings).plain("cli.backup_done", file=file)
