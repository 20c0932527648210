"""Refusals, word for word."""

from typing import Any

import pytest

from integrations.telegram.sandbox import SandboxClient
from integrations.telegram.sandbox.methods.edits import NOT_MODIFIED
from tests.integrations.telegram.sandbox.calls import Api

BUTTON = {"text": "x", "callback_data": "x"}


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "   "}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "👍" * 2049}, "message is too long"),
        ({"text": "x", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ({"text": "<x>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
        ({"text": "x", "colour": "red"}, 'unknown parameter "colour"'),
        ({"text": 5}, 'parameter "text" must be of type String'),
        ({"text": "x", "disable_notification": "maybe"}, 'parameter "disable_notification" must be of type Boolean'),
        ({"text": "x", "message_thread_id": "a"}, 'parameter "message_thread_id" must be of type Integer'),
        ({"text": "x", "message_thread_id": 77}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
        ({"text": "x", "reply_markup": []}, "object expected as reply markup"),
        ({"text": "x", "reply_markup": {"inline": []}}, "object expected as reply markup"),
        ({"text": "x", "reply_markup": keyboard([BUTTON] * 9)}, "reply markup is too long"),
        ({"text": "x", "reply_markup": keyboard(*[[BUTTON] * 8] * 13)}, "reply markup is too long"),
        ({"text": "x", "reply_markup": keyboard([{"text": "x", "callback_data": "ж" * 33}])}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x", "callback_data": ""}])},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x"}])},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": keyboard([BUTTON | {"url": "https://e.com"}])},
            "can't parse inline keyboard button: exactly one action is allowed in a button",
        ),
        (
            {"text": "x", "reply_markup": keyboard([{"callback_data": "x"}])},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {"text": "x", "reply_markup": keyboard([{"text": "x", "url": "http://localhost:8080/"}])},
            "inline keyboard button URL 'http://localhost:8080/' is invalid: Wrong HTTP URL",
        ),
        ({"text": "x", "business_connection_id": "b"}, "business connection not found"),
    ],
)
async def test_a_bad_message_is_refused(api: Api, anna: int, params: dict[str, Any], text: str) -> None:
    assert await api.refusal("sendMessage", chat_id=anna, **params) == (400, f"Bad Request: {text}")


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 404, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": "nobody", "text": "x"}, "chat not found"),
        ("sendPhoto", {"chat_id": 404}, "there is no photo in the request"),
        ("editMessageText", {"text": "x"}, "chat_id is empty"),
        ("deleteMessage", {"chat_id": 404}, "message identifier is not specified"),
        ("getChatMember", {"chat_id": 404}, "invalid user_id specified"),
        ("getFile", {"file_id": "x"}, "wrong file_id or the file is temporarily unavailable"),
        ("sendChatAction", {"chat_id": 404, "action": "dance"}, "wrong parameter action in request"),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
        ("setMyCommands", {"commands": [{"command": "Ы", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setWebhook", {"url": "ftp://x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ("setWebhook", {"url": "http://x", "secret_token": "ж"}, "secret token contains unallowed characters"),
    ],
)
async def test_a_bad_call_is_refused(api: Api, method: str, params: dict[str, Any], text: str) -> None:
    assert await api.refusal(method, **params) == (400, f"Bad Request: {text}")


async def test_an_unknown_method_and_a_wrong_token(api: Api) -> None:
    assert await api.refusal("sendTelegram") == (404, "Not Found: method not found")
    async with api.http.post(f"{api.running.url}/bot1:WRONG/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")


async def test_who_never_started_the_bot_cannot_be_written_to(api: Api, people: SandboxClient, boss: int) -> None:
    assert await api.refusal("sendMessage", chat_id=boss, text="x") == (400, "Bad Request: chat not found")
    await people.create_group("Команда", admins=[boss])
    refusal = (403, "Forbidden: bot can't initiate conversation with a user")
    assert await api.refusal("sendMessage", chat_id=boss, text="x") == refusal


async def test_the_blocked_and_the_deleted(api: Api, people: SandboxClient, anna: int) -> None:
    message = await api("sendMessage", chat_id=anna, text="x")
    await people.block(anna)
    blocked = (403, "Forbidden: bot was blocked by the user")
    assert await api.refusal("sendMessage", chat_id=anna, text="x") == blocked
    edit = {"chat_id": anna, "message_id": message["message_id"], "text": "y"}
    assert await api.refusal("editMessageText", **edit) == blocked
    await people.unblock(anna)
    await api("sendMessage", chat_id=anna, text="x")
    await people.deactivate(anna)
    assert await api.refusal("sendMessage", chat_id=anna, text="x") == (403, "Forbidden: user is deactivated")


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("supergroup", "kicked", "Forbidden: bot was kicked from the supergroup chat"),
        ("supergroup", "left", "Forbidden: bot is not a member of the supergroup chat"),
        ("group", "kicked", "Forbidden: bot was kicked from the group chat"),
        ("group", "left", "Forbidden: bot is not a member of the group chat"),
    ],
)
async def test_a_lost_group(api: Api, people: SandboxClient, boss: int, kind: str, status: str, text: str) -> None:
    chat = await people.create_group("Команда", [boss], kind=kind)
    await people.set_bot_member(chat, status)
    assert await api.refusal("sendMessage", chat_id=chat, text="x") == (403, text)


