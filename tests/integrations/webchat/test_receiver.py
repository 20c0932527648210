"""The roads of the chat: what a window, and whoever only pretends to be one, is answered."""

import asyncio
import contextlib
import socket as sockets
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.messages import IS_PASS
from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.locales import Texts
from bot.runtime.intake import Intake
from bot.storage.passes import use_pass
from bot.storage.store import Bell, Store
from bot.storage.tables import messages, passes
from bot.storage.window import add_line, conversation_with
from integrations.gate import Gate
from integrations.webchat import receiver
from integrations.webchat.hub import MOST_OF_A_VISITOR, Hub
from integrations.webchat.identity import Passport
from integrations.webchat.interpreter import WindowInterpreter
from integrations.webchat.onward import LINKS_A_MINUTE, Onward
from integrations.webchat.receiver import BROKEN, LARGEST_FRAME, TOO_MANY, UNKNOWN, WORDS_A_MINUTE, Receiver
from integrations.webchat.tokens import LIFE, Signer, Tokens
from integrations.webchat.words import CHANNEL
from tests.conftest import MovableClock
from tests.runtime.porter import PATIENCE_SECONDS, until

SITE = "https://shop.example"
HEADERS = {"Origin": SITE}
SECRET = "0123456789abcdef0123456789abcdef"
PASSPORT = Passport(SECRET, "RU")
ID = "0123456789abcdef"
HUB = web.AppKey("hub", Hub)
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(store: Store, clock: MovableClock) -> AsyncIterator[Client]:
    policy = Policy(default_rules(), "RUB", "private", frozenset())
    texts = {locale: Texts(locale, ZoneInfo("Europe/Moscow")) for locale in ("ru", "en")}
    intake, hub = Intake(store, clock), Hub(store, Bell(), look_seconds=0.05)
    intake.add(CHANNEL, WindowInterpreter(policy, texts["ru"], {}, clock))
    gate = Gate({SITE}, set(), a_minute=100, a_minute_by_server=1)
    onward = Onward(store, lambda _tx: "kitchen_bot", clock)
    roads = Receiver(store, intake.take, gate, hub, policy, texts, "ru", Signer(store, ""), clock, onward, PASSPORT)
    app = web.Application()
    app[HUB] = hub
    app.add_routes(roads.routes())

    async def leave(_app: web.Application) -> None:
        await hub.close()

    app.on_shutdown.append(leave)
    async with TestClient(Served(app)) as client:
        yield client


class Served(TestServer):
    """As the product serves: what a line that has ended leaves behind is not cancelled by the library."""

    async def _make_runner(self, **_more: Any) -> web.AppRunner:
        return web.AppRunner(self.app, access_log=None)


