"""Five hundred leads in a minute into one group, under Telegram's real limits: when can each be taken?"""

import asyncio
import re
import time
from pathlib import Path

from tests.benchmarks.scene import Scene, scene
from tests.benchmarks.subjects import gemba
from tests.benchmarks.table import Row

LEADS, SECONDS, SELLERS = 500, 60.0, 10
LOOK_EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 60.0


async def measure(folder: Path) -> list[Row]:
    """A third of the leads is claimed while the burst runs."""
    rates = {"TELEGRAM_GROUP_RATE": "20", "TELEGRAM_GLOBAL_RATE": "30", "TELEGRAM_CHAT_RATE": "1"}
    async with scene(folder, SELLERS, LEADS) as stage, gemba(stage, folder, **rates):
        for seller in stage.sellers:
            await stage.sandbox.start(seller)
        await stage.sandbox.limits(overall_per_second=30, private_per_second=1, group_per_minute=20)
        return [Row(f"500-lead burst, {name}", value) for name, value in (await _burst(stage)).items()]


async def _burst(stage: Scene) -> dict[str, float]:
    came: dict[str, float] = {}
    claimable: dict[str, float] = {}
    claims: list[asyncio.Task[str]] = []
    writing = asyncio.create_task(_write(stage, came))
    deadline = time.perf_counter() + SECONDS + PATIENCE_SECONDS
    while len(claimable) < LEADS and time.perf_counter() < deadline:
        for message in await stage.sandbox.messages(stage.sales, from_bot=True, deleted=False):
            for lead_id, name in _named(message.get("text", "")):
                if name not in claimable:
                    claimable[name] = time.perf_counter()
                    if len(claimable) % 3 == 0:
                        seller = stage.sellers[lead_id % SELLERS]
                        tap = stage.sandbox.tap(seller, stage.sales, message["message_id"], f"claim:{lead_id}")
                        claims.append(asyncio.create_task(tap))
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    await writing
    await asyncio.gather(*claims, return_exceptions=True)
    waits = sorted(claimable[name] - came[name] for name in claimable)
    refused = (await stage.sandbox.limits())["refused"]
    return {
        "claimable": float(len(claimable)),
        "p50 s": waits[len(waits) // 2],
        "p95 s": waits[int(len(waits) * 0.95)],
        "max s": waits[-1],
        "429s": float(sum(refused.values())),
    }


async def _write(stage: Scene, came: dict[str, float]) -> None:
    began = time.perf_counter()
    for number, customer in enumerate(stage.customers):
        await asyncio.sleep(max(0.0, began + number * SECONDS / LEADS - time.perf_counter()))
        came[f"Клиент {number}"] = time.perf_counter()
        await stage.sandbox.send(customer, customer, "Здравствуйте")


def _named(text: str) -> list[tuple[int, str]]:
    """`(lead id, name)` of the customers on a card or a board."""
    return [(int(lead_id), f"Клиент {name}") for lead_id, name in re.findall(r"№(\d+)\W+Клиент (\d+)", text)]
