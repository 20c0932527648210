"""Is the process alive, is it well, and what do the queues look like."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web
from prometheus_client import generate_latest

Probe = Callable[[], Awaitable["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the whole: well or not, and its figures."""

    ok: bool
    figures: dict[str, Any]


def health_routes(probes: dict[str, Probe]) -> list[web.RouteDef]:
    async def healthz(_request: web.Request) -> web.Response:
        return _json({"status": "alive"}, 200)

    async def readyz(_request: web.Request) -> web.Response:
        found = {name: await _look(probe) for name, probe in probes.items()}
        ready = bool(found) and all(finding.ok for finding in found.values())
        parts = {name: {"ok": finding.ok, **finding.figures} for name, finding in found.items()}
        return _json({"status": "ready" if ready else "not ready", **parts}, 200 if ready else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": "text/plain; version=0.0.4"})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


async def _look(probe: Probe) -> Finding:
    try:
        return await probe()
    except Exception as error:
        return Finding(False, {"error": type(error).__name__})


def _json(body: dict[str, Any], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
