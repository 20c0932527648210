"""The page of the demo: what it is served, what it asks, and what its buttons do."""

import asyncio
import contextlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.demo.crowd import SIZE, Crowd
from bot.demo.firm import Firm
from bot.demo.keeper import BotKeeper
from bot.demo.morning import Morning
from bot.demo.progress import Since, now_begins, progress
from bot.demo.stand_in import StandIn
from bot.demo.troubles import Troubles
from bot.demo.words import WORDS
from bot.domain.working_time import WorkingHours
from bot.locales import Texts
from bot.storage.store import Store
from integrations.telegram.sandbox.running import RunningSandbox

PAGE = Path(__file__).with_name("page")
LOOK_SECONDS = 0.1
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-src 'self'"
)


class Theatre:
    """Opened when the firm is there, played when its past is written and the bot starts."""

    def __init__(self, locale: str, hours: WorkingHours) -> None:
        self.locale, self.hours = locale, hours
        self._since: Since | None = None
        self._troubles: Troubles | None = None
        self._stand_in: StandIn | None = None
        self._store: Store | None = None

    def opens(self, sandbox: RunningSandbox, firm: Firm, keeper: BotKeeper) -> None:
        self._sandbox, self._firm, self.keeper = sandbox, firm, keeper

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.index),
            web.get("/demo/state", self.state),
            web.post("/demo/do/{step}", self.do),
            web.post("/demo/trouble/{name}", self.trouble),
            web.get("/demo/{name}", self.asset),
        ]

    async def play(self, store: Store, texts: Texts) -> None:
        """Until cancelled."""
        self._store, words, client = store, WORDS[self.locale], self._sandbox.client
        crowd = Crowd(client, self.keeper.url, self._sandbox.url, words)
        self._troubles = Troubles(client, self.keeper, store, crowd, words, self.hours)
        self._stand_in = StandIn(client, self._firm, words, texts)
        keeping = [asyncio.create_task(self.keeper.keep()), asyncio.create_task(self.keeper.watch())]
        try:
            opened = await store.read(now_begins)
            await Morning(client, self._firm, words, texts).pass_by()
            while not (await store.read(progress, opened))["answered"]:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(LOOK_SECONDS)
            self._since = await store.read(now_begins)
            await asyncio.gather(*keeping)
        finally:
            await self._troubles.close()
            for task in keeping:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    # What the page asks ----------------------------------------------------------------------------------------------

    async def index(self, _request: web.Request) -> web.Response:
        firm = self._firm
        people = ("customer", "anna", "boris", "marketer", "manager")
        facts = {
            "lang": self.locale,
            "people": {name: getattr(firm, name).telegram_id for name in people},
            "chats": {"sales": firm.sales, "marketing": firm.marketing, "managers": firm.managers},
            "crowd": SIZE,
        }
        marks = escape(urlencode(WORDS[self.locale].searched))
        html = Template((PAGE / "index.html").read_text("utf-8"))
        page = html.substitute(lang=self.locale, marks=marks, facts=json.dumps(facts))
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": _POLICY})

    async def asset(self, request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name not in {path.name for path in PAGE.glob("*.[cj]s*")}:
            raise web.HTTPNotFound
        return web.FileResponse(PAGE / name, headers={"Cache-Control": "no-cache"})

    async def state(self, _request: web.Request) -> web.Response:
        told: dict[str, Any] = {
            "now": self._sandbox.sandbox.clock.now(),
            "ready": self.keeper.is_ready,
            "away": round(self.keeper.seconds_away, 1),
            "waiting": self.keeper.waiting,
            "trouble": self._troubles.told if self._troubles else None,
            "begun": self._since is not None,
        }
        if self._since is not None and self._store is not None:
            told |= await self._store.read(progress, self._since)
        return web.json_response(told)

    # What its buttons do ---------------------------------------------------------------------------------------------

    async def do(self, request: web.Request) -> web.Response:
        """A step of the tour, done for the visitor as he would do it himself."""
        if self._stand_in is None or self._since is None or self._store is None:
            raise web.HTTPServiceUnavailable
        step = request.match_info["step"]
        if step == "again":
            self._since = await self._store.read(now_begins)
            return web.json_response({})
        lead = (await self._store.read(progress, self._since))["lead"]
        try:
            await self._stand_in.do(step, lead)
        except LookupError as error:
            raise web.HTTPConflict(text=str(error)) from error
        return web.json_response({})

    async def trouble(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if self._troubles is None or self._since is None:
            raise web.HTTPServiceUnavailable
        if name == "end":
            await self._troubles.end()
        elif not self._troubles.begin(name):
            raise web.HTTPConflict
        return web.json_response({})
