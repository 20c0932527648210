"""The whole product in one thread of its own, for tools that call it as strangers do."""

import asyncio
import contextlib
import io
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import structlog
from aiohttp import web

from bot.app import Gemba
from bot.foundation import open_foundation
from bot.runtime.logs import configure_logs
from bot.settings import Settings
from bot.web.server import serving
from integrations.telegram.client import TelegramClient
from integrations.telegram.sandbox import run_sandbox
from integrations.webchat import receiver

SITE = "https://shop.example"
SECRET = "journey-secret"


@dataclass(frozen=True)
class Served:
    url: str
    product: Gemba
    routes: list[web.RouteDef]
    leave: Callable[[], object]


@contextlib.asynccontextmanager
async def _serve(folder: Path) -> AsyncIterator[Served]:
    async with run_sandbox() as telegram:
        settings = Settings(
            _env_file=None,
            bot_token=telegram.token,
            telegram_api_url=telegram.url,
            telegram_mode="webhook",
            telegram_webhook_secret=SECRET,
            public_url="https://gemba.example",
            data_dir=folder,
            allowed_origins=frozenset({SITE}),
            trusted_proxies=frozenset({"127.0.0.1"}),
        )
        async with open_foundation(settings) as base, TelegramClient(telegram.token, telegram.url) as client:
            product = Gemba(base, client)
            routes = product._routes("web")
            leaving = [each.close for each in product.integrations if each.close]
            async with serving(routes, "127.0.0.1", 0, leaving) as port:
                parts = asyncio.create_task(product._parts("web", lambda _line: None))
                while product._webhook is None:  # noqa: ASYNC110 - the product has no bell for it
                    await asyncio.sleep(0.01)
                ended, loop = asyncio.Event(), asyncio.get_running_loop()
                yield Served(f"http://127.0.0.1:{port}", product, routes, lambda: loop.call_soon_threadsafe(ended.set))
                await ended.wait()
                product._stopping.set()
                await parts


@pytest.fixture(scope="module", autouse=True)
def log() -> Iterator[io.StringIO]:
    """What the product writes of itself meanwhile."""
    told, before = io.StringIO(), sys.stderr
    sys.stderr = told
    configure_logs("json")
    sys.stderr = before
    yield told
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Our own address counts as a proxy's: each call may come from an address of its own."""
    patience, receiver.POLL_SECONDS = receiver.POLL_SECONDS, 0.05
    ready, found = threading.Event(), list[Served]()

    async def run() -> None:
        async with _serve(tmp_path_factory.mktemp("hostile")) as one:
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


@pytest.fixture(scope="module")
def token(served: Served) -> str:
    told = requests.post(f"{served.url}/chat/poll", json={}, headers={"Origin": SITE}, timeout=10)
    return str(told.json()["token"])
