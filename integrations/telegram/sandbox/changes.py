"""A counter of changes that observers can wait on."""

import asyncio


class Changes:
    def __init__(self) -> None:
        self.version = 0
        self._event = asyncio.Event()

    def touch(self) -> None:
        self.version += 1
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, after: int, seconds: float) -> int:
        try:
            async with asyncio.timeout(seconds):
                while self.version <= after:
                    await self._event.wait()
        except TimeoutError:
            pass
        return self.version
