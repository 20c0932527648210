"""Topics: opened, used, closed, deleted, in forums and in private chats."""

import pytest

from integrations.telegram.sandbox import SandboxClient
from tests.integrations.telegram.sandbox.calls import Api


async def test_the_life_of_a_topic(api: Api, people: SandboxClient, team: int) -> None:
    await api.updates()
    topic = await api("createForumTopic", chat_id=team, name="🔴 Анна")
    place = {"chat_id": team, "message_thread_id": topic["message_thread_id"]}
    message = await api("sendMessage", **place, text="x")
    assert message["is_topic_message"] is True
    assert message["message_thread_id"] == topic["message_thread_id"]
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "🔴 Анна"
    await api("editForumTopic", **place, name="🟢 Анна")
    assert await api.refusal("editForumTopic", **place, name="🟢 Анна") == (400, "Bad Request: TOPIC_NOT_MODIFIED")
    await api("closeForumTopic", **place)
    assert await api.refusal("closeForumTopic", **place) == (400, "Bad Request: TOPIC_NOT_MODIFIED")
    await api("reopenForumTopic", **place)
    names = ["created", "edited", "closed", "reopened"]
    assert await api.kinds() == [f"forum_topic_{name}" for name in names]
    await api("deleteForumTopic", **place)
    assert await api.updates() == []


async def test_a_deleted_topic_by_the_way_taken(api: Api, people: SandboxClient, boss: int, team: int) -> None:
    source = await people.send(boss, team, "x")
    topic = await people.create_topic(boss, team, "Тема")
    await people.delete_topic(boss, team, topic)
    place = {"chat_id": team, "message_thread_id": topic}
    refusal = (400, "Bad Request: message thread not found")
    assert await api.refusal("sendMessage", **place, text="x") == refusal
    assert await api.refusal("closeForumTopic", **place) == refusal
    copy = place | {"from_chat_id": team, "message_id": source}
    assert await api.refusal("copyMessage", **copy) == (400, "Bad Request: TOPIC_DELETED")
    assert await api.refusal("forwardMessage", **copy) == (400, "Bad Request: TOPIC_DELETED")


@pytest.mark.parametrize("thread", [1, 999])
async def test_the_general_topic_has_no_number(api: Api, team: int, thread: int) -> None:
    refusal = (400, "Bad Request: message thread not found")
    assert await api.refusal("sendMessage", chat_id=team, message_thread_id=thread, text="x") == refusal
    assert "message_thread_id" not in await api("sendMessage", chat_id=team, text="x")


async def test_a_closed_topic_takes_only_managers_and_its_opener(
    api: Api, people: SandboxClient, boss: int, team: int
) -> None:
    theirs = await people.create_topic(boss, team, "Их")
    own = (await api("createForumTopic", chat_id=team, name="Своя"))["message_thread_id"]
    for thread in (theirs, own):
        await people.close_topic(boss, team, thread)
        await api("sendMessage", chat_id=team, message_thread_id=thread, text="x")
    await people.set_bot_member(team, "administrator", {"can_manage_topics": False})
    await api("sendMessage", chat_id=team, message_thread_id=own, text="x")
    refusal = (400, "Bad Request: TOPIC_CLOSED")
    assert await api.refusal("sendMessage", chat_id=team, message_thread_id=theirs, text="x") == refusal
    await people.reopen_topic(boss, team, theirs)
    await api("sendMessage", chat_id=team, message_thread_id=theirs, text="x")


async def test_rights_over_topics(api: Api, people: SandboxClient, boss: int, team: int) -> None:
    own = (await api("createForumTopic", chat_id=team, name="Своя"))["message_thread_id"]
    theirs = await people.create_topic(boss, team, "Их")
    await people.set_bot_member(team, "administrator", {"can_manage_topics": False})
    refusal = (400, "Bad Request: not enough rights to create a topic")
    assert await api.refusal("createForumTopic", chat_id=team, name="x") == refusal
    refusal = (400, "Bad Request: not enough rights to manage chat topics")
    assert await api.refusal("closeForumTopic", chat_id=team, message_thread_id=theirs) == refusal
    await api("editForumTopic", chat_id=team, message_thread_id=own, name="Иначе")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"name": " "}, "TOPIC_NAME_EMPTY"),
        ({"name": "x" * 129}, "TOPIC_NAME_TOO_LONG"),
        ({"name": "x", "icon_color": 5}, "TOPIC_ICON_COLOR_INVALID"),
    ],
)
async def test_a_bad_topic(api: Api, team: int, params: dict[str, object], text: str) -> None:
    assert await api.refusal("createForumTopic", chat_id=team, **params) == (400, f"Bad Request: {text}")


async def test_a_group_without_topics(api: Api, people: SandboxClient, boss: int) -> None:
    chat = await people.create_group("Без тем", [boss])
    assert await api.refusal("createForumTopic", chat_id=chat, name="x") == (
        400,
        "Bad Request: the chat is not a forum",
    )


async def test_topics_in_a_private_chat_are_switched_on_for_the_bot(api: Api, people: SandboxClient, anna: int) -> None:
    refusal = (400, "Bad Request: the chat is not a forum")
    assert await api.refusal("createForumTopic", chat_id=anna, name="x") == refusal
    await people.set_bot(has_topics_enabled=True)
    assert (await api("getMe"))["has_topics_enabled"] is True
    topic = (await api("createForumTopic", chat_id=anna, name="Заказ"))["message_thread_id"]
    await people.send(anna, anna, "в теме", thread=topic)
    message = (await api.updates())[-1]["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (topic, True)


async def test_a_reply_goes_into_the_topic_of_its_message(
    api: Api, people: SandboxClient, boss: int, team: int
) -> None:
    topic = await people.create_topic(boss, team, "Тема")
    message = await people.send(boss, team, "вопрос", thread=topic)
    reply = await api("sendMessage", chat_id=team, text="ответ", reply_parameters={"message_id": message})
    assert reply["message_thread_id"] == topic
    other = await people.create_topic(boss, team, "Другая")
    params = {"chat_id": team, "message_thread_id": other, "text": "x", "reply_parameters": {"message_id": message}}
    assert await api.refusal("sendMessage", **params) == (400, "Bad Request: message to be replied not found")


async def test_a_thread_of_replies_without_topics(api: Api, people: SandboxClient, boss: int) -> None:
    chat = await people.create_group("Без тем", [boss])
    first = await people.send(boss, chat, "x")
    second = await people.send(boss, chat, "y", reply_to=first)
    await people.send(boss, chat, "z", reply_to=second)
    messages = [update["message"] for update in (await api.updates())[-2:]]
    assert [message["message_thread_id"] for message in messages] == [first, first]
    assert not any("is_topic_message" in message for message in messages)
