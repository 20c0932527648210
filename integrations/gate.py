"""Who may come in from the web: from known sites, at a bearable pace."""

import ipaddress
import math
import time
from collections import deque
from collections.abc import Callable, Collection

from aiohttp import web

WINDOW_SECONDS = 60.0
MOST_ADDRESSES = 10_000
"""How many are remembered; then the one that was silent longest is forgotten."""


class Gate:
    """Origins are compared as browsers send them: `https://example.org`, without a path."""

    def __init__(
        self,
        origins: Collection[str],
        proxies: Collection[str],
        *,
        a_minute: int,
        a_minute_by_server: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._proxies = [ipaddress.ip_network(proxy, strict=False) for proxy in proxies]
        self._browser, self._server = Pace(a_minute, clock), Pace(a_minute_by_server, clock)

    def knows(self, origin: str) -> bool:
        return origin.rstrip("/").lower() in self._origins

    def wait(self, request: web.Request) -> int:
        """Seconds until this address may come again; 0 when it may now. Servers, which send no `Origin`, may faster."""
        pace = self._browser if "Origin" in request.headers else self._server
        return math.ceil(pace.wait(self.address(request)))

    def address(self, request: web.Request) -> str:
        """Where the request comes from: proxies of ours are believed, and nobody else is."""
        hops = [part.strip() for value in request.headers.getall("X-Forwarded-For", []) for part in value.split(",")]
        nearest = request.remote or ""
        while hops and self._is_proxy(nearest):
            nearest = hops.pop()
        return nearest[:64]

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)


class Pace:
    """At most so many in any minute from one address."""

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = a_minute, clock
        self._came: dict[str, deque[float]] = {}

    def wait(self, address: str) -> float:
        """Seconds to wait; 0 means that this one is let in and counted."""
        now = self._clock()
        came = self._came.pop(address, deque())
        self._came[address] = came  # the newest stand last
        while came and came[0] <= now - WINDOW_SECONDS:
            came.popleft()
        if len(came) >= self._most:
            return came[0] + WINDOW_SECONDS - now
        came.append(now)
        if len(self._came) > MOST_ADDRESSES:
            del self._came[next(iter(self._came))]
        return 0.0
