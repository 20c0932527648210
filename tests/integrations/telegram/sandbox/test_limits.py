"""The rates of Telegram, by a clock that the test moves."""

import asyncio

from integrations.telegram.sandbox import SandboxClient
from tests.integrations.telegram.sandbox.calls import Api


async def statuses(api: Api, times: int, **params: object) -> list[int]:
    return [(await api.raw("sendMessage", text="x", **params))[0] for _ in range(times)]


async def test_a_group_takes_twenty_a_minute_over_all_its_topics(api: Api, people: SandboxClient, team: int) -> None:
    topic = (await api("createForumTopic", chat_id=team, name="x"))["message_thread_id"]
    assert await statuses(api, 10, chat_id=team, message_thread_id=topic) == [200] * 10
    message = await api("sendMessage", chat_id=team, text="x")
    assert await statuses(api, 7, chat_id=team) == [200] * 7
    edit = {"chat_id": team, "message_id": message["message_id"]}
    await api("editMessageText", **edit, text="y")
    status, body = await api.raw("sendMessage", chat_id=team, text="x")
    wait = body["parameters"]["retry_after"]
    assert (status, body["description"]) == (429, f"Too Many Requests: retry after {wait}")
    assert 55 <= wait <= 60
    assert (await api.raw("editMessageText", **edit, text="z"))[0] == 429
    assert await people.refused(team) == 2
    await people.advance(wait + 0.01)
    assert await statuses(api, 1, chat_id=team) == [200]


async def test_a_call_during_the_wait_is_refused_though_it_would_fit(
    api: Api, people: SandboxClient, anna: int, team: int
) -> None:
    await people.send_photo(anna, anna)
    photo = (await people.messages(anna))[-1]["photo"][-1]["file_id"]
    assert await statuses(api, 19, chat_id=team) == [200] * 19
    media = [{"type": "photo", "media": photo}] * 2
    status, body = await api.raw("sendMediaGroup", chat_id=team, media=media)
    assert status == 429
    assert body["parameters"]["retry_after"] > 50
    assert await statuses(api, 1, chat_id=team) == [429]


async def test_what_costs_nothing(api: Api, people: SandboxClient, boss: int, team: int) -> None:
    message = (await api("sendMessage", chat_id=team, text="x"))["message_id"]
    assert await statuses(api, 19, chat_id=team) == [200] * 19
    await api("setMessageReaction", chat_id=team, message_id=message, reaction=[{"type": "emoji", "emoji": "👍"}])
    await api("getChat", chat_id=team)
    await api("sendChatAction", chat_id=team, action="typing")
    await api("deleteMessage", chat_id=team, message_id=message)
    assert (await api.raw("createForumTopic", chat_id=team, name="x"))[0] == 429


async def test_a_refused_call_costs_nothing(api: Api, team: int) -> None:
    for _ in range(30):
        assert (await api.refusal("sendMessage", chat_id=team, text=""))[0] == 400
    assert await statuses(api, 1, chat_id=team) == [200]


async def test_a_private_chat_takes_a_burst_of_three(api: Api, people: SandboxClient, anna: int) -> None:
    assert await statuses(api, 4, chat_id=anna) == [200, 200, 200, 429]
    await people.advance(3.01)
    assert await statuses(api, 4, chat_id=anna) == [200, 200, 200, 429]


async def test_thirty_a_second_over_all_chats(api: Api, people: SandboxClient) -> None:
    await people.limits(private_per_second=0)
    persons = [await people.create(f"P{n}") for n in range(5)]
    for person in persons:
        await people.start(person)
    calls = [api.raw("sendMessage", chat_id=person, text="x") for person in persons for _ in range(8)]
    answers = [status for status, _ in await asyncio.gather(*calls)]
    assert (answers.count(200), answers.count(429)) == (30, 10)
    await people.advance(1.01)
    assert await statuses(api, 1, chat_id=persons[0]) == [200]


async def test_rates_can_be_switched_off(api: Api, people: SandboxClient, anna: int, team: int) -> None:
    await people.unlimited()
    for chat in (anna, team):
        assert await statuses(api, 40, chat_id=chat) == [200] * 40
