"""One call on the wire: what counts as Telegram's word, and what never leaves in an error."""

import socket
from collections.abc import AsyncIterator

import pytest
import structlog
from aiohttp import web

from integrations.telegram.client import TelegramClient, TelegramError, TelegramUnreachableError, Upload
from integrations.telegram.sandbox import RunningSandbox, run_sandbox
from integrations.telegram.sandbox.images import PIXEL

TOKEN = "123456:SECRET-token"


@pytest.fixture
async def running() -> AsyncIterator[RunningSandbox]:
    async with run_sandbox(token=TOKEN) as running:
        yield running


@pytest.fixture
async def client(running: RunningSandbox) -> AsyncIterator[TelegramClient]:
    async with TelegramClient(TOKEN, running.url) as client:
        yield client


async def test_a_result(client: TelegramClient) -> None:
    assert (await client.call("getMe"))["is_bot"] is True


async def test_a_picture_goes_with_a_call(running: RunningSandbox, client: TelegramClient) -> None:
    anna = await running.client.create("Анна")
    await running.client.start(anna)
    picture = Upload("day.png", PIXEL, "image/png")
    sent = await client.call("sendPhoto", {"chat_id": anna, "caption": "утро <3"}, {"photo": picture})
    assert sent["caption"] == "утро <3" and sent["photo"]
    assert (await running.client.calls(method="sendPhoto"))[-1]["status"] == 200


@pytest.mark.parametrize("fault", ["bad_gateway", "bad_gateway_after", "cut_before", "cut_after"])
async def test_no_word_from_telegram_itself(running: RunningSandbox, client: TelegramClient, fault: str) -> None:
    await running.client.faults(fault, "getMe")
    with pytest.raises(TelegramUnreachableError, match="getMe: "):
        await client.call("getMe")
    await client.call("getMe")


async def test_patience_ends(running: RunningSandbox, client: TelegramClient) -> None:
    await running.client.faults("delay_before", "getMe", seconds=5)
    with pytest.raises(TelegramUnreachableError, match="Timeout"):
        await client.call("getMe", patience=0.05)


@pytest.mark.parametrize(
    ("code", "description", "parameters", "retry_after"),
    [
        (429, "Too Many Requests: retry after 10072", {"retry_after": 10_072}, 10_072.0),
        (429, "Too Many Requests", {}, 5.0),
        (400, "Bad Request: chat not found", {}, None),
        (403, "Forbidden: bot was blocked by the user", {}, None),
        (409, "Conflict: terminated by other getUpdates request", {}, None),
    ],
)
async def test_telegram_says_no(
    running: RunningSandbox,
    client: TelegramClient,
    code: int,
    description: str,
    parameters: dict[str, int],
    retry_after: float | None,
) -> None:
    more = {"code": code, "description": description, "parameters": parameters}
    await running.client.act("fault", kind="error", method="getMe", **more)
    with pytest.raises(TelegramError) as told:
        await client.call("getMe")
    assert (told.value.code, told.value.description) == (code, description)
    assert told.value.retry_after == retry_after


async def test_its_own_500_is_no_refusal(running: RunningSandbox, client: TelegramClient) -> None:
    await running.client.faults("error", "getMe")
    with pytest.raises(TelegramUnreachableError, match="answered 500"):
        await client.call("getMe")


async def test_a_wrong_token(running: RunningSandbox) -> None:
    async with TelegramClient("123456:WRONG", running.url) as client:
        with pytest.raises(TelegramError) as told:
            await client.call("getMe")
    assert told.value.code == 401 and "WRONG" not in str(told.value)


BODIES = [
    *(b"<html>blocked</html>", b"", b"[]", b"null", b'"ok"', b"{}", b'{"error": "no"}', b'{"ok": true}'),
    *(b'{"ok": false, "error_code": "x"}', b'{"ok": false, "error_code": 400, "parameters": [1]}'),
]


@pytest.mark.parametrize("body", BODIES)
async def test_what_a_proxy_answers_with_200_is_no_word_of_telegram(body: bytes) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(body=body)

    app = web.Application()
    app.router.add_post("/{anything:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with TelegramClient(TOKEN, f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        with pytest.raises(TelegramUnreachableError):
            await client.call("getMe")
    await runner.cleanup()


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_dead_proxy_and_a_dead_server_are_the_network(scheme: str) -> None:
    proxy = f"{scheme}://user:secret@127.0.0.1:{_closed_port()}"
    for through in (None, proxy):
        async with TelegramClient(TOKEN, f"http://127.0.0.1:{_closed_port()}", through) as client:
            with pytest.raises(TelegramUnreachableError) as told:
                await client.call("getMe")
            assert "SECRET" not in repr(told.value) and told.value.__suppress_context__


async def test_neither_token_nor_text_is_in_any_error(running: RunningSandbox, client: TelegramClient) -> None:
    sent = {"chat_id": 1, "text": "customer's words"}
    for fault in ("cut_before", "bad_gateway", "error"):
        await running.client.faults(fault, "sendMessage")
        with pytest.raises((TelegramError, TelegramUnreachableError)) as told:
            await client.call("sendMessage", sent)
        with structlog.testing.capture_logs() as logs:
            structlog.get_logger().warning("trouble", reason=str(told.value))
        assert "SECRET" not in str(logs) and "customer" not in str(logs)


async def test_what_cannot_be_written_down_is_our_mistake_and_not_the_networks(client: TelegramClient) -> None:
    with pytest.raises(TypeError):
        await client.call("sendMessage", {"text": "\ud800"})
