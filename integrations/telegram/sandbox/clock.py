"""A clock that can be moved forward, and that another process can follow through a file."""

import asyncio
import json
import os
import time
from pathlib import Path


class Clock:
    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._offset = 0.0
        self._moved = asyncio.Event()
        if file is not None:
            if file.exists():
                self._offset = float(json.loads(file.read_text())["offset_seconds"])
            self._write(file)

    def now(self) -> float:
        return time.time() + self._offset

    @property
    def offset(self) -> float:
        return self._offset

    def advance(self, seconds: float) -> float:
        if seconds < 0:
            raise ValueError("time only moves forward")
        self._offset += seconds
        if self._file is not None:
            self._write(self._file)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return self.now()

    async def sleep_until(self, when: float) -> None:
        while (left := when - self.now()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left):
                    await moved.wait()
            except TimeoutError:
                continue

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.now() + seconds)

    def _write(self, file: Path) -> None:
        draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        draft.write_text(json.dumps({"offset_seconds": self._offset}))
        draft.replace(file)
