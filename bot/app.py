"""The composition root: the only file that knows every concrete class."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.domain.errors import LeadershipLostError
from bot.foundation import Foundation, database_url, lock_file, open_foundation
from bot.lean_aiogram import UNHANDLED, Bot
from bot.ports import Act, Carrier
from bot.running import Running
from bot.runtime.budgets import Ledger
from bot.runtime.delivery import Delivery
from bot.runtime.drawing import Painter
from bot.runtime.intake import Intake
from bot.runtime.leader import holding_file_lock, leadership
from bot.settings import Settings, SettingsError
from bot.storage.store import bell_of
from bot.use_cases.administer import has_admin, make_setup_code
from bot.use_cases.bind_chats import adopt_settings
from bot.web.health import health_routes
from bot.web.server import serving
from handlers import build_dispatcher
from handlers.context import House
from integrations.registry import Ground, integrations
from integrations.telegram.carrier import TelegramCarrier
from integrations.telegram.client import TelegramClient
from integrations.telegram.errands import all_errands
from integrations.telegram.errands.base import Surroundings
from integrations.telegram.introduction import Profile, announce_commands, introduce, receive_by
from integrations.telegram.parse import CHANNEL
from integrations.telegram.polling import Polling
from integrations.telegram.rates import Rates
from integrations.telegram.reception import Reception
from integrations.telegram.roster import Roster
from integrations.telegram.webhook import PATH, webhook_handler
from scheduler.digest import DigestJob, PictureJob
from scheduler.jobs import Tick, Timetable
from scheduler.pruning import PruningJob
from scheduler.retention import RetentionJob
from scheduler.timekeeper import Timekeeper
from scheduler.watch import WatchJob

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 10.0
LONGEST_END_SECONDS = 20.0
"""After this a process that was told to stop is gone, come what may."""

HOUR_SECONDS = 3_600.0

WORK = "work"
"""What followers ring when something was committed that the leader may have to send."""


class Gemba:
    """The running product: every part, and the order in which they start and stop."""

    def __init__(self, base: Foundation, client: TelegramClient) -> None:
        self.base, self.client = base, client
        self.intake = Intake(base.store, base.clock)
        self.ledger = Ledger()
        self._stopping = asyncio.Event()
        self.bell = bell_of(base.store)
        settings = base.settings
        self.lease, self.led = leadership(base.store, self.bell, settings.lease_seconds, settings.telegram_timeout)
        self.running = Running(base.store, self.lease)
        self.integrations = integrations(
            Ground(settings, base.policy, base.clock, self.intake.take, base.store, self.led, self.bell, files=client)
        )
        self.bell.on(WORK, self._hear_of_work)
        for integration in self.integrations:
            self.intake.add(integration.source, integration.interpreter)
        self._webhook: Callable[[web.Request], Awaitable[web.Response]] | None = None

    async def run(self, role: str, announce: Callable[[str], None]) -> None:
        """Until SIGTERM or SIGINT; then nothing new is begun, and what is under way is finished."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        settings = self.base.settings
        async with AsyncExitStack() as stack:
            try:
                leaving = [integration.close for integration in self.integrations if integration.close]
                server = serving(self._routes(role), settings.http_host, settings.http_port, leaving)
                port = await stack.enter_async_context(server)
            except OSError as error:
                place = f"{settings.http_host}:{settings.http_port}"
                raise SettingsError(f"HTTP_PORT: cannot serve at {place}: {error.strerror}") from error
            announce(f"http://{settings.http_host}:{port}")
            listening = asyncio.create_task(self.bell.run())
            stack.callback(listening.cancel)
            parts = asyncio.create_task(self._parts(role, announce))
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({parts, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            await parts

    def _stop(self) -> None:
        self._stopping.set()
        asyncio.get_running_loop().call_later(LONGEST_END_SECONDS, _leave)

    async def _parts(self, role: str, announce: Callable[[str], None]) -> None:
        profile = await self._until_stopped(introduce(self.client, self.base.store, self.base.settings.bot_id))
        if profile is None:
            return
        self.running.profile = profile
        self.intake.add(f"{CHANNEL}:{profile.bot_id}", self._reception(profile))
        if self.base.settings.telegram_webhook_secret:
            secret = self.base.settings.telegram_webhook_secret
            self._webhook = webhook_handler(secret, profile.bot_id, self.intake.take)
        while not self._stopping.is_set():
            try:
                await self._follow(forever=role == "web")
                if not self._stopping.is_set():
                    await self._lead(profile, announce)
            finally:
                if self.lease is not None:
                    await self.lease.give_up()

    async def _follow(self, *, forever: bool) -> None:
        """Until this process leads: what it takes in is for the leader to see at once."""
        telling = asyncio.create_task(self._tell_the_leader())
        try:
            if forever:
                await self._stopping.wait()
            elif self.lease is not None:
                await self._until_stopped(self.lease.acquire())
        finally:
            telling.cancel()

    async def _tell_the_leader(self) -> None:
        committed = self.base.store.committed
        while True:
            await committed.wait()
            committed.clear()
            self.bell.ring(WORK)

    def _hear_of_work(self, _word: str) -> None:
        if self.running.delivery is not None:
            self.base.store.committed.set()

    async def _lead(self, profile: Profile, announce: Callable[[str], None]) -> None:
        """Polls, sends and keeps time, while this process is the one that does; then it stands by again."""
        keeping = asyncio.create_task(self.lease.keep()) if self.lease is not None else None
        try:
            await self._prepare(profile, announce)
            await self._work(profile)
        except LeadershipLostError:
            log.warning("gemba.overtaken")
        finally:
            if keeping is not None:
                keeping.cancel()
            self.running.delivery = self.running.polling = self.running.timekeeper = None

    async def _prepare(self, profile: Profile, announce: Callable[[str], None]) -> None:
        settings, now = self.base.settings, self.base.clock.now()
        wanted = {
            "sales": settings.sales_chat_id,
            "marketing": settings.marketing_chat_id,
            "managers": settings.managers_chat_id,
        }
        await self.led.write(adopt_settings, wanted, now)
        if not await self.led.read(has_admin, self.base.policy):
            code = await self.led.write(make_setup_code)
            announce(f"Nobody administers the bot yet: send it /setup {code} in a private chat (@{profile.username}).")

    async def _work(self, profile: Profile) -> None:
        settings, store, clock = self.base.settings, self.led, self.base.clock
        lost, may_begin = (self.lease.lost, self.lease.holds) if self.lease else (asyncio.Event(), _always)
        self.running.delivery = Delivery(store, self._carriers(profile), clock, may_begin, self.ledger)
        self.running.polling = Polling(self.client, profile.bot_id, self.intake.take, may_begin)
        hours, painter = self.base.hours, Painter(settings.data_dir / "drawing")
        timekeeper = self.running.timekeeper = Timekeeper(store, clock)
        await timekeeper.begin()
        believed = timekeeper.believed
        timetable = Timetable(
            [
                Tick("digest", DigestJob(store, clock, hours, settings.digest_time).run, every=1),
                Tick("picture", PictureJob(store, clock, hours, self.base.texts, painter.draw).run, every=2),
                Tick("watch", WatchJob(store, clock, self.base.policy).run, every=1),
                Tick("retry", partial(self.intake.retry_due, store), every=1),
                Tick("pruning", PruningJob(store, believed).run, every=HOUR_SECONDS),
                Tick(
                    "retention", RetentionJob(store, clock, believed, settings.retention_days).run, every=HOUR_SECONDS
                ),
            ],
            first=timekeeper.look,
        )
        delivering = asyncio.create_task(self.running.delivery.run())
        receiving = asyncio.create_task(self._receive())
        timetable.start()
        gc.collect()
        gc.freeze()  # aiogram's many classes make each full collection stall everything
        log.info("gemba.ready", mode=settings.telegram_mode, bot=profile.username)
        waits = [asyncio.create_task(self._stopping.wait()), asyncio.create_task(lost.wait())]
        await asyncio.wait([*waits, delivering, receiving], return_when=asyncio.FIRST_COMPLETED)
        failed = receiving.exception() if receiving.done() else None
        receiving.cancel()
        timetable.stop()
        self.running.delivery.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(delivering, DRAIN_SECONDS)
        for wait in waits:
            wait.cancel()
        if failed is not None:
            raise failed  # a process that no longer receives must not look as if it had ended well

    async def _receive(self) -> None:
        assert self.running.polling is not None
        await receive_by(self.client, self.base.settings)
        await announce_commands(self.client, self.base.texts)
        if self.base.settings.telegram_mode == "polling":
            await self.running.polling.run()
        await asyncio.Event().wait()

    def _reception(self, profile: Profile) -> Reception:
        base = self.base
        roster = Roster(base.store, self.client, base.policy, base.clock)
        house = House(base.policy, base.texts, base.clock, profile.bot_id, profile.username)
        dispatcher = build_dispatcher()
        typed = Bot(base.settings.bot_token)  # gives the typed updates their context; it never calls

        async def team_side(raw: Mapping[str, Any]) -> Act | None:
            result = await dispatcher.feed_raw_update(typed, dict(raw), house=house, raw=raw)
            return None if result is UNHANDLED else result

        return Reception(profile.bot_id, self.client, roster, team_side, base.policy, base.clock)

    def _carriers(self, profile: Profile) -> list[Carrier]:
        others = [integration.carrier for integration in self.integrations if integration.carrier]
        return [self._telegram(profile), *others]

    def _telegram(self, profile: Profile) -> TelegramCarrier:
        base, settings = self.base, self.base.settings
        rates = Rates(settings.telegram_global_rate, settings.telegram_chat_rate, settings.telegram_group_rate)

        def ease(destination: str) -> float:
            return self.ledger.ease(rates.budgets(destination), base.clock.steady())

        around = Surroundings(base.texts, base.policy, profile.bot_id, profile.has_topics, profile.username, ease)
        return TelegramCarrier(self.led, self.client, all_errands(around), base.clock, rates)

    def _routes(self, role: str) -> list[web.RouteDef]:
        probes = self.running.probes(would_lead=role != "web")
        ours = [route for integration in self.integrations for route in integration.routes]
        return [*health_routes(probes), web.post(PATH, self._hook), *ours]

    async def _hook(self, request: web.Request) -> web.Response:
        if self._webhook is None:
            return web.Response(status=404 if self.running.profile else 503)
        return await self._webhook(request)

    async def _until_stopped(self, work: Any) -> Any:
        """The result, or None when the process is told to stop first."""
        task, stopping = asyncio.ensure_future(work), asyncio.create_task(self._stopping.wait())
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if task.done():
            return task.result()
        task.cancel()
        return None


def _always() -> bool:
    return True


def _leave() -> None:
    """Where something is waited for that never comes, as from a store that has fallen silent: a kill loses nothing."""
    log.error("gemba.left_unfinished")
    os._exit(1)


async def run(settings: Settings, role: str, announce: Callable[[str], None]) -> None:
    if not settings.bot_token:
        raise SettingsError(
            "BOT_TOKEN: not set. Ask @BotFather in Telegram for one (/newbot) and put BOT_TOKEN=… into .env; "
            "to look around without it: make demo"
        )
    async with AsyncExitStack() as stack:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if database_url(settings).startswith("sqlite"):
            if role == "web":
                raise SettingsError("--role web: on SQLite one process does everything; leave the role out")
            await stack.enter_async_context(holding_file_lock(lock_file(settings)))
        base = await stack.enter_async_context(open_foundation(settings))
        client = TelegramClient(
            settings.bot_token, settings.telegram_api_url, settings.telegram_proxy, settings.telegram_timeout
        )
        try:
            await stack.enter_async_context(client)
        except ValueError:  # of the proxy's address, which may hold a password: it is not quoted
            raise SettingsError("TELEGRAM_PROXY: write socks5://user:password@host:1080 or http://host:3128") from None
        await Gemba(base, client).run(role, announce)
