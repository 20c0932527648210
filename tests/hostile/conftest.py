"""The whole product in one thread of its own, for tools that call it as strangers do."""

import asyncio
import contextlib
import io
import logging
import sys
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
import structlog
from aiohttp import web

from bot.app import Gemba
from bot.foundation import open_foundation
from bot.runtime.logs import configure_logs
from bot.settings import Settings
from bot.storage.intake import all_failures
from bot.storage.migrate import migrate
from bot.storage.store import Store
from bot.web.server import serving
from integrations.telegram.client import TelegramClient
from integrations.telegram.sandbox import run_sandbox
from integrations.webchat import receiver
from tests.conftest import MovableClock, database_on
from tests.use_cases.house import House

SITE = "https://shop.example"
SECRET = "journey-secret"


T = TypeVar("T")


@dataclass(frozen=True)
class Served:
    """The product on one database; a `token` is a window's of its own."""

    url: str
    product: Gemba
    routes: list[web.RouteDef]
    loop: asyncio.AbstractEventLoop
    ended: asyncio.Event

    def leave(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """In the product's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def token(self) -> str:
        told = requests.post(f"{self.url}/chat/poll", json={}, headers={"Origin": SITE}, timeout=60)
        return str(told.json()["token"])

    def undone(self) -> list[str]:
        """What strangers were thanked for and what then was not done: there is no reason for any."""
        failures = self.run(self.product.base.store.read(all_failures))
        return [failure.error for failure in failures if not failure.source.startswith("telegram")]


@contextlib.asynccontextmanager
async def _serve(folder: Path, database: str) -> AsyncIterator[Served]:
    async with run_sandbox() as telegram:
        settings = Settings(
            _env_file=None,
            bot_token=telegram.token,
            telegram_api_url=telegram.url,
            telegram_mode="webhook",
            telegram_webhook_secret=SECRET,
            public_url="https://gemba.example",
            data_dir=folder,
            database_url=database,
            allowed_origins=frozenset({SITE}),
            trusted_proxies=frozenset({"127.0.0.1"}),
        )
        await migrate(settings.store_url, folder, datetime.now(UTC))
        async with open_foundation(settings) as base, TelegramClient(telegram.token, telegram.url) as client:
            product = Gemba(base, client)
            routes = product._routes("web")
            leaving = [each.close for each in product.integrations if each.close]
            async with serving(routes, "127.0.0.1", 0, leaving) as port:
                parts = asyncio.create_task(product._parts("web", lambda _line: None))
                while product._webhook is None:  # noqa: ASYNC110 - the product has no bell for it
                    await asyncio.sleep(0.01)
                one = Served(f"http://127.0.0.1:{port}", product, routes, asyncio.get_running_loop(), asyncio.Event())
                yield one
                await one.ended.wait()
                product._stopping.set()
                await parts


@pytest.fixture(scope="package", autouse=True)
def log() -> Iterator[io.StringIO]:
    """What the product writes of itself meanwhile."""
    told, before = io.StringIO(), sys.stderr
    sys.stderr = told
    configure_logs("json")
    sys.stderr = before
    yield told
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


@contextlib.contextmanager
def _running(folder: Path, database: str = "") -> Iterator[Served]:
    """Our own address counts as a proxy's: each call may come from an address of its own."""
    patience, receiver.POLL_SECONDS = receiver.POLL_SECONDS, 0.05
    ready, found = threading.Event(), list[Served]()

    async def run() -> None:
        async with _serve(folder, database) as one:
            found.append(one)
            ready.set()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    while not ready.wait(0.1):
        assert thread.is_alive(), "the product did not start"
    yield found[0]
    found[0].leave()
    thread.join(30)
    receiver.POLL_SECONDS = patience


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with _running(tmp_path_factory.mktemp("hostile")) as one:
        yield one


@pytest.fixture(scope="package")
def both(served: Served, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, ...]]:
    """The same on SQLite and on PostgreSQL: what the one takes and the other chokes on is found by asking both."""
    with database_on(postgres_url) as url, _running(tmp_path_factory.mktemp("hostile"), url) as other:
        yield served, other


@pytest.fixture(scope="package")
def token(served: Served) -> str:
    return served.token()


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    house = House(store, clock)
    await house.opens()
    return house
