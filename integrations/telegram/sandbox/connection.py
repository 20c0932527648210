"""The wire to the people's side of a sandbox: actions, and waiting for changes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import orjson

_LONGEST_POLL = 25.0
_T = TypeVar("_T")


class SandboxError(Exception):
    """The sandbox refused an action of a person."""


class Connection:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()

    async def act(self, action: str, **arguments: Any) -> Any:
        """Any action of the control side by its name."""
        async with self._http.post(f"{self.base_url}/sandbox/{action}", data=orjson.dumps(arguments)) as response:
            body = orjson.loads(await response.read())
        if response.status != 200:
            raise SandboxError(body["error"])
        return body["result"]

    async def changes(self, after: int = -1, timeout: float = _LONGEST_POLL) -> int:  # noqa: ASYNC109
        """The number of the newest change, as soon as it is greater than the given one."""
        query = {"after": str(after), "timeout": str(timeout)}
        async with self._http.get(f"{self.base_url}/sandbox/changes", params=query) as response:
            return int(orjson.loads(await response.read())["version"])

    async def wait_until(
        self,
        probe: Callable[[], Awaitable[_T | None]],
        timeout: float = 5.0,  # noqa: ASYNC109
        complaint: str = "",
    ) -> _T:
        """The first true value of a probe, tried again after every change in the sandbox."""
        deadline = time.monotonic() + timeout
        while True:
            version = await self.changes(-1, 0)
            if value := await probe():
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(complaint or f"nothing came in {timeout} s")
            async with asyncio.timeout(left + _LONGEST_POLL):
                await self.changes(version, min(left, _LONGEST_POLL))
