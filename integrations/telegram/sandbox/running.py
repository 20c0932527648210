"""Starting a sandbox: as an application, or inside the process of a test."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from integrations.telegram.sandbox import page
from integrations.telegram.sandbox.client import SandboxClient
from integrations.telegram.sandbox.control import Control
from integrations.telegram.sandbox.sandbox import Sandbox
from integrations.telegram.sandbox.server import BotApi

DEFAULT_TOKEN = "123456:TEST"  # noqa: S105
_LARGEST_REQUEST = 128 << 20


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    url: str
    token: str
    sandbox: Sandbox
    client: SandboxClient


def application(sandbox: Sandbox, more: Sequence[web.RouteDef] = ()) -> web.Application:
    """`more`, at the same address, comes before our own: a page that shows the screens in its own way may be at `/`."""
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    app.add_routes([*more, *page.routes(), *Control(sandbox).routes(), *BotApi(sandbox).routes()])

    async def stop(_app: web.Application) -> None:
        await sandbox.stop()

    app.on_shutdown.append(stop)
    return app


@asynccontextmanager
async def run_sandbox(
    port: int = 0,
    token: str = DEFAULT_TOKEN,
    clock_file: Path | None = None,
    more: Sequence[web.RouteDef] = (),
) -> AsyncIterator[RunningSandbox]:
    """A sandbox on the local address only; port 0 takes any free one."""
    sandbox = Sandbox(token, clock_file)
    runner = web.AppRunner(application(sandbox, more), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with SandboxClient(url) as client:
            yield RunningSandbox(url, token, sandbox, client)
    finally:
        await runner.cleanup()
