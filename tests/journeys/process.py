"""The bot as its own process, started as the README says, killed and started again."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import SystemRandom

import aiohttp

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60.0
WORKERS = 22
"""Of one run, at most, that never choose the same port."""


def _own_ports() -> Iterator[int]:
    """Those that the system gives to nobody who connects: after a kill the process comes back to the same one.

    A share for each worker of the tests, and all of it before any a second time: between the choice and the start of
    whoever listens there nobody else must choose the same.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    return itertools.cycle(SystemRandom().sample(range(10_000 + worker, 32_000, WORKERS), 22_000 // WORKERS))


_ports = _own_ports()


def free_port() -> int:
    """One of this worker's on which nobody listens."""
    for port in itertools.islice(_ports, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


class BotProcess:
    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(folder / "data"),
            "HTTP_PORT": str(self.port),
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = folder / "bot.log"

    async def start(self) -> None:
        """Returns when the process says that it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                *self._arguments,
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        await self.until_ready()

    async def until_ready(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_SECONDS):
            while True:
                assert self._process is not None
                assert self._process.returncode is None, self.log.read_text()[-4_000:]
                try:
                    async with session.get(f"{self.url}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    def freeze(self) -> None:
        """SIGSTOP: it holds whatever it holds, and does nothing."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def kill(self) -> None:
        """SIGKILL: no word, no clean-up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        return await self._end(signal.SIGTERM)

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        """Another command of the product on the same data: exit code, output, errors."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        return process.returncode or 0, output.decode(), errors.decode()

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return process.returncode or 0 if process else 0
        process.send_signal(how)
        async with asyncio.timeout(30):
            return await process.wait()
