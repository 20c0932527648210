"""The one aiohttp server of the process."""

import logging
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

LARGEST_BODY = 1024 * 1024
OPEN_FILES = 16_384
"""Each window of a visitor is one, and so is each connection to Telegram or the store."""


@asynccontextmanager
async def serving(
    routes: Sequence[web.RouteDef],
    host: str,
    port: int,
    leaving: Sequence[Callable[[], Awaitable[None]]] = (),
) -> AsyncIterator[int]:
    """Serves while inside; gives the port, which the system chooses when it is 0. `leaving` is called at the end."""
    _make_room()
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(web.route(of.method, of.path, of.handler, expect_handler=_go_on, **of.kwargs) for of in routes)

    async def leave(_app: web.Application) -> None:
        for close in leaving:
            await close()

    app.on_shutdown.append(leave)
    # Nobody has to pack what he sends us, and unpacking a bomb costs a thousand times what sending it does.
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _make_room() -> None:
    """Most systems let a process begin with 1,024 files, and let it ask for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


async def _go_on(request: web.Request) -> None:
    """`Expect: 100-continue`; the library's own way repeats any other expectation, and chokes where that is no text."""
    if request.version < HttpVersion11:
        return
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer has not begun


def _is_ours(record: logging.LogRecord) -> bool:
    """Who sends broken HTTP is told so; with a line for each he could fill the log, and hide in it what is to mend."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
