"""A sandbox in a process of its own, a program under test, and customers who write."""

import asyncio
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from integrations.telegram.sandbox.client import SandboxClient

TOKEN = "123456:TEST"
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0
A_TURN = 1_000


@dataclass
class Scene:
    sandbox: SandboxClient
    url: str
    sellers: list[int]
    customers: list[int]
    sales: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def process(
    *arguments: str, environment: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as output:
        started = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
            await asyncio.wait_for(started.wait(), 30)


@asynccontextmanager
async def scene(folder: Path, sellers: int, customers: int) -> AsyncIterator[Scene]:
    """Without rates: here the machine is measured, not Telegram."""
    port = free_port()
    command = ("-m", "integrations.telegram.sandbox", "--port", str(port), "--token", TOKEN)
    async with process(*command, environment={}, log=folder / "sandbox.log"):
        url = f"http://127.0.0.1:{port}"
        async with SandboxClient(url) as client:
            await until_answers(client)
            await client.unlimited()
            team = [await client.create(f"Продавец {n}") for n in range(sellers)]
            crowd = [await client.create(f"Клиент {n}") for n in range(customers)]
            sales = await client.create_group("Продажи", admins=team)
            yield Scene(client, url, team, crowd, sales)


async def until_answers(client: SandboxClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await client.now()
            except OSError:
                await asyncio.sleep(0.02)
            else:
                return


async def arrived(stage: Scene, words: list[str]) -> dict[str, float]:
    """When each of the texts first stood in a seller's chat, by this process's clock."""
    waiting, seen = set(words), dict[str, float]()
    newest = dict.fromkeys(stage.sellers, 0)
    deadline = time.perf_counter() + PATIENCE_SECONDS
    version = -1
    while waiting:
        for seller in stage.sellers:
            for message in await stage.sandbox.messages(seller, after=newest[seller], from_bot=True):
                newest[seller] = max(newest[seller], message["message_id"])
                text = message.get("text") or ""
                if text in waiting:
                    waiting.discard(text)
                    seen[text] = time.perf_counter()
        if time.perf_counter() > deadline:
            raise TimeoutError(f"{len(waiting)} of {len(words)} messages never arrived")
        if waiting:
            version = await stage.sandbox.changes(version, 1)
    return seen


async def relay_burst(stage: Scene, count: int, mark: str) -> float:
    """Messages a second, from the first word to the last copy."""
    words = [f"{mark} {n}" for n in range(count)]
    began = time.perf_counter()
    writing = asyncio.gather(*(_write(stage, words[at::8], at) for at in range(8)))
    seen = await arrived(stage, words)
    await writing
    return count / (max(seen.values()) - began)


async def relay_many(stage: Scene, count: int, mark: str) -> None:
    """So many, a burst's worth at a time, so that nobody is more than that behind."""
    for n in range(0, count, A_TURN):
        await relay_burst(stage, min(A_TURN, count - n), f"{mark}{n}")


async def relay_steadily(stage: Scene, a_second: int, seconds: int, mark: str) -> tuple[float, float]:
    """p50 and p99 in milliseconds at a steady pace."""
    words = [f"{mark} {n}" for n in range(a_second * seconds)]
    written: dict[str, float] = {}

    async def write() -> None:
        began = time.perf_counter()
        for n, text in enumerate(words):
            await asyncio.sleep(max(0.0, began + n / a_second - time.perf_counter()))
            customer = stage.customers[n % len(stage.customers)]
            written[text] = time.perf_counter()
            await stage.sandbox.send(customer, customer, text)

    writing = asyncio.create_task(write())
    seen = await arrived(stage, words)
    await writing
    spent = sorted((seen[text] - written[text]) * 1_000 for text in words)
    return statistics.median(spent), spent[int(len(spent) * 0.99)]


async def _write(stage: Scene, words: list[str], at: int) -> None:
    for n, text in enumerate(words):
        customer = stage.customers[(at + 8 * n) % len(stage.customers)]
        await stage.sandbox.send(customer, customer, text)


def memory_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 2**20)
