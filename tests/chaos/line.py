"""A line between a process and PostgreSQL, to be cut and to fall silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

PIECE = 64 * 1024


class Line:
    """Passes on what it hears, both ways, as long as it is neither cut nor silent."""

    def __init__(self, database: str) -> None:
        self._to, self._port = sa.make_url(database), 0
        self._open: set[asyncio.StreamWriter] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self._refuses = False

    @property
    def url(self) -> str:
        near = self._to.set(host="127.0.0.1", port=self._port, query={})
        return near.render_as_string(hide_password=False)

    def cut(self) -> None:
        """Every connection ends at once, as when the server is restarted; new ones are refused until `mend`."""
        self._refuses = True
        for writer in self._open:
            writer.transport.abort()

    def silence(self) -> None:
        """Nothing comes through, and nobody is told: connections stay open, new ones are taken and not answered."""
        self._passes.clear()

    def mend(self) -> None:
        """What was held back goes on its way."""
        self._refuses = False
        self._passes.set()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.create_task(self._carry(reader, writer))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        there, back = await self._reach()
        ends = {writer, back}
        self._open |= ends
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            self._open -= ends

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._to.query.get("host")
        if isinstance(folder, str) and folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._to.port or 5432}")
        return await asyncio.open_connection(self._to.host, self._to.port or 5432)

    async def _pass(self, near: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await near.read(PIECE):
                await self._passes.wait()
                far.write(piece)
                await far.drain()
        far.close()


@asynccontextmanager
async def on_a_line(database: str) -> AsyncIterator[Line]:
    line = Line(database)
    server = await asyncio.start_server(line._take, "127.0.0.1", 0)
    line._port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.mend()
        line.cut()
        await asyncio.gather(*line._calls, return_exceptions=True)
