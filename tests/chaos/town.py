"""A town that goes on writing, whatever happens to the bot; and what must be true when all is over."""

import asyncio
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from bot.storage.store import Store, Tx, open_store
from bot.storage.tables import cards, contacts, digests, intake_events, leads, message_copies, messages, outbox
from integrations.telegram.sandbox.client import Json
from tests.journeys.stage import Stage, on_stage

PATIENCE_SECONDS = 60.0
HELD_SECONDS = 25.0
"""How long the sandbox keeps a call at most, so that the process can be killed inside it: the client waits longer."""

UNLIMITED = {"TELEGRAM_GROUP_RATE": "0", "TELEGRAM_GLOBAL_RATE": "0", "TELEGRAM_CHAT_RATE": "0"}


@dataclass
class Town:
    stage: Stage
    store: Store
    random: Random
    said: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What each customer wrote, in order."""
    answered: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What Anna wrote to each."""
    names: dict[int, str] = field(default_factory=dict)
    kills: int = 0
    webhook: bool = False

    @property
    def next_name(self) -> str:
        return f"Клиент {len(self.names) + 1}."

    async def newcomer(self) -> int:
        name = self.next_name
        person = await self.stage.sandbox.create(name)
        self.names[person] = name
        await self.stage.sandbox.start(person, "yandex")
        await self.writes(person)
        return person

    async def writes(self, person: int) -> None:
        words = f"вопрос {uuid.uuid4().hex[:8]}"
        self.said[person].append(words)
        await self.stage.sandbox.send(person, person, words)

    async def claims(self, person: int) -> None:
        card = await self.stage.card(self.stage.sales, self.names[person])
        await self.stage.sandbox.tap(self.stage.anna, self.stage.sales, card["message_id"], "Беру")

    async def answers(self, person: int) -> None:
        """Anna answers the last words of this customer at her desk.

        Not those of a copy that a kill has left unknown: there the bot asks her to whom.
        """
        known = sa.select(message_copies.c.external_id).select_from(message_copies.join(messages))
        latest = known.where(messages.c.text.in_(self.said[person])).order_by(message_copies.c.id.desc()).limit(1)
        quoted = await self.store.read(lambda tx: tx.scalar(latest))
        if quoted is not None:
            words = f"ответ {uuid.uuid4().hex[:8]}"
            self.answered[person].append(words)
            await self.stage.sandbox.send(self.stage.anna, self.stage.anna, words, reply_to=int(quoted))

    async def talks(self, people: list[int], pause: float = 0.3) -> None:
        """Until cancelled."""
        while True:
            person = self.random.choice(people)
            await (self.answers(person) if self.random.random() < 0.3 else self.writes(person))
            await asyncio.sleep(pause)

    @asynccontextmanager
    async def talking(self, people: list[int], pause: float = 0.3) -> AsyncIterator[None]:
        task = asyncio.create_task(self.talks(people, pause))
        try:
            yield
            assert not task.done(), task.exception()
        finally:
            task.cancel()

    async def kill(self) -> None:
        await self.stage.kill()
        self.kills += 1

    async def starts(self) -> None:
        await self.stage.bot.start()
        if self.webhook:
            await self.stage.sandbox.advance(61)  # Telegram's patience with a webhook that was dead has grown

    async def killed_inside(
        self, how: str, method: str, chat: int | None, cause: Callable[[], Awaitable[Any]] | None, about: str = ""
    ) -> None:
        """The process dies while the sandbox holds this call, before or after its effect; then it is started again."""
        sandbox = self.stage.sandbox
        await sandbox.faults(f"delay_{how}", method, chat, seconds=HELD_SECONDS, about=about)
        if cause is not None:
            await cause()
        await self.until_held(method)
        await self.kill()
        await sandbox.clear_faults()
        await self.starts()

    async def until_held(self, method: str) -> None:
        """Every fault armed for this method has been taken."""

        async def untaken() -> str:
            return f"{method} was never called" if method in await self._armed() else ""

        await self.until(untaken, 0.01)

    async def _armed(self) -> list[str]:
        report = await self.stage.sandbox.faults("error", method="neverCalled")
        return [fault["method"] for fault in report["armed"]]

    async def until(self, probe: Callable[[], Awaitable[str]], pause: float = 0.1, *, patient: bool = False) -> None:
        """Until the probe has nothing to complain about; if `patient`, as long as its complaints change."""
        deadline, before = time.monotonic() + PATIENCE_SECONDS, ""
        while complaint := await probe():
            if patient and complaint != before:
                deadline, before = time.monotonic() + PATIENCE_SECONDS, complaint
            assert time.monotonic() < deadline, f"{complaint}\n{self.stage.bot.log.read_text()[-3_000:]}"
            await asyncio.sleep(pause)

    async def settles(self) -> None:
        """Every message is stored and relayed, every answer delivered, and nothing is left to be sent.

        Ten kills leave more behind than a busy machine makes up for in a minute.
        """
        await self.until(self._missing, patient=True)

    async def _missing(self) -> str:
        stored = set(await self._column(messages.c.text))
        for said in (self.said, self.answered):
            for person, words in said.items():
                if lost := set(words) - stored:
                    return f"not stored of {self.names[person]}: {sorted(lost)}"
        waiting = await self._column(outbox.c.kind, outbox.c.status == "pending")
        return f"not sent yet: {Counter(waiting)}" if waiting else ""

    async def _column(self, column: Any, *conditions: Any) -> list[Any]:
        return await self.store.read(lambda tx: list(tx.scalars(sa.select(column).where(*conditions)).all()))

    async def bot_said(self, chat: int) -> list[str]:
        return [m.get("text", "") for m in await self.stage.sandbox.messages(chat, from_bot=True)]

    async def check(self, claimed: list[int]) -> dict[str, int]:
        """Nothing lost, nothing twice in the database, order kept, one repeat a kill and destination at most."""
        repeats: Counter[str] = Counter()
        wrote = Counter(words for each in (self.said, self.answered) for said in each.values() for words in said)
        stored = Counter(await self._column(messages.c.text, messages.c.kind != "start"))
        assert stored == wrote, "a message is missing in the database, or stands there twice"
        owners = await self._column(leads.c.contact_id)
        assert len(owners) == len(set(owners)) == len(self.names)
        assert set(await self._column(messages.c.status)) <= {"received", "sent"}
        assert set(await self._column(outbox.c.status)) <= {"done", "dropped"}
        assert set(await self._column(intake_events.c.status)) == {"done"}
        relayed = await self.bot_said(self.stage.anna)
        for person in claimed:
            repeats["owner"] += in_order(self.said[person], relayed)
        for person in self.names:
            at_customer = await self.bot_said(person)
            repeated = in_order(self.answered[person], at_customer)
            greetings = Counter(words for words in at_customer if words not in self.answered[person])
            repeated += sum(count - 1 for count in greetings.values())
            assert repeated <= self.kills
            repeats["customers"] += repeated
        shown = await self.bot_said(self.stage.sales)
        for name in self.names.values():
            here = sum(is_card_of(name, words) for words in shown)
            assert here >= 1, f"no card of {name}"
            repeats["sales"] += here - 1
        assert repeats["owner"] <= self.kills and repeats["sales"] <= self.kills, repeats
        (self.stage.bot.folder / "repeats.txt").write_text(
            f"kills {self.kills} repeats {dict(repeats)} of {len(wrote)}"
        )
        return dict(repeats)

    async def cards_of(self, person: int) -> list[Json]:
        found = await self.stage.sandbox.messages(self.stage.sales, from_bot=True, deleted=False)
        return [message for message in found if is_card_of(self.names[person], message.get("text", ""))]

    async def digests(self) -> list[Any]:
        def query(tx: Tx) -> list[Any]:
            return list(tx.execute(sa.select(digests.c.chat_id, digests.c.local_date)).all())

        return await self.store.read(query)

    async def known_card(self, person: int) -> int:
        joined = cards.join(leads, leads.c.id == cards.c.lead_id).join(contacts, contacts.c.id == leads.c.contact_id)
        wanted = sa.and_(contacts.c.name == self.names[person], cards.c.place == "sales")
        known = sa.select(cards.c.message_id).select_from(joined).where(wanted)
        return await self.store.read(lambda tx: tx.scalar(known)) or 0


def is_card_of(name: str, words: str) -> bool:
    """On a card the name has a line of its own; a reminder of those who wait names them, too."""
    return name in words.splitlines()


def in_order(words: list[str], heard: list[str]) -> int:
    """Each was heard, first in the order in which they were said; how many were heard again."""
    wanted = set(words)
    firsts = list(dict.fromkeys(each for each in heard if each in wanted))
    assert firsts == words
    return sum(each in wanted for each in heard) - len(words)


@asynccontextmanager
async def in_town(
    folder: Path, *, mode: str, database: str, seed: int = 1, rated: bool = False, **more: Any
) -> AsyncIterator[Town]:
    settings: dict[str, Any] = {} if rated else dict(UNLIMITED)
    async with on_stage(folder, mode=mode, database=database, **settings, **more) as stage:
        if not rated:
            await stage.sandbox.unlimited()
        store = open_store(database)
        try:
            await stage.opens_bot(stage.anna)
            yield Town(stage, store, Random(seed), webhook=mode == "webhook")
        finally:
            await store.close()