async def test_a_restricted_bot(api: Api, people: SandboxClient, team: int) -> None:
    await people.set_bot_member(team, "restricted", {"can_send_messages": True})
    await api("sendMessage", chat_id=team, text="x")
    location = {"chat_id": team, "photo": "x"}
    refusal = (400, "Bad Request: not enough rights to send photos to the chat")
    assert await api.refusal("sendPhoto", **location) == refusal


async def test_an_upgraded_group_names_its_successor(api: Api, people: SandboxClient, boss: int) -> None:
    old = await people.create_group("Команда", [boss], kind="group")
    new = await people.migrate(old)
    status, body = await api.raw("sendMessage", chat_id=old, text="x")
    assert (status, body["description"], body["parameters"]) == (
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        {"migrate_to_chat_id": new},
    )
    await api("sendMessage", chat_id=new, text="x")
    assert (await api.kinds())[-2:] == ["migrate_to_chat_id", "migrate_from_chat_id"]


async def test_a_reply_may_do_without_its_message(api: Api, anna: int) -> None:
    lenient = {"message_id": 999, "allow_sending_without_reply": True}
    message = await api("sendMessage", chat_id=anna, text="x", reply_parameters=lenient)
    assert "reply_to_message" not in message


async def test_an_edit_that_changes_nothing(api: Api, anna: int) -> None:
    markup = keyboard([BUTTON])
    message = await api("sendMessage", chat_id=anna, text="<b>x</b>", parse_mode="HTML", reply_markup=markup)
    edit = {"chat_id": anna, "message_id": message["message_id"]}
    same = edit | {"text": "<b>x</b>", "parse_mode": "HTML", "reply_markup": markup}
    assert await api.refusal("editMessageText", **same) == (400, f"Bad Request: {NOT_MODIFIED}")
    assert await api.refusal("editMessageReplyMarkup", **edit, reply_markup=markup) == (
        400,
        f"Bad Request: {NOT_MODIFIED}",
    )
    edited = await api("editMessageText", **edit, text="x", reply_markup=markup)
    assert edited["edit_date"] >= edited["date"]
    assert "reply_markup" not in await api("editMessageText", **edit, text="y")


async def test_what_cannot_be_edited_or_deleted(api: Api, people: SandboxClient, anna: int, team: int) -> None:
    theirs = await people.send(anna, anna, "привет")
    assert await api.refusal("editMessageText", chat_id=anna, message_id=theirs, text="x") == (
        400,
        "Bad Request: message can't be edited",
    )
    missing = await api.refusal("editMessageText", chat_id=anna, message_id=999, text="x")
    assert missing == (400, "Bad Request: message to edit not found")
    missing = await api.refusal("deleteMessage", chat_id=anna, message_id=999)
    assert missing == (400, "Bad Request: message to delete not found")
    old = await api("sendMessage", chat_id=anna, text="x")
    await people.advance(48 * 3600 + 1)
    assert await api.refusal("deleteMessage", chat_id=anna, message_id=old["message_id"]) == (
        400,
        "Bad Request: message can't be deleted",
    )
    assert await api.refusal("editMessageText", chat_id=anna, message_id=old["message_id"], text="x" * 4097) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )


async def test_deleting_in_a_group_takes_a_right(api: Api, people: SandboxClient, boss: int, team: int) -> None:
    theirs = await people.send(boss, team, "привет")
    await people.set_bot_member(team, "administrator", {"can_delete_messages": False})
    refusal = (400, "Bad Request: message can't be deleted")
    assert await api.refusal("deleteMessage", chat_id=team, message_id=theirs) == refusal
    await people.set_bot_member(team, "administrator")
    assert await api("deleteMessage", chat_id=team, message_id=theirs) is True
    assert await api.refusal("copyMessage", chat_id=team, from_chat_id=team, message_id=theirs) == (
        400,
        "Bad Request: message to copy not found",
    )


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("copyMessage", "message to copy not found"),
        ("forwardMessage", "message to forward not found"),
        ("pinChatMessage", "message to pin not found"),
        ("setMessageReaction", "message to react not found"),
    ],
)
async def test_a_missing_message_by_what_was_wanted_of_it(api: Api, team: int, method: str, text: str) -> None:
    source = {"from_chat_id": team} if method in ("copyMessage", "forwardMessage") else {}
    assert await api.refusal(method, chat_id=team, message_id=999, **source) == (400, f"Bad Request: {text}")


async def test_a_contact_is_asked_for_only_in_private(api: Api, anna: int, team: int) -> None:
    markup = {"keyboard": [[{"text": "Телефон", "request_contact": True}]]}
    await api("sendMessage", chat_id=anna, text="x", reply_markup=markup)
    assert await api.refusal("sendMessage", chat_id=team, text="x", reply_markup=markup) == (
        400,
        "Bad Request: phone number can be requested in private chats only",
    )
