"""The clock: moved by hand, followed through a file, kept over a restart."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from integrations.telegram.sandbox import SandboxClient, SandboxError, run_sandbox
from integrations.telegram.sandbox.clock import Clock


async def test_the_offset_is_written_for_others(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    async with run_sandbox(clock_file=file) as running:
        assert json.loads(file.read_text()) == {"offset_seconds": 0.0}
        await running.client.advance(90)
        await running.client.advance(0.5)
        assert json.loads(file.read_text()) == {"offset_seconds": 90.5}
    async with run_sandbox(clock_file=file) as again:
        assert await again.client.now() == pytest.approx(time.time() + 90.5, abs=5)


async def test_time_does_not_go_back(people: SandboxClient) -> None:
    with pytest.raises(SandboxError, match="only moves forward"):
        await people.advance(-1)


async def test_a_sleeper_wakes_when_the_clock_is_moved() -> None:
    clock = Clock()
    sleeper = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.advance(1800)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(1801)
    async with asyncio.timeout(60):
        await sleeper
