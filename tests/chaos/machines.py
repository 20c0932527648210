"""Three processes on one PostgreSQL, each on a line of its own: two that would lead, one that only serves the web."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.runtime.leader import LEASE
from bot.storage.tables import leases, messages
from tests.chaos.line import Line, on_a_line
from tests.chaos.town import PATIENCE_SECONDS, Town, in_order, in_town
from tests.journeys.process import BotProcess

LEASE_SECONDS = TIMEOUT_SECONDS = 3
QUICK: dict[str, Any] = {"LEASE_SECONDS": str(LEASE_SECONDS), "TELEGRAM_TIMEOUT": str(TIMEOUT_SECONDS)}


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
        await until(lambda: number in self._kept)

    async def reads(self, words: str) -> None:
        await until(lambda: words in self.seen.values())

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


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0.01)


@dataclass
class Machines:
    town: Town
    people: list[int]
    visitor: Visitor
    first: BotProcess
    second: BotProcess
    web: BotProcess
    lines: list[Line]
    """Of the first, the second and the web."""
    http: aiohttp.ClientSession
    repeats: int = 0
    """What has reached Anna again; in each act it may grow by the calls that were under way."""

    async def epoch(self) -> int:
        told = sa.select(leases.c.epoch).where(leases.c.name == LEASE)
        return await self.town.store.read(lambda tx: tx.scalar(told)) or 0

    async def until_epoch(self, epoch: int) -> None:
        async def probe() -> str:
            return "" if await self.epoch() == epoch else "nobody has taken over"

        await self.town.until(probe)

    async def until_well(self, process: BotProcess, **delivery: Any) -> None:
        """All its parts are well, and these are among the figures of its delivery."""

        async def probe() -> str:
            async with self.http.get(f"{process.url}/readyz") as response:
                found = await response.json()
            right = response.status == 200 and delivery.items() <= found.get("delivery", {}).items()
            return "" if right else f"{found}"

        await self.town.until(probe)

    async def all_have_written(self, most_repeats: int) -> None:
        """Everything that was said is stored once, and has reached the other side in its order."""
        town, visitor = self.town, self.visitor
        await town.settles()
        said = [*(town.said[person] for person in self.people), visitor.said]
        stored = await town.store.read(lambda tx: list(tx.scalars(sa.select(messages.c.text))))
        assert all(stored.count(words) == 1 for each in (*said, *town.answered.values()) for words in each)
        relayed = await town.bot_said(town.stage.anna)
        again = sum(in_order(each, relayed) for each in said)
        for person in self.people:
            again += in_order(town.answered[person], await town.bot_said(person))
        assert again - self.repeats <= most_repeats
        self.repeats = again
        # The window shows all that was said, each line once, and none is missing between them.
        await visitor.reads(visitor.said[-1])
        assert [words for words in visitor.seen.values() if words in visitor.said] == visitor.said
        assert sorted(visitor.seen) == list(range(1, len(visitor.seen) + 1))

    async def anna_answers_the_visitor(self) -> None:
        town, words = self.town, f"ответ {uuid.uuid4().hex[:8]}"
        asked = await town.stage.card(town.stage.anna, self.visitor.said[-1])
        await town.stage.sandbox.send(town.stage.anna, town.stage.anna, words, reply_to=asked["message_id"])
        await self.visitor.reads(words)


@asynccontextmanager
async def on_machines(folder: Path, database: str) -> AsyncIterator[Machines]:
    """All run, two customers and a visitor of the site have written, and Anna has their leads."""
    if database.startswith("sqlite"):
        pytest.skip("SQLite is for one machine")
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(on_a_line(database)) for _ in range(3)]
        one = in_town(folder, mode="polling", database=database, **QUICK, DATABASE_URL=lines[0].url)
        town = await stack.enter_async_context(one)
        others: list[BotProcess] = []
        for name, role, line in (("second", "worker", lines[1]), ("web", "web", lines[2])):
            (folder / name).mkdir()
            own = ("HTTP_PORT", "DATA_DIR", "PYTHONPATH")
            shared = {key: value for key, value in town.stage.bot.environment.items() if key not in own}
            other = BotProcess(folder / name, shared | {"DATABASE_URL": line.url}, "--role", role)
            stack.push_async_callback(other.kill)
            others.append(other)
        await asyncio.gather(*(other.start() for other in others))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        visitor = Visitor("Вера")
        await visitor.opens(http, others[1])
        await visitor.says("Здравствуйте, есть доставка?")
        people = [await town.newcomer() for _ in range(2)]
        for name in ("Вера", *town.names.values()):
            card = await town.stage.card(town.stage.sales, name)
            await town.stage.sandbox.tap(town.stage.anna, town.stage.sales, card["message_id"], "Беру")
        machines = Machines(town, people, visitor, town.stage.bot, others[0], others[1], lines, http)
        await machines.anna_answers_the_visitor()
        assert await machines.epoch() == 1
        yield machines
        await visitor.leaves()