class Window:
    """What the script on a page does, by hand."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket, self.token = socket, ""

    async def hears(self, kind: str) -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                frame = orjson.loads(await self.socket.receive_str())
                if frame["t"] == kind:
                    return frame

    async def says(self, text: str, number: str = ID, **more: Any) -> Any:
        await self.socket.send_json({"t": "say", "id": number, "text": text, **more})
        return await self.hears("ok")

    async def closed(self) -> int | None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                pass
        return self.socket.close_code


async def opened(client: Client, token: str | None = None, after: int = 0) -> Window:
    window = Window(await client.ws_connect("/chat/socket", headers=HEADERS))
    await window.socket.send_json({"t": "hello", "token": token, "after": after, "lang": "ru"})
    window.token = (await window.hears("hello"))["token"]
    return window


async def posted(client: Client, path: str, frame: Any, **more: Any) -> tuple[int, Any]:
    body = frame if isinstance(frame, bytes) else orjson.dumps(frame)
    response = await client.post(path, data=body, headers={**HEADERS, **more})
    return response.status, await response.json()


async def stored(store: Store) -> list[str]:
    return await store.read(lambda tx: list(tx.scalars(messages.select().with_only_columns(messages.c.text))))


async def test_both_roads_lead_into_one_conversation(client: Client, store: Store) -> None:
    window = await opened(client)
    assert await window.says("Сколько стоит кухня?") == {"t": "ok", "id": ID}
    (line,) = (await window.hears("lines"))["lines"]
    assert (line["n"], line["id"], line["who"], line["text"]) == (1, ID, "you", "Сколько стоит кухня?")

    said = {"t": "say", "id": "fedcba9876543210", "text": "И когда?", "token": window.token}
    assert await posted(client, "/chat/send", said) == (200, {"t": "ok", "id": said["id"]})
    assert [line["text"] for line in (await window.hears("lines"))["lines"]] == ["И когда?"]
    status, polled = await posted(client, "/chat/poll", {"token": window.token, "after": 1})
    assert status == 200 and [line["n"] for line in polled["lines"]] == [2]
    assert await stored(store) == ["Сколько стоит кухня?", "И когда?"]


async def test_a_poll_waits_until_there_is_something(client: Client) -> None:
    window = await opened(client)
    asked = asyncio.create_task(posted(client, "/chat/poll", {"token": window.token, "after": 0, "wait": True}))
    await window.says("Здравствуйте")
    _, polled = await asyncio.wait_for(asked, PATIENCE_SECONDS)
    assert [line["text"] for line in polled["lines"]] == ["Здравствуйте"]


async def test_said_again_it_is_one_message(client: Client, store: Store) -> None:
    window = await opened(client)
    for _ in range(3):
        await window.says("Здравствуйте")
    again = await opened(client, window.token)
    await asyncio.gather(*(posted(client, "/chat/send", _said(again.token)) for _ in range(5)))
    assert await stored(store) == ["Здравствуйте"]
    (line,) = (await again.hears("lines"))["lines"]
    assert line["id"] == ID


def _said(token: str | None, **more: Any) -> dict[str, Any]:
    return {"t": "say", "id": ID, "text": "Здравствуйте", "token": token, **more}


async def test_one_who_holds_more_than_there_is_begins_anew(client: Client) -> None:
    window = await opened(client)
    await window.says("Здравствуйте")
    back = await opened(client, window.token, after=40)
    lines = await back.hears("lines")
    assert lines["anew"] and [line["n"] for line in lines["lines"]] == [1]


@pytest.mark.parametrize("forge", [
    lambda token: token.replace("v1.", "v1.A", 1)[: len(token)],
    lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    lambda token: Tokens("another").issue(token.split(".")[1], MovableClock().now()),
    lambda token: "v1.x.1.y",
    lambda token: 7,
])  # fmt: skip
async def test_nobody_speaks_or_reads_for_another(client: Client, store: Store, forge: Callable[[str], Any]) -> None:
    window = await opened(client)
    await window.says("Здравствуйте")
    forged = forge(window.token)
    assert (await posted(client, "/chat/send", _said(forged, id="f" * 16)))[0] == 401
    assert (await posted(client, "/chat/poll", {"token": forged}))[0] == 401
    socket = Window(await client.ws_connect("/chat/socket", headers=HEADERS))
    await socket.socket.send_json({"t": "hello", "token": forged})
    assert await socket.closed() == UNKNOWN
    assert await stored(store) == ["Здравствуйте"]


async def test_a_token_is_replaced_and_ends(client: Client, clock: MovableClock) -> None:
    window = await opened(client)
    assert (await opened(client, window.token)).token == window.token
    clock.advance(hours=2)
    fresh = (await opened(client, window.token)).token
    assert fresh != window.token and fresh.split(".")[1] == window.token.split(".")[1]
    clock.time += LIFE - timedelta(hours=1)
    assert (await posted(client, "/chat/poll", {"token": window.token}))[0] == 401
    assert (await posted(client, "/chat/poll", {"token": fresh}))[0] == 200


async def test_only_from_known_sites(client: Client) -> None:
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        with pytest.raises(WSServerHandshakeError, match="403"):
            await client.ws_connect("/chat/socket", headers=headers)
        for path in ("/chat/send", "/chat/poll"):
            response = await client.post(path, json=_said(None), headers=headers)
            assert response.status == 403 and "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    "frame",
    [
        b"", b"{", b"[]", b"\xff", b"7", b'{"t":"say"}', b'{"t":"dance"}', b'{"t":"say","id":7,"text":"x"}',
        b'{"t":"say","id":"0123456789abcdef","text":["x"]}', b'{"t":"say","id":"0123456789abcdef","text":"x","who":7}',
        b'{"t":"say","id":"0123456789abcdef","text":NaN}', b'{"t":"say","id":"0123456789abcdef","text":"\\ud800"}',
        b'{"t":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b'{"t":{"t":"say"}}', b'{"t":"read","n":1e9}',
        b'{"t":"read","n":"1"}', b'{"t":"read","n":true}', b'{"t":"rate","n":true,"stars":5}',
        b'{"t":"say","id":"0123456789abcdef\\u0000","text":"x"}', b'{"t":"say","id":"../../../etc","text":"x"}',
        b'{"t":"say","id":"0123456789abcdef","text":"x","after":-1}',
        b'{"t":"say","id":"0123456789abcdef","text":"x","after":true}',
    ],
)  # fmt: skip
async def test_broken_frames(client: Client, store: Store, frame: bytes) -> None:
    assert (await posted(client, "/chat/send", frame))[0] == 400
    if b"after" not in frame:
        window = await opened(client)
        await window.socket.send_str(frame.decode("latin-1"))
        assert await window.closed() == BROKEN
    assert await stored(store) == []


async def test_too_much_at_once(client: Client, store: Store) -> None:
    huge = orjson.dumps(_said(None, text="x" * LARGEST_FRAME))
    assert (await posted(client, "/chat/send", huge))[0] == 413
    window = await opened(client)
    await window.socket.send_str(huge.decode())
    assert await window.closed() == 1009
    long = await posted(client, "/chat/send", _said(None, text="x" * 4_001))
    assert long[1]["field"] == "text" and "4000" in long[1]["text"]
    assert await stored(store) == []


async def test_too_many_windows_and_words(client: Client) -> None:
    windows = [await opened(client)]
    token = windows[0].token
    windows += [await opened(client, token) for _ in range(MOST_OF_A_VISITOR - 1)]
    one_more = Window(await client.ws_connect("/chat/socket", headers=HEADERS))
    await one_more.socket.send_json({"t": "hello", "token": token})
    assert await one_more.closed() == TOO_MANY
    speaker = windows[0]
    for number in range(WORDS_A_MINUTE):
        await speaker.says("x", f"{number:016}")
    await speaker.socket.send_json({"t": "say", "id": "f" * 16, "text": "x"})
    assert 0 < (await speaker.hears("later"))["seconds"] <= 60


async def test_what_the_visitor_has_to_mend(client: Client, store: Store) -> None:
    for contact, words in (("12", "номер"), ("a@b", "почты")):
        _, told = await posted(client, "/chat/send", _said(None, who={"name": "Ольга", "contact": contact}, lang="ru"))
        assert told["t"] == "no" and told["field"] == "contact" and words in told["text"]
    assert await stored(store) == []


async def test_a_link_of_ones_own_into_telegram(client: Client, store: Store, clock: MovableClock) -> None:
    window = await opened(client)
    came = {"last": {"at": 0, "utm_source": "yandex"}, "pages": "x" * 999}
    await window.socket.send_json({"t": "go", "from": came})
    url = (await window.hears("go"))["url"]
    code = url.removeprefix("https://t.me/kitchen_bot?start=")
    assert IS_PASS.fullmatch(code) and len(code) <= 64
    assert code not in repr(await store.read(lambda tx: tx.execute(passes.select()).all())), "only its hash is kept"
    found = await store.write(use_pass, code, "telegram:5", clock.now())
    assert found is not None and found.visitor == window.token.split(".")[1]
    assert [visit.touch.source for visit in found.trail.visits] == ["yandex"] and not found.trail.pages
    for _ in range(LINKS_A_MINUTE - 1):
        assert (await posted(client, "/chat/send", {"t": "go", "token": window.token}))[1]["url"]
    assert (await posted(client, "/chat/send", {"t": "go", "token": window.token}))[1]["url"] is None


async def test_what_another_process_writes_is_shown_too(client: Client, store: Store, clock: MovableClock) -> None:
    window = await opened(client)
    await window.says("Здравствуйте")
    visitor = window.token.split(".")[1]

    def written(tx: Any) -> int:
        talk = conversation_with(tx, CHANNEL, visitor)
        assert talk is not None
        return add_line(tx, talk, clock.now(), text="Ответим скоро")

    await window.hears("lines")
    await store.write(written)
    assert [line["text"] for line in (await window.hears("lines"))["lines"]] == ["Ответим скоро"]


async def test_a_frame_that_is_no_text(client: Client) -> None:
    window = await opened(client)
    await window.socket.send_bytes(b"\x00\x01")
    assert await window.closed() == BROKEN


async def test_who_never_says_hello_is_let_go(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.webchat.receiver.HELLO_SECONDS", 0.1)
    silent = Window(await client.ws_connect("/chat/socket", headers=HEADERS))
    assert await silent.closed() is not None


async def test_what_is_typed_stays_text(client: Client, store: Store) -> None:
    """Scripts, NUL bytes and half a letter in name, words and marks are kept as they can be, and shown as they are."""
    hostile = "<script>alert(1)</script>\u0000\u202e"
    more: dict[str, Any] = {"who": {"name": hostile}, "from": {"utm_source": hostile, "page": "javascript:alert(1)"}}
    window = await opened(client)
    await window.says(hostile, **more)
    (line,) = (await window.hears("lines"))["lines"]
    assert line["text"] == hostile.replace("\u0000", "") == (await stored(store))[0]


async def test_one_who_floods_holds_up_nobody_else(client: Client, store: Store) -> None:
    """Of ten thousand words only a minute's worth is taken; meanwhile another visitor is served."""
    flooder, other = await opened(client), await opened(client)
    for number in range(10_000):
        await flooder.socket.send_json({"t": "say", "id": f"{number:016}", "text": "x"})
        if number == 5_000:
            await other.says("Здравствуйте", "a" * 16)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (frame := await flooder.hears("later"))["id"] != f"{9_999:016}":
            assert frame["seconds"] <= 60
    assert sorted(await stored(store)) == ["x"] * WORDS_A_MINUTE + ["Здравствуйте"]


