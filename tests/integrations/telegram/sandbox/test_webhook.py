"""Updates by webhook: the secret, order, patience, Retry-After, and a call in the response."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp import web

from integrations.telegram.sandbox import SandboxClient
from tests.integrations.telegram.sandbox.calls import Api, Json


class Receiver:
    """A web server that answers as told and remembers what came."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.got: asyncio.Queue[tuple[str | None, Json]] = asyncio.Queue()
        self.entered: asyncio.Queue[None] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.open = self.most = 0
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.open += 1
        self.most = max(self.most, self.open)
        await self.entered.put(None)
        await self.gate.wait()
        self.open -= 1
        await self.got.put((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return self.answers.pop(0) if self.answers else web.Response()

    async def texts(self, count: int) -> list[str]:
        async with asyncio.timeout(60):
            return [(await self.got.get())[1]["message"]["text"] for _ in range(count)]


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.add_routes([web.post("/hook", receiver.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    receiver.gate.set()
    await runner.cleanup()


async def drained(api: Api) -> None:
    updates = api.running.sandbox.updates
    while updates.pending:
        assert await updates.confirmations.wait(updates.confirmations.version, 5)


async def test_the_secret_comes_in_a_header(api: Api, receiver: Receiver, anna: int) -> None:
    await api("setWebhook", url=receiver.url, secret_token="s3cret_-")
    async with asyncio.timeout(60):
        secret, update = await receiver.got.get()
    assert (secret, update["message"]["text"]) == ("s3cret_-", "/start")
    await drained(api)
    info = await api("getWebhookInfo")
    assert (info["url"], info["max_connections"]) == (receiver.url, 40)


async def test_a_refused_update_holds_back_its_chat_alone(
    api: Api, people: SandboxClient, receiver: Receiver, anna: int, boss: int
) -> None:
    receiver.answers = [web.Response(status=500)]
    await api("setWebhook", url=receiver.url, drop_pending_updates=True)
    await people.send(anna, anna, "один")
    assert await receiver.texts(1) == ["один"]
    await people.send(anna, anna, "два")
    await people.start(boss)
    assert await receiver.texts(1) == ["/start"]
    info = await api("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    await people.advance(1.1)
    assert await receiver.texts(2) == ["один", "два"]
    await drained(api)


async def test_the_delay_doubles_and_retry_after_is_honoured(
    api: Api, people: SandboxClient, receiver: Receiver, anna: int
) -> None:
    refusals = [web.Response(status=503), web.Response(status=503)]
    receiver.answers = [*refusals, web.Response(status=429, headers={"Retry-After": "600"})]
    await api("setWebhook", url=receiver.url)
    for delay in (1.1, 2.1, 599.0):
        await receiver.texts(1)
        await api("getWebhookInfo")
        await people.advance(delay)
    assert receiver.got.empty()
    await people.advance(2)
    assert await receiver.texts(1) == ["/start"]


async def test_as_many_at_once_as_allowed(api: Api, people: SandboxClient, receiver: Receiver) -> None:
    receiver.gate.clear()
    await api("setWebhook", url=receiver.url, max_connections=2)
    for n in range(6):
        await people.start(await people.create(f"P{n}"))
    async with asyncio.timeout(60):
        for _ in range(2):
            await receiver.entered.get()
    receiver.gate.set()
    await receiver.texts(6)
    assert receiver.most == 2


async def test_a_call_in_the_response_is_made(api: Api, people: SandboxClient, receiver: Receiver, anna: int) -> None:
    receiver.answers = [web.json_response({"method": "sendMessage", "chat_id": anna, "text": "сразу"})]
    await api("setWebhook", url=receiver.url)
    assert (await people.wait_for(anna, "сразу"))["text"] == "сразу"
    receiver.answers = [web.json_response({"method": "deleteWebhook"})]
    await people.send(anna, anna, "x")
    await receiver.texts(2)
    await drained(api)
    assert (await api("getWebhookInfo"))["url"] == receiver.url


async def test_pending_updates_can_be_dropped(api: Api, receiver: Receiver, anna: int) -> None:
    await api("setWebhook", url=receiver.url, drop_pending_updates=True)
    assert (await api("getWebhookInfo"))["pending_update_count"] == 0
    assert receiver.got.empty()


async def test_an_update_delivered_twice(api: Api, people: SandboxClient, receiver: Receiver, anna: int) -> None:
    await api("setWebhook", url=receiver.url, drop_pending_updates=True)
    await people.duplicate_updates()
    await people.send(anna, anna, "дважды")
    assert await receiver.texts(2) == ["дважды"] * 2
