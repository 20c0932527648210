"""Troubles on demand: what the caller sees, and whether the effect took place."""

import asyncio

import aiohttp
import pytest

from integrations.telegram.sandbox import SandboxClient, SandboxError
from tests.integrations.telegram.sandbox.calls import Api


async def sent(people: SandboxClient, chat: int) -> list[str]:
    return [message["text"] for message in await people.messages(chat) if message["from_bot"]]


@pytest.mark.parametrize(("kind", "effect"), [("bad_gateway", 0), ("bad_gateway_after", 1)])
async def test_a_bad_gateway(api: Api, people: SandboxClient, anna: int, kind: str, effect: int) -> None:
    await people.faults(kind, "sendMessage")
    async with api.http.post(f"{api.base}/sendMessage", json={"chat_id": anna, "text": "x"}) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "502 Bad Gateway" in await response.text()
    assert len(await sent(people, anna)) == effect
    await api("sendMessage", chat_id=anna, text="x")


@pytest.mark.parametrize(("kind", "effect"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_cut_connection(api: Api, people: SandboxClient, anna: int, kind: str, effect: int) -> None:
    await people.faults(kind, chat_id=anna)
    with pytest.raises(aiohttp.ClientError):
        await api("sendMessage", chat_id=anna, text="x")
    assert len(await sent(people, anna)) == effect


async def test_faults_wait_for_their_method_chat_and_turn(
    api: Api, people: SandboxClient, anna: int, team: int
) -> None:
    await people.faults("error", "sendMessage", anna, skip=1, count=2, code=500, description="Internal Server Error")
    await people.faults("error", code=403, description="Forbidden: bot was blocked by the user")
    assert (await api.raw("getMe"))[0] == 403
    answers = [(await api.raw("sendMessage", chat_id=chat, text="x"))[0] for chat in (team, anna, anna, team, anna)]
    assert answers == [200, 200, 500, 200, 500]
    assert (await api.raw("sendMessage", chat_id=anna, text="x"))[0] == 200


async def test_a_given_error_with_parameters(api: Api, people: SandboxClient) -> None:
    await people.faults("error", code=429, description="Too Many Requests", parameters={"retry_after": 7})
    status, body = await api.raw("getMe")
    assert (status, body["parameters"]) == (429, {"retry_after": 7})


@pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
async def test_a_slow_answer(api: Api, people: SandboxClient, anna: int, kind: str) -> None:
    await people.faults(kind, seconds=5)
    with pytest.raises(TimeoutError):
        async with api.http.post(
            f"{api.base}/sendMessage",
            json={"chat_id": anna, "text": "x"},
            timeout=aiohttp.ClientTimeout(total=0.1),
        ):
            pass
    assert len(await sent(people, anna)) == (kind == "delay_after")


async def test_clearing_lets_a_held_call_go(api: Api, people: SandboxClient, anna: int) -> None:
    await people.faults("delay_before", "sendMessage", seconds=60)
    held = asyncio.create_task(api("sendMessage", chat_id=anna, text="x"))
    _, waiting = await asyncio.wait({held}, timeout=0.3)
    assert waiting
    await people.clear_faults()
    async with asyncio.timeout(30):
        await held


async def test_a_call_held_before_its_effect_dies_with_its_caller(api: Api, people: SandboxClient, anna: int) -> None:
    await people.faults("delay_before", "sendMessage", seconds=60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(api("sendMessage", chat_id=anna, text="x"), 0.3)
    await people.clear_faults()
    await api("sendMessage", chat_id=anna, text="the next")
    assert await sent(people, anna) == ["the next"]


async def test_down_for_a_while(api: Api, people: SandboxClient, anna: int) -> None:
    await people.down(30)
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await api("sendMessage", chat_id=anna, text="x")
    await people.advance(31)
    await api("sendMessage", chat_id=anna, text="x")
    assert len(await sent(people, anna)) == 1


async def test_a_long_poll_does_not_outlive_the_trouble(api: Api, people: SandboxClient, anna: int) -> None:
    await api.updates()
    poll = asyncio.create_task(api.updates(timeout=20))
    await api.running.sandbox.poller.waits.wait(0, 5)
    await people.down(30)
    await people.send(anna, anna, "не потеряется")
    with pytest.raises(aiohttp.ClientError):
        await poll
    await people.advance(31)
    assert [update["message"]["text"] for update in await api.updates()] == ["не потеряется"]


async def test_faults_are_cleared(api: Api, people: SandboxClient) -> None:
    await people.faults("bad_gateway", count=100)
    await people.down(1000)
    await people.clear_faults()
    assert (await api.raw("getMe"))[0] == 200


async def test_an_unknown_fault_is_refused(people: SandboxClient) -> None:
    with pytest.raises(SandboxError, match="unknown fault"):
        await people.faults("earthquake")


async def test_the_journal(api: Api, people: SandboxClient, anna: int) -> None:
    await api("sendMessage", chat_id=anna, text="x")
    await api.raw("sendMessage", chat_id=anna, text="")
    first, second = await people.calls(method="sendMessage")
    assert (first["status"], first["params"]["text"], first["answer"]["text"]) == (200, "x", "x")
    assert (second["status"], second["answer"]["description"]) == (400, "Bad Request: message text is empty")
    assert await people.calls(after=second["n"]) == []