async def test_a_window_that_never_reads_is_waited_for_and_then_given_up(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing piles up for it, others are served while it is still waited for, and its place is free again."""
    monkeypatch.setattr(receiver, "HEARTBEAT_SECONDS", 6.0)
    loop, runner = asyncio.get_running_loop(), client.server.runner
    assert runner is not None
    for site in runner.sites:
        assert isinstance(site._server, asyncio.Server)
        _with_small_buffers(site._server.sockets[0])
    with contextlib.closing(sockets.socket()) as deaf:
        _with_small_buffers(deaf)
        deaf.setblocking(False)
        await loop.sock_connect(deaf, ("127.0.0.1", client.port))
        await loop.sock_sendall(deaf, UPGRADE)
        assert b" 101 " in await loop.sock_recv(deaf, 4096)
        await loop.sock_sendall(deaf, _frame(b'{"t":"hello","token":null}'))
        taken = await _taken(deaf, _frame(b'{"t":"ping"}') * 100)
        assert 0 < taken < LARGEST_PILE
        window = await opened(client)
        await window.says("Есть доставка?")
        assert client.app[HUB]._from.total() == 2
        await until(lambda: client.app[HUB]._from.total() == 1)


LARGEST_PILE = 1024 * 1024

UPGRADE = (
    f"GET /chat/socket HTTP/1.1\r\nHost: x\r\nOrigin: {SITE}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
).encode()


def _frame(text: bytes) -> bytes:
    """As a browser sends it; the mask changes nothing."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


def _with_small_buffers(line: Any) -> None:
    """So that it is our own memory that is measured, not the system's."""
    for name in (sockets.SO_SNDBUF, sockets.SO_RCVBUF):
        line.setsockopt(sockets.SOL_SOCKET, name, 4096)


async def _taken(line: sockets.socket, words: bytes) -> int:
    """How many bytes the other side takes, until for half a second it takes no more."""
    taken, last = 0, time.monotonic()
    while time.monotonic() - last < 0.5 and taken < LARGEST_PILE:
        try:
            taken, last = taken + line.send(words[taken % len(words) :]), time.monotonic()
        except BlockingIOError:
            await asyncio.sleep(0.01)
    return taken
