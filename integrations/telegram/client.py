"""The wire: one call of the Bot API, as plain JSON, with named failures."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from bot.domain.errors import FileGoneError, FilesAwayError

CALL_TIMEOUT_SECONDS = 30.0
SLOWEST_BYTES_A_SECOND = 100_000
"""A file has as much longer as it takes on a slow line: given up too early it would go twice."""

PIECE = 64 * 1024

_NETWORK = (TimeoutError, OSError, EOFError, aiohttp.ClientError, ProxyError, ProxyConnectionError, ProxyTimeoutError)
"""What can go wrong between us and Telegram; the library of proxies has errors of its own, of no common kind."""


class TelegramError(Exception):
    """Telegram said no: `code` and `description` are its own."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(f"{code} {description}")
        self.code, self.description, self.parameters = code, description, parameters

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, when Telegram names them."""
        seconds = self.parameters.get("retry_after")
        if seconds is not None:
            return float(seconds)
        return 5.0 if self.code == 429 else None


class TelegramUnreachableError(Exception):
    """No word from Telegram itself: the network, a proxy's error page, or a server that is down."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes with a call."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make; `step` names its part in an errand of several, `about` the messages that it carries.

    `files` stand under the names of the parameters that they are.
    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    step: str = "send"
    about: tuple[int, ...] = ()
    files: Mapping[str, Upload] = field(default_factory=dict)
    leads: tuple[int, ...] = ()
    """Of whom it tells: where it stands is remembered, for the day when one of them is forgotten."""
    spare: str = ""
    """The text without them, for that day."""


class TelegramClient:
    """Calls `{api_url}/bot{token}/{method}`. Neither the token nor what is sent is ever part of an error's text."""

    def __init__(
        self, token: str, api_url: str, proxy: str | None = None, patience: float = CALL_TIMEOUT_SECONDS
    ) -> None:
        self._base, self._files, self._proxy = f"{api_url}/bot{token}/", f"{api_url}/file/bot{token}/", proxy
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = ProxyConnector.from_url(self._proxy) if self._proxy else aiohttp.TCPConnector(limit=100)
        self._session = aiohttp.ClientSession(connector=connector, json_serialize=lambda o: orjson.dumps(o).decode())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Upload] | None = None,
        *,
        patience: float | None = None,
    ) -> Any:
        """The `result` of the call. Raises `TelegramError` or `TelegramUnreachableError`; waits `patience` seconds."""
        assert self._session is not None, "use the client as an async context manager"
        patience = patience or self._patience
        patience += sum(len(file.content) for file in (files or {}).values()) / SLOWEST_BYTES_A_SECOND
        body, headers = _written(params or {}, files or {})
        try:
            async with self._session.post(
                self._base + method,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=patience),
            ) as response:
                told = await response.read()
                status = response.status
        except _NETWORK as error:
            raise TelegramUnreachableError(f"{method}: {type(error).__name__}") from None
        return _result(method, status, told)

    @asynccontextmanager
    async def open_file(self, file_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content of a file that Telegram keeps, in pieces; it gives bots no more than 20 MB."""
        response = await self._get_file(file_id)
        try:
            yield _pieces(response)
        finally:
            response.close()

    async def _get_file(self, file_id: str) -> aiohttp.ClientResponse:
        assert self._session is not None, "use the client as an async context manager"
        patience = aiohttp.ClientTimeout(sock_connect=CALL_TIMEOUT_SECONDS, sock_read=CALL_TIMEOUT_SECONDS)
        try:
            found = await self.call("getFile", {"file_id": file_id})
            response = await self._session.get(self._files + quote(found["file_path"]), timeout=patience)
        except TelegramError as error:
            raise FilesAwayError if error.retry_after is not None else FileGoneError from None
        except (TelegramUnreachableError, *_NETWORK) as error:
            raise FilesAwayError from error
        if response.status != 200:
            response.close()
            raise FilesAwayError if response.status >= 500 else FileGoneError
        return response


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in response.content.iter_chunked(PIECE):
            yield piece
    except _NETWORK as error:
        raise FilesAwayError from error


def _written(params: Mapping[str, Any], files: Mapping[str, Upload]) -> tuple[bytes | aiohttp.FormData, dict[str, str]]:
    """Body and headers: JSON, or a form when there are files. What cannot be written down is our own mistake."""
    if not files:
        return orjson.dumps(params), {"Content-Type": "application/json"}
    form = aiohttp.FormData(quote_fields=False)  # else a Russian name would arrive as %D0%BF…
    for name, value in params.items():
        form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    for name, file in files.items():
        form.add_field(name, file.content, filename=file.name, content_type=file.mime)
    return form, {}


def _result(method: str, status: int, body: bytes) -> Any:
    """Only what is made as Telegram makes it is Telegram's word; a proxy can answer anything, also 200 and JSON."""
    try:
        reply = orjson.loads(body)
        ok, code = reply["ok"], int(reply.get("error_code", status))
        result = reply["result"] if ok else None
        parameters = dict(reply.get("parameters") or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TelegramUnreachableError(
            f"{method}: answered {status} with something else than Telegram's JSON"
        ) from None
    if ok:
        return result
    if code >= 500:
        raise TelegramUnreachableError(f"{method}: answered {code}")
    raise TelegramError(code, str(reply.get("description", "")), parameters)
