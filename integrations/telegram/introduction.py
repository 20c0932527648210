"""Who we are in Telegram, how we receive, and what the command menu says."""

import asyncio
from dataclasses import dataclass

import structlog

from bot.locales import Texts
from bot.settings import Settings, SettingsError
from bot.storage.profiles import get_profile, put_profile
from bot.storage.store import Store, Tx
from integrations.telegram.client import TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.reception import ALLOWED_UPDATES
from integrations.telegram.webhook import PATH

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
COMMANDS = ("my", "queue", "find", "lead", "t", "away", "digest", "rejects", "link", "help")
"""What is wanted most often comes first. `/customer` and `/setup` are not for every day."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What `getMe` says of the bot."""

    bot_id: int
    username: str
    has_topics: bool
    reads_all: bool


async def introduce(client: TelegramClient, store: Store, bot_id: int) -> Profile:
    """Asks Telegram who we are. While it is away, what it said last is good enough to begin with."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            profile = await ask_profile(client)
        except (TelegramUnreachableError, TelegramError) as error:
            remembered = await store.read(_recall, bot_id)
            if remembered is not None:
                return remembered
            rest = _rest(error, pause)
            log.warning("telegram.unreachable", reason=str(error), retry_seconds=rest)
            await asyncio.sleep(rest)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            continue
        await store.write(_remember, profile)
        return profile


async def ask_profile(client: TelegramClient) -> Profile:
    """Raises `SettingsError` when Telegram does not know the token."""
    try:
        me = await client.call("getMe", patience=10)
    except TelegramError as error:
        if error.code in (401, 404):
            raise SettingsError("BOT_TOKEN: Telegram does not know this token; take it from @BotFather again") from None
        raise
    return Profile(
        me["id"], me["username"], bool(me.get("has_topics_enabled")), bool(me.get("can_read_all_group_messages"))
    )


async def receive_by(client: TelegramClient, settings: Settings) -> None:
    """Sets or takes away the webhook, as `TELEGRAM_MODE` says; waits while Telegram is away."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            if settings.telegram_mode == "webhook":
                wanted = {
                    "url": f"{settings.public_url}{PATH}",
                    "secret_token": settings.telegram_webhook_secret,
                    "allowed_updates": ALLOWED_UPDATES,
                    "max_connections": 40,
                }
                await client.call("setWebhook", wanted)
            elif (await client.call("getWebhookInfo"))["url"]:
                await client.call("deleteWebhook")
        except (TelegramUnreachableError, TelegramError) as error:
            rest = _rest(error, pause)
            log.warning("telegram.mode_not_set", reason=str(error), retry_seconds=rest)
            await asyncio.sleep(rest)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            return


def _rest(error: Exception, pause: float) -> float:
    """Never asked again before Telegram says."""
    told = error.retry_after if isinstance(error, TelegramError) else None
    return max(pause, told or 0.0)


async def announce_commands(client: TelegramClient, texts: Texts) -> None:
    """The menu beside the input field; it is a courtesy, nothing depends on it."""
    menu = [{"command": name, "description": texts.plain(f"menu.{name}")} for name in COMMANDS]
    try:
        await client.call("setMyCommands", {"commands": menu, "scope": {"type": "all_group_chats"}})
    except (TelegramError, TelegramUnreachableError) as error:
        log.info("telegram.no_menu", reason=str(error))


def _remember(tx: Tx, profile: Profile) -> None:
    told = {"username": profile.username, "has_topics": profile.has_topics, "reads_all": profile.reads_all}
    put_profile(tx, profile.bot_id, told)


def _recall(tx: Tx, bot_id: int) -> Profile | None:
    told = get_profile(tx, bot_id)
    return Profile(bot_id, **told) if told else None
