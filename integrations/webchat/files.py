"""`POST /chat/file` takes what a visitor attaches; `GET /chat/file/…` shows him what stands in his own window."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote, unquote

import structlog
from aiohttp import web

from bot.domain.errors import FileGoneError, FilesAwayError, StoreUnavailableError
from bot.domain.messages import MessageKind
from bot.locales import Texts
from bot.ports import Clock, Files
from bot.storage.messages import Message
from bot.storage.store import Store
from bot.storage.uploads import Upload, find_upload, read_upload
from bot.storage.window import shown_file
from bot.use_cases.keep_upload import NoRoom, keep_upload
from integrations.gate import Gate, Pace
from integrations.webchat.filetypes import clean_name, mime_of, picture_type, recognise
from integrations.webchat.telling import FILE_NAMES
from integrations.webchat.tokens import Signer, read_link
from integrations.webchat.words import CHANNEL, IS_ID

log = structlog.get_logger(__name__)

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024
"""Bytes: what Telegram takes as a photo; a larger picture goes as a file."""

MOST_IN_THE_AIR = 4 * LARGEST_FILE
"""Bytes of files that are just coming in, all together; whoever is more comes again."""

FILES_A_MINUTE = 20
LOOKS_A_MINUTE = 240
MOST_FETCHED_AT_ONCE = 20
"""Files that come from Telegram: its own calls share the connections."""

SLOWEST_SECONDS = 600.0
"""For one file, in either direction."""

PIECE = 64 * 1024
RETRY_SECONDS = 5

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class RefusedFileError(Exception):
    """`text` is the key of what the visitor reads."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class FileDesk:
    """`most_bytes` is how much of visitors' files is kept in all."""

    def __init__(
        self,
        store: Store,
        files: Files,
        gate: Gate,
        signer: Signer,
        texts: Mapping[str, Texts],
        default_locale: str,
        most_bytes: int,
        clock: Clock,
    ) -> None:
        self._store, self._files, self._gate, self._signer = store, files, gate, signer
        self._texts, self._default_locale = texts, default_locale
        self._most_bytes, self._clock = most_bytes, clock
        self._in_the_air, self._fetching = 0, asyncio.Semaphore(MOST_FETCHED_AT_ONCE)
        self._by_visitor = Pace(FILES_A_MINUTE, time.monotonic)
        self._looks = Pace(LOOKS_A_MINUTE, time.monotonic)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.options("/chat/file", self.may_come),
            web.post("/chat/file", self.take),
            web.get("/chat/file/{link}", self.show),
        ]

    # What comes in ---------------------------------------------------------------------------------------------------

    async def may_come(self, request: web.Request) -> web.Response:
        """Browsers ask before they send a header of ours."""
        if not self._gate.knows(origin := request.headers.get("Origin", "")):
            return web.Response(status=403)
        allowed = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type, x-file-id, x-file-name",
            "Access-Control-Max-Age": "7200",
        }
        return web.Response(status=204, headers={**_shared(origin), **allowed})

    async def take(self, request: web.Request) -> web.Response:
        """200 means kept: a message may name it from now on."""
        origin, texts = request.headers.get("Origin", ""), self._speaker(request)
        if not self._gate.knows(origin):
            return web.json_response({"error": "this site may not use the chat"}, status=403)
        try:
            upload = await self._taken(request)
        except RefusedFileError as refusal:
            again = {"Retry-After": str(RETRY_SECONDS)} if refusal.status in (429, 503) else {}
            told = {"error": texts.plain(refusal.text)}
            return web.json_response(told, status=refusal.status, headers={**_shared(origin), **again})
        except (TimeoutError, ConnectionError):
            return web.json_response({"error": "too slow"}, status=408, headers=_shared(origin))
        about = {"name": upload.name, "size": upload.size, "picture": upload.kind is MessageKind.PHOTO}
        return web.json_response(about, headers=_shared(origin))

    async def _taken(self, request: web.Request) -> Upload:
        if self._gate.wait(request):
            raise RefusedFileError(429, "chat.file_later")
        external_id = request.headers.get("X-File-Id", "")
        if not IS_ID.fullmatch(external_id):
            raise RefusedFileError(400, "chat.file_broken")
        if (request.content_length or 0) > LARGEST_FILE:
            raise RefusedFileError(413, "chat.file_too_large")
        try:
            address = f"{CHANNEL}:{await self._visitor(request)}"
            if (known := await self._store.read(find_upload, address, external_id)) is not None:
                return known
            if self._by_visitor.wait(address):
                raise RefusedFileError(429, "chat.file_later")
            async with asyncio.timeout(SLOWEST_SECONDS), self._read(request) as content:
                return await self._keep(address, external_id, _name(request), content)
        except StoreUnavailableError:
            raise RefusedFileError(503, "chat.file_later") from None

    async def _keep(self, address: str, external_id: str, given: str, content: bytes) -> Upload:
        if not content:
            raise RefusedFileError(400, "chat.file_empty")
        if (found := recognise(content, given)) is None:
            raise RefusedFileError(415, "chat.file_wrong_type")
        name = clean_name(given, found)
        kind = found.kind
        if kind is MessageKind.PHOTO and len(content) > LARGEST_PHOTO:
            kind = MessageKind.DOCUMENT
        kept = await self._store.write(
            keep_upload,
            address,
            external_id,
            kind,
            name,
            mime_of(found, name),
            content,
            self._most_bytes,
            self._clock.now(),
        )
        if isinstance(kept, NoRoom):
            log.warning("webchat.no_room", own=kept.own)
            raise RefusedFileError(507, "chat.file_enough" if kept.own else "chat.file_no_room")
        return kept

    @asynccontextmanager
    async def _read(self, request: web.Request) -> AsyncIterator[bytes]:
        """The whole body, counted as it comes: a header can say anything, and who is slow holds what he has sent."""
        content = bytearray()
        try:
            async for piece in request.content.iter_chunked(PIECE):
                if len(content) + len(piece) > LARGEST_FILE:
                    raise RefusedFileError(413, "chat.file_too_large")
                if self._in_the_air + len(piece) > MOST_IN_THE_AIR:
                    raise RefusedFileError(503, "chat.file_later")
                self._in_the_air += len(piece)
                content += piece
            yield bytes(content)
        finally:
            self._in_the_air -= len(content)

    async def _visitor(self, request: web.Request) -> str:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = (await self._signer.tokens()).read(given, self._clock.now())
        if known is None:
            raise RefusedFileError(401, "chat.file_broken")
        return known[0]

    # What is shown ---------------------------------------------------------------------------------------------------

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Pictures in place, everything else to save; only by a link that was made for this window, not long ago."""
        texts, link = self._speaker(request), request.match_info["link"]
        read, now = read_link(link), self._clock.now()
        if read is None:
            return _plain(404, texts.plain("chat.link_unknown"))
        if self._looks.wait(self._gate.address(request)):
            return _plain(429, texts.plain("chat.file_later"))
        message_id, until = read
        try:
            found = await self._store.read(shown_file, CHANNEL, message_id)
            if found is None or not (await self._signer.tokens()).is_link_of(found[0], link):
                return _plain(404, texts.plain("chat.link_unknown"))
            if found[1].kind not in FILE_NAMES:
                return _plain(404, texts.plain("chat.link_unknown"))
            if until <= now:
                return _plain(410, texts.plain("chat.link_old"))
            upload_id = found[1].file.get("upload")
            content = await self._store.read(read_upload, upload_id) if upload_id is not None else None
            async with asyncio.timeout(SLOWEST_SECONDS):
                if content is not None:
                    return await _served(request, found[1], _pieces(content))
                async with self._fetching, self._files.open_file(found[1].file.get("id") or "") as pieces:
                    return await _served(request, found[1], pieces)
        except (FileGoneError, StopAsyncIteration):
            return _plain(404, texts.plain("chat.link_unknown"))
        except (FilesAwayError, StoreUnavailableError, TimeoutError):
            return _plain(503, texts.plain("chat.file_later"))

    def _speaker(self, request: web.Request) -> Texts:
        return self._texts.get(request.query.get("lang", "")[:2], self._texts[self._default_locale])


async def _served(request: web.Request, message: Message, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    """Its type is what its first bytes are, never what somebody has called it."""
    first = await anext(pieces)
    picture = picture_type(first)
    name = message.file.get("name") or FILE_NAMES[message.kind]
    response = web.StreamResponse(
        headers={
            **_SAFE,
            "Content-Type": picture or "application/octet-stream",
            "Content-Disposition": f"{'inline' if picture else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
            "Cache-Control": "private, max-age=3600",
        }
    )
    await response.prepare(request)
    try:
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except (FilesAwayError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()  # half a file must not look like a whole one
    return response


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), PIECE):
        yield content[at : at + PIECE]


def _name(request: web.Request) -> str:
    return unquote(request.headers.get("X-File-Name", ""), errors="replace")[:1_000]


def _shared(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Cache-Control": "no-store"}


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, headers={**_SAFE, "Cache-Control": "no-store"})
