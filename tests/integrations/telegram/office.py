"""The Telegram side put together in the test's own process, against a sandbox."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from aiogram import Bot
from aiogram.dispatcher.event.bases import UNHANDLED

from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.locales import Texts
from bot.ports import Act, Clock
from bot.runtime.budgets import Ledger
from bot.runtime.clocks import FileClock
from bot.runtime.delivery import Delivery
from bot.runtime.intake import Intake
from bot.storage.store import Store, Tx
from bot.storage.tables import messages, outbox
from bot.use_cases.bind_chats import bind_purpose
from handlers import build_dispatcher
from handlers.context import House
from integrations.telegram.carrier import TelegramCarrier
from integrations.telegram.client import TelegramClient
from integrations.telegram.errands import all_errands
from integrations.telegram.errands.base import Surroundings
from integrations.telegram.introduction import Profile, ask_profile
from integrations.telegram.polling import Polling
from integrations.telegram.rates import Rates
from integrations.telegram.reception import Reception
from integrations.telegram.roster import Roster
from integrations.telegram.sandbox import SandboxClient, run_sandbox
from integrations.telegram.sandbox.client import Json

PATIENCE_SECONDS = 60.0


@dataclass
class Office:
    sandbox: SandboxClient
    store: Store
    clock: FileClock
    anna: int
    boris: int
    chief: int
    sales: int
    marketing: int
    intake: Intake = field(init=False)
    delivery: Delivery = field(init=False)
    sends: bool = True
    """While it is False nothing new is begun: what is promised piles up."""

    async def sees(self, chat: int, text: str, **more: Any) -> Json:
        """The bot's message with these words; a space stands for any space, also one that does not break."""
        words = re.compile(r"\s+".join(re.escape(word) for word in text.split()))
        return await self.sandbox.wait_for(chat, words, PATIENCE_SECONDS, **more)

    async def until(self, probe: Callable[[], Awaitable[Any]], complaint: str = "it did not come true") -> Any:
        """The first true value of a probe of the store or the sandbox."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := await probe()):
            assert time.monotonic() < deadline, complaint
            await asyncio.sleep(0.02)
        return value

    async def items(self, kind: str | None = None, status: str | None = None) -> list[Any]:
        def query(tx: Tx) -> list[Any]:
            conditions = [outbox.c.kind == kind] if kind else []
            conditions += [outbox.c.status == status] if status else []
            return list(tx.execute(sa.select(outbox).where(*conditions).order_by(outbox.c.id)).all())

        return await self.store.read(query)

    async def until_promised(self, kind: str, count: int = 1) -> None:
        async def promised() -> bool:
            return len(await self.items(kind, "pending")) >= count

        await self.until(promised, f"no {kind} was promised")

    async def until_quiet(self) -> None:
        """Everything received is stored, and everything promised and due is sent."""

        async def quiet() -> bool:
            heads: dict[str, Any] = {}
            for item in await self.items(status="pending"):
                heads.setdefault(item.lane, item)
            due = [item for item in heads.values() if item.not_before <= self.clock.now()]
            return not due and not self.intake.under_way

        await self.until(quiet, "something is still to be sent")

    async def until_stored(self, count: int) -> None:
        """So many messages of customers and teammates, a /start not counted."""
        said = sa.select(sa.func.count()).select_from(messages).where(messages.c.kind != "start")

        async def stored() -> bool:
            return (await self.store.read(lambda tx: tx.scalar(said)) or 0) >= count

        await self.until(stored, f"not {count} messages were stored")

    async def outbound(self) -> list[Any]:
        query = sa.select(messages).where(messages.c.direction == "outbound").order_by(messages.c.id)
        return await self.store.read(lambda tx: list(tx.execute(query).all()))

    async def said(self, chat: int, **more: Any) -> list[str]:
        """What the bot has said in a chat and not taken back."""
        found = await self.sandbox.messages(chat, from_bot=True, deleted=False, **more)
        told = [message.get("text") or message.get("caption") or f"[{kind_of(message)}]" for message in found]
        return [words.replace("\u00a0", " ") for words in told]

    async def has_lead(self, name: str = "Иван", words: str = "Почём кухня?") -> tuple[int, Json]:
        """A customer who wrote, and his card in the sales chat."""
        person = await self.sandbox.create(name)
        await self.sandbox.start(person, "yandex")
        await self.sandbox.send(person, person, words)
        return person, await self.sees(self.sales, name)

    async def has_talk(self, name: str = "Иван", words: str = "Почём кухня?") -> tuple[int, Json]:
        """A customer whose lead Anna has claimed, and his words as they stand at her desk."""
        person, card = await self.has_lead(name, words)
        place = self.sales if self.topics else self.anna
        await self.sandbox.tap(self.anna, self.sales, card["message_id"], "Беру")
        relayed = await self.sees(place, words, predicate=lambda m: m["text"] == words)
        await self.until_quiet()
        return person, relayed

    topics: bool = False


def kind_of(message: Json) -> str:
    return next(
        (kind for kind in ("photo", "document", "voice", "sticker", "contact", "location") if kind in message), "?"
    )


@asynccontextmanager
async def open_office(
    store: Store, folder: Path, *, topics: bool = False, private_topics: bool = False, rated: bool = False
) -> AsyncIterator[Office]:
    """A sandbox with a team in two chats, and everything that talks with it except the process around."""
    clock_file = folder / "clock.json"
    async with run_sandbox(clock_file=clock_file) as running, TelegramClient(running.token, running.url) as client:
        people, clock = running.client, FileClock(clock_file)
        await people.set_bot(has_topics_enabled=private_topics)
        if not rated:
            await people.unlimited()
        anna, boris = await people.create("Анна", username="anna"), await people.create("Борис", username="boris")
        chief = await people.create("Виктор", username="chief")
        sales = await people.create_group("Продажи", members=[anna, boris], admins=[chief], forum=topics)
        marketing = await people.create_group("Маркетинг", admins=[chief])
        policy = Policy(default_rules(), "RUB", "topics" if topics else "private", frozenset({chief}))
        profile = await ask_profile(client)
        rates = Rates() if rated else Rates(0, 0, 0)
        office = Office(people, store, clock, anna, boris, chief, sales, marketing, topics=topics)
        for purpose, chat in (("sales", sales), ("marketing", marketing), ("managers", sales)):
            await store.write(bind_purpose, purpose, chat, None, clock.now())
        office.intake, office.delivery = put_together(
            store, client, clock, policy, profile, rates, lambda: office.sends
        )
        intake = office.intake
        polling = asyncio.create_task(Polling(client, profile.bot_id, intake.take).run())
        delivering = asyncio.create_task(office.delivery.run())
        try:
            for person in (anna, boris, chief):
                await people.start(person)
            await office.until_quiet()
            yield office
        finally:
            polling.cancel()
            office.delivery.stop()
            await asyncio.wait({delivering}, timeout=5)
            delivering.cancel()


def put_together(
    store: Store,
    client: TelegramClient,
    clock: Clock,
    policy: Policy,
    profile: Profile,
    rates: Rates | None = None,
    may_begin: Callable[[], bool] = lambda: True,
) -> tuple[Intake, Delivery]:
    """What takes in and what sends, as the process puts them together; without `rates` nothing is limited."""
    texts, intake, ledger = Texts("ru", ZoneInfo("Europe/Moscow")), Intake(store, clock), Ledger()
    rates = rates or Rates(0, 0, 0)

    def ease(destination: str) -> float:
        return ledger.ease(rates.budgets(destination), clock.steady())

    around = Surroundings(texts, policy, profile.bot_id, profile.has_topics, profile.username, ease)
    carrier = TelegramCarrier(store, client, all_errands(around), clock, rates)
    intake.add(f"telegram:{profile.bot_id}", _reception(store, client, clock, policy, texts, profile))
    return intake, Delivery(store, [carrier], clock, may_begin, ledger)


def _reception(
    store: Store, client: TelegramClient, clock: Clock, policy: Policy, texts: Texts, profile: Profile
) -> Reception:
    dispatcher, typed = build_dispatcher(), Bot(f"{profile.bot_id}:TEST")
    house = House(policy, texts, clock, profile.bot_id, profile.username)

    async def team_side(raw: Mapping[str, Any]) -> Act | None:
        result = await dispatcher.feed_raw_update(typed, dict(raw), house=house, raw=raw)
        return None if result is UNHANDLED else result

    return Reception(profile.bot_id, client, Roster(store, client, policy, clock), team_side, policy, clock)
