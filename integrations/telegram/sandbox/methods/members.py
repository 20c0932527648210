"""Chats and their members, pins, leaving."""

from typing import Any

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.access import find_chat, find_message, writable_chat
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.membership import set_status
from integrations.telegram.sandbox.methods.registry import Call, method
from integrations.telegram.sandbox.render import full_chat_json, member_json
from integrations.telegram.sandbox.state import Chat, Json, Member
from integrations.telegram.sandbox.world import World

_CHAT: dict[str, p.Parser] = {"chat_id": p.chat}


def _member(world: World, chat: Chat, user_id: int) -> Json:
    member = chat.members.get(user_id, Member("left"))
    return member_json(world.user(user_id), member)


@method("getChat", _CHAT)
def get_chat(call: Call) -> Any:
    return full_chat_json(call.world, find_chat(call.world, call.args["chat_id"]))


@method("getChatMember", _CHAT | {"user_id": p.integer})
def get_chat_member(call: Call) -> Any:
    chat, user_id = find_chat(call.world, call.args["chat_id"]), call.args["user_id"]
    if user_id != call.world.bot.id and user_id not in call.world.people:
        raise bad_request("PARTICIPANT_ID_INVALID" if not chat.private else "user not found")
    if chat.private:
        if user_id not in (chat.id, call.world.bot.id):
            raise bad_request("user not found")
        return member_json(call.world.user(user_id), Member())
    return _member(call.world, chat, user_id)


@method("getChatAdministrators", _CHAT, {"return_bots": p.boolean})
def get_chat_administrators(call: Call) -> Any:
    chat = find_chat(call.world, call.args["chat_id"])
    if chat.private:
        raise bad_request("there are no administrators in the private chat")
    admins = [i for i, member in chat.members.items() if member.status in ("creator", "administrator")]
    # The method lists no bots but the asking one.
    return [_member(call.world, chat, user_id) for user_id in admins]


@method("getChatMemberCount", _CHAT)
def get_chat_member_count(call: Call) -> int:
    chat = find_chat(call.world, call.args["chat_id"])
    return 2 if chat.private else sum(member.present for member in chat.members.values())


@method(
    "pinChatMessage",
    _CHAT | {"message_id": p.integer},
    {"business_connection_id": p.text, "disable_notification": p.boolean},
)
def pin_chat_message(call: Call) -> bool:
    chat = writable_chat(call.world, call.args["chat_id"])
    message = find_message(chat, call.args["message_id"], "message to pin")
    _check_pinning(call.world, chat)
    if message.service:
        raise bad_request("message can't be pinned")
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    chat.pinned.append(message.id)
    call.world.post_service(
        chat,
        call.world.bot.id,
        "pinned_message",
        {"pinned_message": message.id},
        thread=message.thread,
        in_topic=message.in_topic,
    )
    return True


@method("unpinChatMessage", _CHAT, {"business_connection_id": p.text, "message_id": p.integer})
def unpin_chat_message(call: Call) -> bool:
    chat = writable_chat(call.world, call.args["chat_id"])
    _check_pinning(call.world, chat)
    if "message_id" in call.args:
        message = find_message(chat, call.args["message_id"], "message to unpin")
        if message.id in chat.pinned:
            chat.pinned.remove(message.id)
    elif chat.pinned:
        chat.pinned.pop()
    call.world.changes.touch()
    return True


def _check_pinning(world: World, chat: Chat) -> None:
    if not chat.private and not world.bot_member(chat).can("can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")


@method("leaveChat", _CHAT)
def leave_chat(call: Call) -> bool:
    chat = find_chat(call.world, call.args["chat_id"])
    if chat.private:
        raise bad_request("chat is not a group, supergroup or channel chat")
    set_status(call.world, chat, call.world.bot.id, call.world.bot.id, Member("left"))
    return True
