"""Forty visitors who come at once: some open the chat on the site, some fill in the form, some write in Telegram."""

import asyncio
import itertools
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from bot.demo.words import Words
from integrations.telegram.sandbox.client import SandboxClient

IN_CHAT, BY_FORM, IN_TELEGRAM = 16, 14, 10
SIZE = IN_CHAT + BY_FORM + IN_TELEGRAM
SEED = 11


@dataclass(frozen=True, slots=True)
class Visitor:
    """`number` makes the phone and the address from which the requests come: in life each has his own."""

    number: int
    name: tuple[str, str]
    text: str

    @property
    def phone(self) -> str:
        return f"+7 903 {self.number // 10_000 % 1000:03d}-{self.number // 100 % 100:02d}-{self.number % 100:02d}"

    @property
    def address(self) -> dict[str, str]:
        return {"X-Forwarded-For": f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"}


class Crowd:
    def __init__(self, sandbox: SandboxClient, bot: str, site: str, words: Words) -> None:
        self._sandbox, self._bot, self._site, self._words = sandbox, bot, site, words
        self._numbers = itertools.count(1_000_001)
        self._random = Random(SEED)  # noqa: S311 - names, not secrets
        self.sent = 0

    async def come(self) -> None:
        """All at once; returns when each has been told that his words are received."""
        self.sent = 0
        ways = [self._chat] * IN_CHAT + [self._form] * BY_FORM + [self._telegram] * IN_TELEGRAM
        pairs = [(first, last) for firsts, lasts in self._words.names for first in firsts for last in lasts]
        names = self._random.sample(pairs, SIZE)
        async with aiohttp.ClientSession(headers={"Origin": self._site}) as http, asyncio.TaskGroup() as together:
            for way, name in zip(ways, names, strict=True):
                visitor = Visitor(next(self._numbers), name, self._random.choice(self._words.crowd))
                together.create_task(self._comes(way(http, visitor)))

    async def one_comes(self, name: tuple[str, str], text: str) -> None:
        async with aiohttp.ClientSession(headers={"Origin": self._site}) as http:
            await self._chat(http, Visitor(next(self._numbers), name, text))

    async def _comes(self, coming: Coroutine[Any, Any, None]) -> None:
        await coming
        self.sent += 1

    async def _chat(self, http: aiohttp.ClientSession, visitor: Visitor) -> None:
        """One socket, as the widget opens it."""
        who = {"name": " ".join(visitor.name), "contact": visitor.phone}
        came = {"last": {"page": f"{self._site}/shop", **self._words.searched}}
        said = {"t": "say", "id": uuid.uuid4().hex, "text": visitor.text, "who": who, "from": came}
        async with http.ws_connect(f"{self._bot}/chat/socket", headers=visitor.address) as socket:
            await socket.send_json({"t": "hello", "token": None, "after": 0})
            await socket.receive_json()
            await socket.send_json(said)
            while (await socket.receive_json())["t"] != "ok":
                pass

    async def _form(self, http: aiohttp.ClientSession, visitor: Visitor) -> None:
        fields = {"name": " ".join(visitor.name), "phone": visitor.phone, "message": visitor.text, "utm_source": "vk"}
        async with http.post(f"{self._bot}/forms/measure", json=fields, headers=visitor.address) as response:
            response.raise_for_status()

    async def _telegram(self, _http: aiohttp.ClientSession, visitor: Visitor) -> None:
        person = await self._sandbox.create(*visitor.name)
        await self._sandbox.send(person, person, visitor.text)
