"""Three processes on one PostgreSQL: two that would lead, one that only serves the web. No handover loses a word."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.runtime.leader import LEASE
from bot.storage.tables import leases, messages
from tests.chaos.test_kills import has_customers
from tests.chaos.town import Town, in_order, in_town
from tests.journeys.process import BotProcess

pytestmark = pytest.mark.journey

LEASE_SECONDS = TIMEOUT_SECONDS = 3
QUICK: dict[str, Any] = {"LEASE_SECONDS": str(LEASE_SECONDS), "TELEGRAM_TIMEOUT": str(TIMEOUT_SECONDS)}
A_MOMENT = 1.0
"""Seconds in which an answer has to stand in a window on another process; polling alone would take as long."""


@dataclass
class Visitor:
    """A window on one process; it comes again, to any of them, with what it has."""

    name: str
    said: list[str] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)
    token: str | None = None
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _reading: asyncio.Task[None] | None = None
    _kept: set[str] = field(default_factory=set)

    async def opens(self, http: aiohttp.ClientSession, process: BotProcess) -> None:
        origin = process.environment["PUBLIC_URL"]
        self._socket = await http.ws_connect(f"{process.url}/chat/socket", headers={"Origin": origin})
        await self._socket.send_json({"t": "hello", "token": self.token, "after": max(self.seen, default=0)})
        self.token = (await self._socket.receive_json())["token"]
        self._reading = asyncio.create_task(self._read(self._socket))

    async def says(self, words: str) -> None:
        """Returns when it is acknowledged."""
        assert self._socket is not None
        self.said.append(words)
        number = uuid.uuid4().hex
        await self._socket.send_json({"t": "say", "id": number, "text": words, "who": {"name": self.name}})
        await until(lambda: number in self._kept, 20)

    async def leaves(self) -> None:
        assert self._socket is not None and self._reading is not None
        await self._socket.close()
        await self._reading

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            told = frame.json()
            if told["t"] == "ok":
                self._kept.add(told["id"])
            for line in told.get("lines", ()):
                self.seen[line["n"]] = line["text"]


async def until(condition: Callable[[], Any], seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come true"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


@dataclass
class Machines:
    town: Town
    first: BotProcess
    second: BotProcess
    web: BotProcess
    http: aiohttp.ClientSession

    async def epoch(self) -> int:
        told = sa.select(leases.c.epoch).where(leases.c.name == LEASE)
        return await self.town.store.read(lambda tx: tx.scalar(told)) or 0

    async def until_epoch(self, epoch: int) -> None:
        async def probe() -> str:
            return "" if await self.epoch() == epoch else "nobody has taken over"

        await self.town.until(probe)

    async def readyz(self, process: BotProcess) -> dict[str, Any]:
        async with self.http.get(f"{process.url}/readyz") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def until_it_stands_by(self, process: BotProcess) -> None:
        async def probe() -> str:
            return "" if (await self.readyz(process)).get("delivery", {}).get("leads") is False else "it leads"

        await self.town.until(probe)


@asynccontextmanager
async def on_machines(folder: Path, database: str, **settings: Any) -> AsyncIterator[Machines]:
    if database.startswith("sqlite"):
        pytest.skip("SQLite is for one machine")
    async with AsyncExitStack() as stack:
        town = await stack.enter_async_context(in_town(folder, mode="polling", database=database, **QUICK, **settings))
        others: list[BotProcess] = []
        for name, role in (("second", "worker"), ("web", "web")):
            (folder / name).mkdir()
            own = ("HTTP_PORT", "DATA_DIR", "PYTHONPATH")
            shared = {key: value for key, value in town.stage.bot.environment.items() if key not in own}
            other = BotProcess(folder / name, shared, "--role", role)
            stack.push_async_callback(other.kill)
            others.append(other)
        await asyncio.gather(*(other.start() for other in others))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Machines(town, town.stage.bot, others[0], others[1], http)


async def _claims(town: Town, name: str) -> None:
    card = await town.stage.card(town.stage.sales, name)
    await town.stage.sandbox.tap(town.stage.anna, town.stage.sales, card["message_id"], "Беру")


async def _answers(town: Town, visitor: Visitor, words: str) -> None:
    head = await town.stage.card(town.stage.anna, visitor.said[-1])
    await town.stage.sandbox.send(town.stage.anna, town.stage.anna, words, reply_to=head["message_id"])


async def _repeats(town: Town, visitor: Visitor, people: list[int]) -> int:
    """Everything is stored once and has reached Anna in its order; how often something has reached her again."""
    said = [*(town.said[person] for person in people), visitor.said]
    stored = await town.store.read(lambda tx: list(tx.scalars(sa.select(messages.c.text))))
    assert all(stored.count(words) == 1 for each in said for words in each)
    relayed = await town.bot_said(town.stage.anna)
    answered = [*town.answered.values()]
    assert all(stored.count(words) == 1 for each in answered for words in each)
    for person in people:
        assert in_order(town.answered[person], await town.bot_said(person)) == 0
    return sum(in_order(each, relayed) for each in said)


async def test_the_lead_changes_hands_and_nobody_outside_notices(tmp_path: Path, empty_database_url: str) -> None:
    async with on_machines(tmp_path, empty_database_url) as machines:
        town, sandbox, anna = machines.town, machines.town.stage.sandbox, machines.town.stage.anna
        people = await has_customers(town, 2)
        visitor = Visitor("Вера")
        await visitor.opens(machines.http, machines.web)
        await visitor.says("Здравствуйте, есть доставка?")
        await _claims(town, "Вера")
        await _answers(town, visitor, "Есть, завтра привезём.")
        await until(lambda: "Есть, завтра привезём." in visitor.seen.values(), 10)
        assert await machines.epoch() == 1

        # Frozen inside a call that has taken effect; the next morning comes; another one leads.
        await sandbox.faults("delay_after", "copyMessage", anna, seconds=TIMEOUT_SECONDS - 1)
        await town.writes(people[0])
        await town.until_held("copyMessage")
        machines.first.freeze()
        await visitor.says("И самовывоз?")
        await town.writes(people[1])
        await machines.until_epoch(2)
        await sandbox.advance(timedelta(hours=21, minutes=5).total_seconds())
        await town.settles()

        async def has_its_digest() -> str:
            return "" if await town.digests() else "no digest"

        await town.until(has_its_digest)
        before = len(await sandbox.messages(anna, from_bot=True))
        posted = await town.bot_said(town.stage.managers)
        machines.first.wake()
        await machines.until_it_stands_by(machines.first)
        assert "late_write_refused" in machines.first.log.read_text()
        assert len(await sandbox.messages(anna, from_bot=True)) == before
        assert await town.bot_said(town.stage.managers) == posted
        once = await town.digests()
        assert len(once) == len(set(once))
        assert await _repeats(town, visitor, people) == 1  # the very call that was under way

        # Killed: the one that was frozen leads again.
        async with town.talking(people, 0.5):
            await machines.second.kill()
            await visitor.says("Спасибо")
            await machines.until_epoch(3)
        await town.settles()
        repeats = await _repeats(town, visitor, people)
        assert repeats <= 2

        # One after another is stopped and started again, while all write: at once, and without a repeat.
        await machines.second.start()
        async with town.talking(people, 0.5):
            for process in (machines.first, machines.web, machines.second):
                if process is machines.web:
                    await visitor.leaves()
                assert await process.stop() == 0
                await process.start()
                if process is machines.web:
                    await visitor.opens(machines.http, process)
                await visitor.says(f"Ещё вопрос {uuid.uuid4().hex[:6]}")
        await town.settles()
        assert await machines.epoch() == 5
        assert await _repeats(town, visitor, people) == repeats
        await _answers(town, visitor, "До встречи!")
        await until(lambda: "До встречи!" in visitor.seen.values(), 10)
        own = [words for words in visitor.seen.values() if words in visitor.said]
        assert own == visitor.said and sorted(visitor.seen) == list(range(1, len(visitor.seen) + 1))
        await visitor.leaves()
