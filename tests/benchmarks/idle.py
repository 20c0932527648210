"""Five thousand windows of a site's chat that stand open and say nothing, from as many addresses."""

import asyncio
import resource
import time
from contextlib import suppress
from pathlib import Path

import aiohttp
import psutil

from tests.benchmarks.scene import memory_mb, scene
from tests.benchmarks.subjects import gemba
from tests.benchmarks.table import Goal, Row

WINDOWS = 5_000
AT_ONCE = 50
IDLE_SECONDS = 10.0
SITE = "https://shop.example"
SETTINGS = {"ALLOWED_ORIGINS": SITE, "TRUSTED_PROXIES": "127.0.0.1"}
MOST_KB_A_WINDOW = 40


async def measure(folder: Path) -> list[Row]:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with scene(folder, 1, 1) as stage, gemba(stage, folder, **SETTINGS) as bot, _client() as http:
        before, room = memory_mb(bot.pid), asyncio.Semaphore(AT_ONCE)
        began = time.perf_counter()
        windows = await asyncio.gather(*(_opened(http, bot.url, n, room) for n in range(WINDOWS)))
        opening = time.perf_counter() - began
        process = psutil.Process(bot.pid)
        spent = sum(process.cpu_times()[:2])
        await asyncio.sleep(IDLE_SECONDS)
        busy = (sum(process.cpu_times()[:2]) - spent) / IDLE_SECONDS
        after = memory_mb(bot.pid)
        process.terminate()
        began = time.perf_counter()
        await asyncio.gather(*(_told_to_come_again(window) for window in windows))
        waking = time.perf_counter() - began
    return [
        Row(
            f"RSS of an idle window of {WINDOWS:,}, kB",
            (after - before) * 1024 / WINDOWS,
            goal=Goal(most=MOST_KB_A_WINDOW, times_bare=False),
        ),
        Row("windows opened/s", WINDOWS / opening),
        Row("processor while all are idle, %", busy * 100),
        Row("all windows woken and told to come again, s", waking),
    ]


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _opened(
    http: aiohttp.ClientSession, url: str, number: int, room: asyncio.Semaphore
) -> aiohttp.ClientWebSocketResponse:
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    async with room:
        socket = await http.ws_connect(
            f"{url}/chat/socket",
            headers={"Origin": SITE, "X-Forwarded-For": address},
            timeout=aiohttp.ClientWSTimeout(),
        )
        await socket.send_json({"t": "hello", "token": None, "after": 0, "lang": "ru"})
        await socket.receive_json()
    return socket


async def _told_to_come_again(socket: aiohttp.ClientWebSocketResponse) -> None:
    with suppress(ConnectionError):
        async for _frame in socket:
            pass
