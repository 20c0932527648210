"""A thousand taps on one card; exactly one wins."""

import asyncio
import time
from pathlib import Path

from tests.benchmarks.scene import scene
from tests.benchmarks.subjects import SELLERS, gemba
from tests.benchmarks.table import Row

TAPS = 1_000


async def measure(folder: Path) -> list[Row]:
    async with scene(folder, SELLERS, 1) as stage, gemba(stage, folder):
        for seller in stage.sellers:
            await stage.sandbox.start(seller)
        (late,) = stage.customers
        await stage.sandbox.send(late, late, "Хочу заказать")
        card = await stage.sandbox.wait_for(stage.sales, "Клиент 0", 30)
        began = time.perf_counter()
        queries = await asyncio.gather(
            *(
                stage.sandbox.tap(stage.sellers[n % SELLERS], stage.sales, card["message_id"], (0, 0))
                for n in range(TAPS)
            )
        )
        answers = [await stage.sandbox.answer(query, 60) for query in queries]
        spent = time.perf_counter() - began
    winners = [answer for answer in answers if "Ваш лид!" in answer["text"]]
    if len(winners) != 1:
        raise AssertionError(f"{len(winners)} winners of one lead")
    return [Row("claim race, taps/s", TAPS / spent)]
