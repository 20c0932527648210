"""`make bench`: one table, also written as JSON."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from tests.benchmarks.scene import (
    TOKEN,
    Scene,
    free_port,
    memory_mb,
    process,
    relay_burst,
    relay_steadily,
    scene,
)

SELLERS, CUSTOMERS = 10, 50
BURST, PACE, SECONDS = 500, 50, 10
TAPS = 1_000
OUTPUT = Path("data") / "bench.json"

Figures = dict[str, float]


async def measure_relay(stage: Scene, pid: int) -> Figures:
    await relay_burst(stage, 100, "разогрев")
    idle = memory_mb(pid)
    bursts = sorted([await relay_burst(stage, BURST, f"залп{n}") for n in range(3)])
    p50, p99 = await relay_steadily(stage, PACE, SECONDS, "ровно")
    return {
        "relay, messages/s": bursts[1],
        "p50 at 50/s, ms": p50,
        "p99 at 50/s, ms": p99,
        "RSS warm, MB": idle,
        "RSS after, MB": memory_mb(pid),
    }


async def bare(folder: Path) -> Figures:
    async with scene(folder, SELLERS, CUSTOMERS) as stage:
        for person in (*stage.sellers, *stage.customers):
            await stage.sandbox.start(person)
        environment = {
            "TELEGRAM_API_URL": stage.url,
            "BOT_TOKEN": TOKEN,
            "RELAY_CHATS": ",".join(map(str, stage.sellers)),
        }
        async with process("-m", "tests.benchmarks.echo", environment=environment, log=folder / "echo.log") as echo:
            return await measure_relay(stage, echo.pid)


async def gemba(folder: Path) -> Figures:
    async with scene(folder, SELLERS, CUSTOMERS) as stage:
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
        }
        began = time.perf_counter()
        async with process("-m", "bot", "run", environment=environment, log=folder / "bot.log") as bot:
            await until_ready(port)
            ready = time.perf_counter() - began
            await share_out(stage)
            figures = await measure_relay(stage, bot.pid)
            race = await claim_race(stage)
        return {**figures, "ready, s": ready, "claim race, taps/s": race}


async def until_ready(port: int) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.01)


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


async def claim_race(stage: Scene) -> float:
    """A thousand taps on one card; exactly one wins."""
    late = await stage.sandbox.create("Последний")
    await stage.sandbox.send(late, late, "Хочу заказать")
    card = await stage.sandbox.wait_for(stage.sales, "Последний", 30)
    began = time.perf_counter()
    queries = await asyncio.gather(
        *(stage.sandbox.tap(stage.sellers[n % SELLERS], stage.sales, card["message_id"], (0, 0)) for n in range(TAPS))
    )
    answers = [await stage.sandbox.answer(query, 60) for query in queries]
    spent = time.perf_counter() - began
    winners = [answer for answer in answers if "Ваш лид!" in answer["text"]]
    if len(winners) != 1:
        raise AssertionError(f"{len(winners)} winners of one lead")
    return TAPS / spent


def import_seconds() -> float:
    """What importing aiogram alone costs: the start-up's baseline."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiogram"], check=True)
    return time.perf_counter() - began


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as folder:
        places = [Path(folder) / name for name in ("bare", "gemba")]
        for place in places:
            place.mkdir()
        baseline = {**await bare(places[0]), "ready, s": import_seconds()}
        ours = await gemba(places[1])
    table = Table("", "bare aiogram", "Gemba", "ratio", title="Relay: a customer's message → a copy in a seller's chat")
    for name, value in ours.items():
        base = baseline.get(name)
        ratio = f"{value / base:.2f}" if base else ""
        table.add_row(name, f"{base:,.1f}" if base is not None else "–", f"{value:,.1f}", ratio)
    Console().print(table)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps({"bare": baseline, "gemba": ours}, indent=2))


asyncio.run(main())
