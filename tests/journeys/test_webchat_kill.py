"""SIGKILL while twenty visitors write: every word stands once with them, once with us, and once in Telegram."""

import asyncio
import secrets
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.storage.store import open_store
from bot.storage.tables import messages
from tests.journeys.stage import PATIENCE_SECONDS, Stage, on_stage

pytestmark = pytest.mark.journey

SITE = "https://shop.example"
VISITORS, WORDS = 20, 4
KILLED_AT = 30
"""So many of their words are taken when the kill comes."""


class Visitor:
    """What the script on a page does: a word stays its own until the server has taken it."""

    def __init__(self, http: aiohttp.ClientSession, url: str, number: int, taken: asyncio.Semaphore) -> None:
        self._http, self._url, self._taken, self.by_socket = http, url, taken, number % 2 == 0
        self.token: str | None = None
        texts = [f"Гость {number} – слово {word}" for word in range(WORDS)]
        self.unsaid = [{"t": "say", "id": secrets.token_hex(16), "text": text} for text in texts]
        self.texts = texts

    async def speaks(self) -> None:
        while self.unsaid:
            with suppress(aiohttp.ClientError, TimeoutError, OSError, TypeError):
                async with asyncio.timeout(5):
                    await (self._on_a_socket() if self.by_socket else self._by_requests())
            await asyncio.sleep(0.05)

    async def _on_a_socket(self) -> None:
        """A socket that breaks answers with something else than text: a TypeError."""
        async with self._http.ws_connect(self._url + "/chat/socket") as socket:
            await socket.send_json({"t": "hello", "token": self.token, "after": 0})
            while self.unsaid:
                frame = await socket.receive_json()
                if frame["t"] == "hello":
                    self.token = frame["token"]
                    await socket.send_json(self.unsaid[0])
                elif frame["t"] == "ok" and frame["id"] == self.unsaid[0]["id"]:
                    self._is_taken()
                    await asyncio.sleep(0.1)
                    if self.unsaid:
                        await socket.send_json(self.unsaid[0])

    async def _by_requests(self) -> None:
        if self.token is None:
            self.token = (await self._post("/chat/poll", {"token": None, "after": 0}))["token"]
        if (await self._post("/chat/send", {**self.unsaid[0], "token": self.token}))["t"] == "ok":
            self._is_taken()

    def _is_taken(self) -> None:
        del self.unsaid[0]
        self._taken.release()

    async def window(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = (await self._post("/chat/poll", {"token": self.token, "after": 0}))["lines"]
        return lines

    async def _post(self, path: str, frame: dict[str, Any]) -> Any:
        async with self._http.post(self._url + path, json=frame) as response:
            response.raise_for_status()
            return await response.json()


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_no_word_is_lost_or_doubled(tmp_path: Path, database_url: str) -> None:
    async with (
        on_stage(tmp_path, database=database_url, ALLOWED_ORIGINS=SITE) as stage,
        aiohttp.ClientSession(headers={"Origin": SITE}) as http,
    ):
        await stage.opens_bot(stage.anna)
        taken = asyncio.Semaphore(0)
        visitors = [Visitor(http, stage.bot.url, number, taken) for number in range(VISITORS)]
        hers = visitors[:2]
        for visitor in hers:  # one of each road is in Anna's hands before it begins
            later, visitor.unsaid = visitor.unsaid[1:], visitor.unsaid[:1]
            await visitor.speaks()
            visitor.unsaid = later
            card = await stage.card(stage.sales, visitor.texts[0])
            await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
            relayed = await stage.card(stage.anna, visitor.texts[0])
            answer = f"Ответ на «{visitor.texts[0]}»"
            await stage.sandbox.send(stage.anna, stage.anna, answer, reply_to=relayed["message_id"])
        speaking = asyncio.gather(*(visitor.speaks() for visitor in visitors))
        for _ in range(KILLED_AT):
            await taken.acquire()
        await stage.kill()
        assert any(visitor.unsaid for visitor in visitors), "they have finished before it"
        await stage.bot.start()
        await asyncio.wait_for(speaking, 2 * PATIENCE_SECONDS)
        for visitor in visitors:
            said = [line for line in await visitor.window() if line["who"] == "you"]
            assert [line["text"] for line in said] == visitor.texts
        for visitor in hers:
            assert Counter(line["who"] for line in await visitor.window())["team"] == 1
        await all_is_in_telegram(stage, [text for visitor in hers for text in visitor.texts])
    store = open_store(database_url)
    inbound = messages.select().with_only_columns(messages.c.text).where(messages.c.direction == "inbound")
    kept = await store.read(lambda tx: Counter(tx.scalars(inbound)))
    await store.close()
    assert kept == Counter(text for visitor in visitors for text in visitor.texts)


async def all_is_in_telegram(stage: Stage, texts: list[str]) -> None:
    """A kill within the very call to Telegram may repeat that one call, and no other."""

    async def relayed() -> Counter[str] | None:
        own = await stage.sandbox.messages(stage.anna, from_bot=True, deleted=False)
        found = Counter(text for message in own for text in texts if message.get("text") == text)
        return found if len(found) == len(texts) else None

    found = await stage.sandbox.wait_until(relayed, PATIENCE_SECONDS, "not every word has come to Anna")
    assert found.total() <= len(texts) + 1
