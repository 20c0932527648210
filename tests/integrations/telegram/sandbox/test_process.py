"""The sandbox as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from integrations.telegram.sandbox import SandboxClient


async def test_it_runs_from_the_command_line_and_stops_when_told(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    options = ("--port", "0", "--token", "77:OTHER", "--clock-file", str(file))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "integrations.telegram.sandbox", *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
    url = line.split()[2]
    async with SandboxClient(url) as people:
        person = await people.create("Анна")
        assert await people.start(person) == 1
        await people.advance(60)
        assert json.loads(file.read_text()) == {"offset_seconds": 60.0}
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        assert await process.wait() == 0
