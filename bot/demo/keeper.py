"""The bot as a process of its own, which may be killed, and which is started again whenever it dies."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

RESTART_PAUSE_SECONDS = 1.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.2


class BotKeeper:
    def __init__(self, environment: Mapping[str, str], url: str, log: Path) -> None:
        self._environment, self.url, self._log = dict(environment), url, log
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0
        self.is_ready = False
        self.away_since: float | None = time.monotonic()
        """On the monotonic clock; None while the bot is ready."""
        self.health: Mapping[str, Any] = {}

    async def keep(self) -> None:
        """Until cancelled; then the bot is asked to end."""
        while True:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot", "run"), env=self._environment, stdout=log, stderr=log
                )
            self.starts += 1
            try:
                await self._process.wait()
            except asyncio.CancelledError:
                self._process.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
                raise
            self._gone()
            await asyncio.sleep(RESTART_PAUSE_SECONDS)

    def kill(self) -> None:
        """SIGKILL: no word, no clean-up."""
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._gone()

    def _gone(self) -> None:
        self.is_ready, self.health = False, {}
        self.away_since = self.away_since or time.monotonic()

    async def watch(self) -> None:
        """What `/readyz` says, looked at again and again."""
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                started = self.starts
                try:
                    async with http.get(f"{self.url}/readyz") as response:
                        health = await response.json()
                        if started == self.starts and self._lives():
                            self.health = health
                            if response.status == 200:
                                self.is_ready, self.away_since = True, None
                except (aiohttp.ClientError, TimeoutError, ValueError):
                    pass
                await asyncio.sleep(LOOK_SECONDS)

    def _lives(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def waiting(self) -> int:
        """How many messages of the bot wait for their way out."""
        return int(self.health.get("delivery", {}).get("waiting", 0))

    @property
    def seconds_away(self) -> float:
        return time.monotonic() - self.away_since if self.away_since is not None else 0.0
