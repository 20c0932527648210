"""The people, the chats and the bot of a story."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.locales import Texts
from bot.runtime.leader import LONG_AGO
from bot.storage.migrate import migrate
from bot.storage.store import open_store
from bot.storage.tables import leases
from integrations.telegram.html import without_markup
from integrations.telegram.sandbox.client import Button, Json, SandboxClient
from integrations.telegram.sandbox.running import run_sandbox
from tests.journeys.process import BotProcess, free_port

SECRET = "journey-secret"
PATIENCE_SECONDS = 60


@dataclass
class Stage:
    sandbox: SandboxClient
    bot: BotProcess
    anna: int
    boris: int
    maria_marketer: int
    chief: int
    sales: int
    marketing: int
    managers: int
    texts: Texts

    def says(self, key: str, **values: object) -> str:
        """The bot's own words, in the language of this story."""
        return self.texts.plain(key, **values)

    def plain(self, key: str, **values: object) -> str:
        """The same without its markup, as a person reads it."""
        return without_markup(self.says(key, **values))

    @staticmethod
    def has_button(label: str) -> Callable[[Json], bool]:
        return lambda message: any(
            label in button["text"]
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", [])
            for button in row
        )

    async def refusals(self) -> int:
        """How many calls earned a 429."""
        return sum((await self.sandbox.limits())["refused"].values())

    async def kill(self) -> None:
        """SIGKILL. The lease of the dead is ended: to wait for it each time would test nothing more."""
        await self.bot.kill()
        await end_leases(self.bot.environment.get("DATABASE_URL", ""))

    async def opens_bot(self, *people: int) -> None:
        for person in people:
            await self.sandbox.start(person)

    async def tap(self, person: int, chat: int, message: Json, label: Button) -> Json:
        """What the person reads in answer to the tap."""
        query = await self.sandbox.tap(person, chat, message["message_id"], label)
        return await self.sandbox.answer(query)

    async def card(
        self,
        chat: int,
        text: str,
        *,
        replied: bool | None = None,
        predicate: Callable[[Json], bool] = lambda _message: True,
        **more: Any,
    ) -> Json:
        """The bot's message with these words; a space stands for any space, also one that does not break."""
        words = re.compile(r"\s+".join(re.escape(word) for word in text.split()))

        def fits(message: Json) -> bool:
            return predicate(message) and (replied is None or ("reply_to_message" in message) is replied)

        return await self.sandbox.wait_for(chat, words, PATIENCE_SECONDS, predicate=fits, **more)

    async def thing(self, chat: int, kind: str, *, count: int = 1) -> list[Json]:
        """The bot's messages of a kind, once there are that many."""

        async def enough() -> list[Json] | None:
            found = [m for m in await self.sandbox.messages(chat, from_bot=True, deleted=False) if kind in m]
            return found if len(found) >= count else None

        return await self.sandbox.wait_until(enough, PATIENCE_SECONDS, f"no {count} of {kind} in chat {chat}")

    async def reactions(self, chat: int, message_id: int) -> list[Json]:
        messages = await self.sandbox.messages(chat, after=message_id - 1)
        return [
            reaction for one in messages if one["message_id"] == message_id for reaction in one.get("reactions") or []
        ]

    @staticmethod
    def in_topic(message: Json) -> bool:
        return bool(message.get("is_topic_message"))

    async def until_ticked(self, chat: int, message_id: int) -> None:
        """The teammate's own message carries the bot's delivery tick."""

        async def ticked() -> bool:
            return bool(await self.reactions(chat, message_id))

        await self.sandbox.wait_until(ticked, PATIENCE_SECONDS, f"no tick on message {message_id}")


async def end_leases(url: str) -> None:
    if url.startswith("postgresql"):
        store = open_store(url)
        try:
            await store.write(lambda tx: tx.execute(leases.update().values(expires_at=LONG_AGO)))
        finally:
            await store.close()


def seconds_to_tuesday_noon(now: float) -> float:
    """Stories begin at 12:00 in Moscow of the next Tuesday; time in the sandbox only moves forward."""
    today = datetime.fromtimestamp(now, UTC)
    noon = today.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=(1 - today.weekday()) % 7)
    return ((noon if noon > today else noon + timedelta(days=7)) - today).total_seconds()


@asynccontextmanager
async def on_stage(
    folder: Path,
    *,
    database: str | None = None,
    mode: str = "polling",
    locale: str = "ru",
    topics: bool = False,
    forum: bool = False,
    kind: str = "supergroup",
    **settings: str,
) -> AsyncIterator[Stage]:
    """A sandbox at noon of a Tuesday, a team of four in three chats, and the bot running."""
    clock_file = folder / "clock.json"
    async with run_sandbox(free_port(), clock_file=clock_file) as running:
        client = running.client
        await client.advance(seconds_to_tuesday_noon(await client.now()))
        await client.set_bot(has_topics_enabled=topics)
        anna = await client.create("Анна", "Смирнова", username="anna")
        boris = await client.create("Борис", username="boris")
        maria = await client.create("Мария", username="maria_m")
        chief = await client.create("Виктор", username="chief")
        sales = await client.create_group("Продажи", members=[anna, boris], admins=[chief], forum=forum, kind=kind)
        marketing = await client.create_group("Маркетинг", members=[maria], admins=[chief])
        managers = await client.create_group("Руководители", admins=[chief])
        bot = BotProcess(
            folder,
            {
                "BOT_TOKEN": running.token,
                "TELEGRAM_API_URL": running.url,
                "TELEGRAM_MODE": mode,
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
                "SALES_CHAT_ID": str(sales),
                "MARKETING_CHAT_ID": str(marketing),
                "MANAGERS_CHAT_ID": str(managers),
                "ADMIN_IDS": str(chief),
                "LOCALE": locale,
                "CLOCK_FILE": str(clock_file),
                **({"DATABASE_URL": database} if database else {}),
                **settings,
            },
        )
        bot.environment["PUBLIC_URL"] = bot.url
        texts = Texts(locale, ZoneInfo("Europe/Moscow"))
        try:
            if database:
                await migrate(database, folder, datetime.now(UTC))
            await bot.start()
            yield Stage(client, bot, anna, boris, maria, chief, sales, marketing, managers, texts)
        finally:
            await bot.kill()
