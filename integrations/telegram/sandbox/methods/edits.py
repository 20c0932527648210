"""Edits and deletions."""

from typing import Any

from integrations.telegram.sandbox import formatting
from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.access import check_reachable, find_chat, find_message
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.keyboards import inline_keyboard
from integrations.telegram.sandbox.methods.media import input_media
from integrations.telegram.sandbox.methods.registry import Call, method, single
from integrations.telegram.sandbox.methods.sending import CAPTION, resolve_mentions, shown
from integrations.telegram.sandbox.state import Json, Message

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_TARGET: dict[str, p.Parser] = {
    "business_connection_id": p.text,
    "chat_id": p.chat,
    "message_id": p.integer,
    "inline_message_id": p.text,
    "reply_markup": p.json_object,
}
_MEDIA = ("photo", "document", "video", "audio", "animation", "voice")
_DELETABLE_SECONDS = 48 * 3600


def _target(call: Call) -> Message:
    args = call.args
    if "inline_message_id" in args:
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in args:
        raise bad_request("chat_id is empty")
    chat = find_chat(call.world, args["chat_id"])
    if chat.person is not None:
        check_reachable(call.world.people[chat.person])
    message = find_message(chat, args.get("message_id", 0), "message to edit")
    if message.sender != call.world.bot.id or message.service or message.origin is not None:
        raise bad_request("message can't be edited")
    return message


def _apply(call: Call, message: Message, content: Json, kind: str | None = None) -> Json:
    content = resolve_mentions(call.world, content)
    markup = inline_keyboard(call.args.get("reply_markup"))
    if content == message.content and markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    call.charge()
    call.world.edit(message, content, markup, kind=kind)
    return shown(call, message)


@method(
    "editMessageText",
    {},
    _TARGET | {"text": p.text, "parse_mode": p.text, "entities": p.json_array, "link_preview_options": p.json_object},
    cost=single,
)
def edit_message_text(call: Call) -> Any:
    args = call.args
    message = _target(call)
    content = formatting.message_text(args.get("text", ""), args.get("parse_mode"), args.get("entities"), editing=True)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _apply(call, message, content)


@method("editMessageCaption", {}, _TARGET | CAPTION | {"show_caption_above_media": p.boolean}, cost=single)
def edit_message_caption(call: Call) -> Any:
    args = call.args
    message = _target(call)
    if message.kind not in _MEDIA:
        raise bad_request("there is no caption in the message to edit")
    content = {key: value for key, value in message.content.items() if not key.startswith("caption")}
    content |= formatting.caption(args.get("caption"), args.get("parse_mode"), args.get("caption_entities"))
    return _apply(call, message, content)


@method("editMessageReplyMarkup", {}, _TARGET, cost=single)
def edit_message_reply_markup(call: Call) -> Any:
    message = _target(call)
    return _apply(call, message, message.content)


@method("editMessageMedia", {"media": p.json_object}, _TARGET, cost=single)
def edit_message_media(call: Call) -> Any:
    message = _target(call)
    kind, content = input_media(call, call.args["media"])
    if message.media_group_id is not None and kind != message.kind:
        raise bad_request("can't use the media of the specified type in the album")
    return _apply(call, message, content, kind)


def _check_deletable(call: Call, message: Message) -> None:
    chat = call.world.chats[message.chat_id]
    member = call.world.bot_member(chat)
    if member.can("can_delete_messages"):
        return
    own = message.sender == call.world.bot.id or chat.private
    if not own or call.world.clock.now() - message.date > _DELETABLE_SECONDS:
        raise bad_request("message can't be deleted")
    if message.kind in ("supergroup_chat_created", "migrate_from_chat_id", "forum_topic_created"):
        raise bad_request("message can't be deleted")


@method("deleteMessage", {"chat_id": p.chat, "message_id": p.integer})
def delete_message(call: Call) -> bool:
    message = find_message(find_chat(call.world, call.args["chat_id"]), call.args["message_id"], "message to delete")
    _check_deletable(call, message)
    call.world.delete(message)
    return True


@method("deleteMessages", {"chat_id": p.chat, "message_ids": p.json_array})
def delete_messages(call: Call) -> bool:
    chat = find_chat(call.world, call.args["chat_id"])
    ids = call.args["message_ids"]
    if not 1 <= len(ids) <= 100:
        raise bad_request("too many message identifiers specified")
    found = [chat.messages[i] for i in ids if i in chat.messages and not chat.messages[i].deleted]
    for message in found:
        _check_deletable(call, message)
    for message in found:
        call.world.delete(message)
    return True
