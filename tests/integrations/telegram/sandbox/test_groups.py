"""Members, privacy, taps and reactions."""

import pytest

from integrations.telegram.sandbox import SandboxClient
from integrations.telegram.sandbox.callbacks import TOO_OLD
from tests.integrations.telegram.sandbox.calls import Api

MARKUP = {"inline_keyboard": [[{"text": "Взять", "callback_data": "take"}, {"text": "Спам", "callback_data": "spam"}]]}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("привет", False),
        ("/help", True),
        ("/help@sandbox_bot", True),
        ("/help@another_bot", False),
        ("спросим @sandbox_bot", True),
        ("спросим @another_bot", False),
    ],
)
async def test_privacy_of_a_plain_member(api: Api, people: SandboxClient, boss: int, text: str, seen: bool) -> None:
    chat = await people.create_group("Команда", [boss], bot="member")
    await api.updates()
    await people.send(boss, chat, text)
    assert len(await api.updates()) == seen


async def test_a_reply_to_the_bot_is_seen_despite_privacy(api: Api, people: SandboxClient, boss: int) -> None:
    chat = await people.create_group("Команда", [boss], bot="member")
    message = await api("sendMessage", chat_id=chat, text="x")
    await api.updates()
    await people.send(boss, chat, "ответ", reply_to=message["message_id"])
    assert await api.kinds() == ["text"]


async def test_all_is_seen_by_an_administrator_or_without_privacy(
    api: Api, people: SandboxClient, boss: int, team: int
) -> None:
    chat = await people.create_group("Команда", [boss], bot="member")
    await people.set_bot(privacy=False)
    assert (await api("getMe"))["can_read_all_group_messages"] is True
    await api.updates()
    for place in (team, chat):
        await people.send(boss, place, "привет")
    assert await api.kinds() == ["text", "text"]
    await people.set_bot_member(chat, "kicked")
    await api.updates()
    await people.send(boss, chat, "привет")
    assert await api.updates() == []


async def test_the_bots_own_place(api: Api, people: SandboxClient, anna: int, boss: int) -> None:
    await api.updates()
    chat = await people.create_group("Команда", [boss], bot="member")
    assert await api.kinds() == ["my_chat_member", "new_chat_members"]
    await people.set_bot_member(chat, "administrator")
    change = (await api.updates())[0]["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "administrator")
    await people.block(anna)
    await people.start(anna)
    changes = [update["my_chat_member"]["new_chat_member"]["status"] for update in (await api.updates())[:2]]
    assert changes == ["kicked", "member"]
    await api.updates()
    assert await api("leaveChat", chat_id=chat) is True
    assert await api.kinds() == ["my_chat_member", "left_chat_member"]
    assert (await api.refusal("getChat", chat_id=chat))[0] == 403


async def test_members_as_the_bot_asks_for_them(api: Api, people: SandboxClient, anna: int, boss: int) -> None:
    chat = await people.create_group("Команда", [anna], admins=[boss])
    assert (await api("getChatMember", chat_id=chat, user_id=anna))["status"] == "member"
    assert {one["user"]["id"] for one in await api("getChatAdministrators", chat_id=chat)} == {boss, 123456}
    assert await api("getChatMemberCount", chat_id=chat) == 3
    await people.promote(anna, chat)
    assert (await api("getChatMember", chat_id=chat, user_id=anna))["status"] == "administrator"
    await people.demote(anna, chat)
    await people.kick(anna, chat)
    assert (await api("getChatMember", chat_id=chat, user_id=anna))["status"] == "kicked"
    assert await api.refusal("getChatAdministrators", chat_id=anna) == (
        400,
        "Bad Request: there are no administrators in the private chat",
    )


async def test_a_tap_and_its_answer(api: Api, people: SandboxClient, anna: int) -> None:
    message = await api("sendMessage", chat_id=anna, text="x", reply_markup=MARKUP)
    await api.updates()
    for button in ("take", "Взя", (0, 0)):
        tap = await people.tap(anna, anna, message["message_id"], button)
        query = (await api.updates())[0]["callback_query"]
        assert (query["id"], query["data"], query["message"]["message_id"]) == (tap, "take", message["message_id"])
        await api("answerCallbackQuery", callback_query_id=tap, text="ваш", show_alert=True)
        answer = await people.answer(tap)
        assert (answer["text"], answer["show_alert"], answer["url"]) == ("ваш", True, None)


async def test_a_tap_is_answered_once_and_in_time(api: Api, people: SandboxClient, anna: int) -> None:
    message = await api("sendMessage", chat_id=anna, text="x", reply_markup=MARKUP)
    tap = await people.tap(anna, anna, message["message_id"], "take")
    too_long = await api.refusal("answerCallbackQuery", callback_query_id=tap, text="x" * 201)
    assert too_long == (400, "Bad Request: MESSAGE_TOO_LONG")
    wrong = await api.refusal("answerCallbackQuery", callback_query_id=tap, url="https://example.com")
    assert wrong == (400, "Bad Request: URL_INVALID")
    await api("answerCallbackQuery", callback_query_id=tap, url="https://t.me/sandbox_bot?start=x")
    assert await api.refusal("answerCallbackQuery", callback_query_id=tap) == (400, f"Bad Request: {TOO_OLD}")
    late = await people.tap(anna, anna, message["message_id"], "spam")
    await people.advance(151)
    assert await api.refusal("answerCallbackQuery", callback_query_id=late) == (400, f"Bad Request: {TOO_OLD}")


async def test_reactions_reach_an_administrator_who_asked(
    api: Api, people: SandboxClient, boss: int, team: int
) -> None:
    message = await people.send(boss, team, "x")
    await people.react(boss, team, message, "👍")
    await api("getUpdates", allowed_updates=["message_reaction"])
    await api.updates()
    await people.react(boss, team, message, "🔥")
    await api("setMessageReaction", chat_id=team, message_id=message, reaction=[{"type": "emoji", "emoji": "👀"}])
    (update,) = await api.updates()
    assert update["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "🔥"}]
    stored = (await people.messages(team))[-1]["reactions"]
    assert {reactions[0]["emoji"] for reactions in stored.values()} == {"🔥", "👀"}
    await people.set_bot_member(team, "member")
    await people.react(boss, team, message, None)
    assert await api.updates() == []


@pytest.mark.parametrize("reaction", [[{"type": "emoji", "emoji": "🚀"}], [{"type": "emoji"}], ["👍"]])
async def test_not_every_emoji_is_a_reaction(api: Api, team: int, reaction: list[object]) -> None:
    message = (await api("sendMessage", chat_id=team, text="x"))["message_id"]
    refusal = (400, "Bad Request: REACTION_INVALID")
    assert await api.refusal("setMessageReaction", chat_id=team, message_id=message, reaction=reaction) == refusal


async def test_commands_and_descriptions(api: Api) -> None:
    commands = [{"command": "start", "description": "Начать"}]
    await api("setMyCommands", commands=commands, scope={"type": "all_group_chats"}, language_code="ru")
    assert await api("getMyCommands", scope={"type": "all_group_chats"}, language_code="ru") == commands
    assert await api("getMyCommands") == []
    await api("setMyDescription", description="Кто мы")
    await api("setMyShortDescription", short_description="Коротко")
    assert await api("getMyDescription", language_code="ru") == {"description": "Кто мы"}
