"""Bodies that are more than they look, and those that never end: refused early, and nothing of them is held."""

import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from integrations.forms import receiver as forms
from integrations.webchat import receiver as chat
from tests.hostile.conftest import SECRET, SITE, Served

MEGABYTE = 1024 * 1024
PATHS = ["/forms/order", "/chat/send", "/chat/poll", "/hooks/telegram", "/chat/file"]


def bomb(megabytes: int, kind: str = "gzip") -> bytes:
    """Sent, it is a thousandth of that."""
    packer = zlib.compressobj(9, wbits=31 if kind == "gzip" else 15)
    return b"".join([*(packer.compress(b" " * MEGABYTE) for _ in range(megabytes)), packer.flush()])


def headers(token: str, **more: str) -> dict[str, str]:
    ours = {"Origin": SITE, "X-Telegram-Bot-Api-Secret-Token": SECRET, "X-File-Id": "f" * 16}
    return {**ours, "Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.7", **more}


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
def test_what_is_packed_is_never_unpacked(served: Served, token: str, kind: str) -> None:
    """A thousand times more than was sent, in all, and in each part of a form: neither memory nor time goes there."""
    packed, process = bomb(48, kind), psutil.Process()
    part = b"--x\r\nContent-Disposition: form-data; name=a\r\nContent-Encoding: " + kind.encode() + b"\r\n\r\n"
    in_parts = part + packed + b"\r\n--x--\r\n"
    before = process.memory_info().rss

    def sent(path: str) -> int:
        given = headers(token, **{"Content-Encoding": kind, "Content-Type": "application/json"})
        return requests.post(served.url + path, packed, headers=given, timeout=60).status_code

    def sent_in_parts(path: str) -> int:
        given = headers(token, **{"Content-Type": "multipart/form-data; boundary=x"})
        return requests.post(served.url + path, in_parts, headers=given, timeout=60).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = {*pool.map(sent, PATHS * 3), *pool.map(sent_in_parts, ["/forms/order"] * 3)}
    assert answers <= {400, 413, 415}, answers
    assert process.memory_info().rss - before < 40 * MEGABYTE


@pytest.mark.parametrize("path", ["/forms/order", "/chat/send", "/chat/poll"])
def test_who_sends_letter_by_letter_is_not_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(forms, "SLOWEST_SECONDS", 0.2)
    monkeypatch.setattr(chat, "SLOWEST_SECONDS", 0.2)
    place = urlsplit(served.url)
    with socket.create_connection((place.hostname or "", place.port or 0), 10) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: {SITE}\r\nContent-Length: 90\r\n\r\n".encode())
        began = time.monotonic()
        line.sendall(b'{"name"')
        assert line.recv(65_536).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "idna", "zlib", "utf-16", "no-such", "punycode"])
def test_letters_of_any_alphabet_are_read_or_refused(served: Served, charset: str) -> None:
    """Whoever sends a form also says how to read it; some ways give halves of letters, some no letters at all."""
    given = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}", "X-Forwarded-For": "192.0.2.8"}
    for body in (rb"phone=%2B79161234567&message=\ud800", b"phone=%2B79161234567&message=+2AA-", b"\xff\xfe=1"):
        assert requests.post(f"{served.url}/forms/x", body, headers=given, timeout=60).status_code in (
            202,
            400,
            413,
            422,
        )


@pytest.mark.parametrize("depth", [200, 260, 1_000, 100_000])
@pytest.mark.parametrize("path", ["/chat/send", "/hooks/telegram", "/forms/order"])
def test_what_is_nested_deeper_than_can_be_written_down(served: Served, token: str, path: str, depth: int) -> None:
    """Kept without its depths, or refused: never «come again later», which would be for ever."""
    deep = "[" * depth + "]" * depth
    body = f'{{"update_id":{depth},"t":"say","id":"deep-{depth}","text":"x","name":"x","phone":"+79161234567",'
    given = headers(token, **{"Content-Type": "application/json"})
    sent = requests.post(served.url + path, f'{body}"from":{{"x":{deep}}}}}', headers=given, timeout=60)
    assert sent.status_code in (200, 202, 400, 413), sent.text
