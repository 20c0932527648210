"""The programs that are measured, each started against the same emulator: the bare echo, the raw floor, and Gemba."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.benchmarks.scene import TOKEN, Scene, free_port, process

SELLERS, CUSTOMERS = 10, 50


@dataclass(frozen=True, slots=True)
class Subject:
    pid: int
    ready_seconds: float
    url: str = ""
    """Where Gemba's web server is."""


@asynccontextmanager
async def bare(stage: Scene, folder: Path) -> AsyncIterator[Subject]:
    async with _relay(stage, folder, "tests.benchmarks.echo") as subject:
        yield subject


@asynccontextmanager
async def floor(stage: Scene, folder: Path) -> AsyncIterator[Subject]:
    async with _relay(stage, folder, "tests.benchmarks.floor") as subject:
        yield subject


@asynccontextmanager
async def _relay(stage: Scene, folder: Path, module: str) -> AsyncIterator[Subject]:
    for person in (*stage.sellers, *stage.customers):
        await stage.sandbox.start(person)
    environment = {
        "TELEGRAM_API_URL": stage.url,
        "BOT_TOKEN": TOKEN,
        "RELAY_CHATS": ",".join(map(str, stage.sellers)),
        "FOLDER": str(folder),
    }
    async with process("-m", module, environment=environment, log=folder / "relay.log") as running:
        yield Subject(running.pid, import_seconds())


def import_seconds() -> float:
    """What importing aiogram alone costs: the start-up's baseline."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiogram"], check=True)
    return time.perf_counter() - began


@asynccontextmanager
async def gemba(stage: Scene, folder: Path, **settings: str) -> AsyncIterator[Subject]:
    """With everything on, and without Telegram's rates unless `settings` say so."""
    port = free_port()
    environment = {
        "TELEGRAM_API_URL": stage.url,
        "BOT_TOKEN": TOKEN,
        "SALES_CHAT_ID": str(stage.sales),
        "DATA_DIR": str(folder / "data"),
        "HTTP_PORT": str(port),
        "TELEGRAM_GROUP_RATE": "0",
        "TELEGRAM_GLOBAL_RATE": "0",
        "TELEGRAM_CHAT_RATE": "0",
        **settings,
    }
    began = time.perf_counter()
    async with process("-m", "bot", "run", environment=environment, log=folder / "bot.log") as bot:
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url)
        yield Subject(bot.pid, time.perf_counter() - began, url)


async def share_out(stage: Scene) -> None:
    """Every customer has written, and every seller owns his share of them."""
    for seller in stage.sellers:
        await stage.sandbox.start(seller)
    for customer in stage.customers:
        await stage.sandbox.send(customer, customer, "Хочу заказать")
    for n, _ in enumerate(stage.customers):
        card = await stage.sandbox.wait_for(stage.sales, f"Клиент {n}\n", 30)
        query = await stage.sandbox.tap(stage.sellers[n % SELLERS], stage.sales, card["message_id"], (0, 0))
        await stage.sandbox.answer(query, 30)


async def _until_ready(url: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            try:
                async with session.get(f"{url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.01)
