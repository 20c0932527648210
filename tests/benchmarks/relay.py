"""A customer's message → a copy in a seller's chat: throughput, waiting, processor, memory, start."""

from pathlib import Path

import psutil

from tests.benchmarks.scene import Scene, memory_mb, relay_burst, relay_many, relay_steadily, scene
from tests.benchmarks.subjects import CUSTOMERS, SELLERS, Subject, bare, floor, gemba, share_out
from tests.benchmarks.table import Goal, Row

WARM_UP, BURST, BURSTS = 100, 500, 3
PACE, SECONDS = 50, 10
MANY = 50_000

Figures = dict[str, float]

GOALS = {
    "relay, messages/s": Goal(least=1.0),
    "p99 at 50/s, ms": Goal(most=2.0),
    "RSS idle, MB": Goal(most=1.3),
    "ready, s (bare: import aiogram)": Goal(most=1.5),
}


async def measure(folder: Path) -> list[Row]:
    taken: dict[str, Figures] = {}
    for name, start in (("bare", bare), ("floor", floor), ("gemba", gemba)):
        place = folder / name
        place.mkdir()
        async with scene(place, SELLERS, CUSTOMERS) as stage, start(stage, place) as subject:
            if name == "gemba":
                await share_out(stage)
            taken[name] = await _figures(stage, subject)
    rows = [
        Row(figure, value, taken["bare"][figure], taken["floor"].get(figure), GOALS.get(figure))
        for figure, value in taken["gemba"].items()
    ]
    speed = "relay, messages/s"
    grown = taken["gemba"]["RSS after 50,000, MB"] / taken["gemba"]["RSS warm, MB"]
    return [
        *rows,
        Row("relay, of the raw floor's", taken["gemba"][speed] / taken["floor"][speed], goal=_alone(least=0.5)),
        Row("RSS after 50,000 / warm", grown, goal=_alone(most=1.1)),
    ]


def _alone(*, least: float | None = None, most: float | None = None) -> Goal:
    return Goal(most=most, least=least, times_bare=False)


async def _figures(stage: Scene, subject: Subject) -> Figures:
    await relay_burst(stage, 1, "первое")
    idle = memory_mb(subject.pid)
    await relay_burst(stage, WARM_UP, "разогрев")
    spent, warm = _processor_seconds(subject.pid), memory_mb(subject.pid)
    bursts = sorted([await relay_burst(stage, BURST, f"залп{n}") for n in range(BURSTS)])
    spent = _processor_seconds(subject.pid) - spent
    p50, p99 = await relay_steadily(stage, PACE, SECONDS, "ровно")
    await relay_many(stage, MANY, "много")
    return {
        "relay, messages/s": bursts[BURSTS // 2],
        "p50 at 50/s, ms": p50,
        "p99 at 50/s, ms": p99,
        "processor a message, ms": spent / (BURST * BURSTS) * 1_000,
        "RSS idle, MB": idle,
        "RSS warm, MB": warm,
        "RSS after 50,000, MB": memory_mb(subject.pid),
        "ready, s (bare: import aiogram)": subject.ready_seconds,
    }


def _processor_seconds(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)
