"""A WebSocket by hand (RFC 6455): whatever can be written on one, as nobody's library would."""

import base64
import contextlib
import secrets
import socket
import struct
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Closed:
    """`code` is None where the line ended without a word."""

    code: int | None
    why: str = ""


def framed(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    announced: int | None = None,
) -> bytes:
    """`announced` is the length that it says, where that is not its own."""
    length = len(payload) if announced is None else announced
    first, mask = fin << 7 | reserved << 4 | opcode, 0x80 if masked else 0
    if length < 126:
        head = struct.pack("!BB", first, mask | length)
    elif length < 2**16:
        head = struct.pack("!BBH", first, mask | 126, length)
    else:
        head = struct.pack("!BBQ", first, mask | 127, length)
    return head + (b"\0" * 4 if masked else b"") + payload  # a mask of zeros changes nothing


class RawSocket:
    """Comes from an `address` of its own, as behind a proxy."""

    def __init__(self, url: str, origin: str, address: str) -> None:
        place = urlsplit(url)
        self._line = socket.create_connection((place.hostname or "", place.port or 0), PATIENCE_SECONDS)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = self._line.makefile("rb")
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = ["GET /chat/socket HTTP/1.1", f"Host: {place.netloc}", f"Origin: {origin}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        self.write("\r\n".join([*lines, f"X-Forwarded-For: {address}", "", ""]).encode())
        answer = self._heard.readline()
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        while self._heard.readline().strip():
            pass

    def write(self, raw: bytes) -> None:
        """Whoever has hung up already does not hear it."""
        with contextlib.suppress(ConnectionError):
            self._line.sendall(raw)

    def say(self, frame: Any) -> None:
        self.write(framed(TEXT, orjson.dumps(frame)))

    def hear(self) -> dict[str, Any] | Closed:
        """The next frame of the chat, or how it ended."""
        while True:
            try:
                head = self._heard.read(2)
                if len(head) < 2:
                    return Closed(None)
                length = head[1]
                if length > 125:
                    length = int.from_bytes(self._heard.read(2 if length == 126 else 8))
                payload = self._heard.read(length)
            except ConnectionError:
                return Closed(None)
            if head[0] & 0xF == CLOSE:
                return Closed(int.from_bytes(payload[:2]) if payload else None, payload[2:].decode())
            if head[0] & 0xF == TEXT:
                told: dict[str, Any] = orjson.loads(payload)
                return told

    def vanish(self) -> None:
        """As a cable that is pulled out: no goodbye, and what was not read is lost."""
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._heard.close()
        self._line.close()
