"""The one aiohttp server of the process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

LARGEST_BODY = 1024 * 1024


@asynccontextmanager
async def serving(
    routes: Sequence[web.AbstractRouteDef],
    host: str,
    port: int,
    leaving: Sequence[Callable[[], Awaitable[None]]] = (),
) -> AsyncIterator[int]:
    """Serves while inside; gives the port, which the system chooses when it is 0. `leaving` is called at the end."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(routes)

    async def leave(_app: web.Application) -> None:
        for close in leaving:
            await close()

    app.on_shutdown.append(leave)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
