"""`make bench`: one table, also written as JSON. `ONLY="relay claims"` measures these alone."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.benchmarks import burst, claims, idle, relay, report
from tests.benchmarks.table import Row, save, show

MEASURES: dict[str, Callable[[Path], Awaitable[list[Row]]]] = {
    "relay": relay.measure,
    "claims": claims.measure,
    "burst": burst.measure,
    "idle": idle.measure,
    "report": report.measure,
}
"""Each gets a folder of its own, and brings rows for the table."""


async def main(only: list[str]) -> None:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as folder:
        for name, measure in MEASURES.items():
            if not only or name in only:
                place = Path(folder) / name
                place.mkdir()
                rows += await measure(place)
    show(rows)
    save(rows)


asyncio.run(main(sys.argv[1:]))
