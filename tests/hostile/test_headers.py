"""What stands above a body is also somebody's: any header, any bytes, at each address."""

import contextlib
import io
import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import profile
from tests.hostile.conftest import SECRET, SITE, Served

NAMES = [
    *("Host", "Origin", "Referer", "Cookie", "Authorization", "X-Forwarded-For", "X-File-Id", "X-File-Name"),
    *("Accept", "Accept-Language", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding"),
    *("Expect", "Range", "If-None-Match", "If-Modified-Since", "Sec-Fetch-Site", "Upgrade", "Connection"),
    *("Sec-WebSocket-Key", "Sec-WebSocket-Version", "X-Telegram-Bot-Api-Secret-Token", "X-HTTP-Method-Override"),
]
VALUES = st.sampled_from(
    [
        *("", " ", "*", "null", "http://[", "https://shop.example@evil.example", "https://shop.example:x", "-1", "1e9"),
        *("99999999999999999999", "bytes=9-1,-5", "W/", '"\\', "gzip", "chunked", "chunked, chunked", "100-continue"),
        *("::ffff:1.2.3.4", "1.2.3.4, x, ", "[::1%lo]:80", "%00%ff%", "%2e%2e%2f%2e%2e", "../../etc/passwd", "\x1b[2J"),
        *("multipart/form-data", "multipart/form-data; boundary=", "application/json; charset=\x01", "text/html; =;="),
        *("application/x-www-form-urlencoded; charset=rot13", "Bearer", "Bearer v1..0.", "websocket", "keep-alive"),
        *("٣", "é", "\ufeff", "x" * 4_000),
    ]
).map(lambda text: text.encode()) | st.binary(max_size=40).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))


PATIENCE_SECONDS = 0.3
"""Who has announced more than he sends is waited for, rightly; the test does not wait with him."""


def asked(served: Served, method: str, path: str, headers: dict[str, bytes], body: bytes) -> bytes:
    """The first line of the answer; nothing, where the server hung up or still listens."""
    place = urlsplit(served.url)
    told = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in headers.items())
    with socket.create_connection((place.hostname or "", place.port or 0), 10) as line:
        line.sendall(f"{method} {path} HTTP/1.1\r\n".encode() + told + b"\r\n" + body)
        line.settimeout(PATIENCE_SECONDS)
        with contextlib.suppress(TimeoutError):
            return line.makefile("rb").readline()
    return b""


@profile(150)
@given(data=st.data(), more=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=3))
def test_whatever_stands_above_is_answered_or_hung_up_on(
    served: Served, log: io.StringIO, data: st.DataObject, more: dict[str, bytes]
) -> None:
    route = data.draw(st.sampled_from(served.routes), label="route")
    body = data.draw(st.sampled_from([b"", b'{"phone":"+79161234567"}', b"phone=1&_next=//x", b"--x\r\n\r\n\r\n--x--"]))
    ours = {"Host": b"gemba.example", "Origin": SITE.encode(), "Content-Length": str(len(body)).encode()}
    ours |= {"X-Telegram-Bot-Api-Secret-Token": SECRET.encode(), "X-File-Id": b"0123456789abcdef"}
    address = ".".join(str(number) for number in data.draw(st.tuples(*[st.integers(0, 255)] * 4)))
    path = route.path.format(form="order", link="1.1." + "A" * 43)
    line = asked(served, route.method, path, {**ours, "X-Forwarded-For": address.encode(), **more}, body)
    assert line == b"" or line.split()[1] < b"5", line
    assert "Error handling request" not in log.getvalue()


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_an_origin_that_is_no_address_is_a_foreign_site(served: Served, method: str) -> None:
    line = asked(served, method, "/forms/order", {"Host": b"gemba.example", "Origin": b"http://["}, b"")
    assert line.startswith(b"HTTP/1.1 403 ")


def test_what_is_expected_in_no_alphabet_is_not_met(served: Served) -> None:
    line = asked(served, "POST", "/forms/order", {"Host": b"gemba.example", "Expect": b"\xff"}, b"")
    assert line.startswith(b"HTTP/1.1 417 ")


@pytest.mark.parametrize("name", ["Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"])
def test_a_socket_that_is_asked_for_in_no_alphabet_is_none(served: Served, name: str) -> None:
    wanted = {"Upgrade": b"websocket", "Connection": b"Upgrade", "Sec-WebSocket-Version": b"13"}
    ours = {"Host": b"gemba.example", "Origin": SITE.encode(), **wanted, "Sec-WebSocket-Key": b"A" * 22 + b"=="}
    assert asked(served, "GET", "/chat/socket", ours, b"").startswith(b"HTTP/1.1 101 ")
    assert asked(served, "GET", "/chat/socket", {**ours, name: b"\xff"}, b"").startswith(b"HTTP/1.1 400 ")


def test_who_sends_broken_http_writes_nothing_into_the_log(served: Served, log: io.StringIO) -> None:
    before = log.getvalue()
    assert b" 400 " in asked(served, "GET", "/healthz", {"Host": b"x", "Content-Length": b"-1"}, b"")
    assert log.getvalue() == before
