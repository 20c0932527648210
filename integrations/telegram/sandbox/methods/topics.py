"""Forum topics: in forums, and in private chats of a bot that has them switched on."""

from typing import Any

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.access import find_chat
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.methods.registry import Call, method, single
from integrations.telegram.sandbox.state import DEFAULT_ICON_COLOR, GENERAL_TOPIC, ICON_COLORS, Chat, Json, Topic
from integrations.telegram.sandbox.topics import delete_topic, open_topic, rename_topic, set_closed

_TOPIC: dict[str, p.Parser] = {"chat_id": p.chat, "message_thread_id": p.integer}


def _forum(call: Call) -> Chat:
    chat = find_chat(call.world, call.args["chat_id"])
    if chat.private:
        if not call.world.bot.has_topics_enabled:
            raise bad_request("the chat is not a forum")
    elif not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(call: Call, chat: Chat, *, creator_may: bool = True) -> Topic:
    topic = chat.topics.get(call.args["message_thread_id"])
    if topic is None or topic.deleted or topic.id == GENERAL_TOPIC:
        raise bad_request("message thread not found")
    allowed = chat.private or call.world.bot_member(chat).can("can_manage_topics")
    if not allowed and not (creator_may and topic.creator == call.world.bot.id):
        raise bad_request("not enough rights to manage chat topics")
    return topic


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise bad_request("TOPIC_NAME_EMPTY")
    if len(name) > 128:
        raise bad_request("TOPIC_NAME_TOO_LONG")
    return name


@method(
    "createForumTopic",
    {"chat_id": p.chat, "name": p.text},
    {"icon_color": p.integer, "icon_custom_emoji_id": p.text},
    cost=single,
)
def create_forum_topic(call: Call) -> Any:
    chat = _forum(call)
    color = call.args.get("icon_color", DEFAULT_ICON_COLOR)
    if color not in ICON_COLORS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    if not chat.private and not call.world.bot_member(chat).can("can_manage_topics"):
        raise bad_request("not enough rights to create a topic")
    emoji = call.args.get("icon_custom_emoji_id") or None
    name = _name(call.args["name"])
    call.charge()
    topic = open_topic(call.world, chat, call.world.bot.id, name, color, emoji)
    result: Json = {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color}
    return result | ({"icon_custom_emoji_id": emoji} if emoji else {})


@method("editForumTopic", _TOPIC, {"name": p.text, "icon_custom_emoji_id": p.text}, cost=single)
def edit_forum_topic(call: Call) -> bool:
    topic = _topic(call, chat := _forum(call))
    name = _name(call.args["name"]) if call.args.get("name") else topic.name
    # An icon given as an empty string is taken away; an icon not given stays.
    emoji = call.args.get("icon_custom_emoji_id", topic.icon_custom_emoji_id) or None
    if (name, emoji) == (topic.name, topic.icon_custom_emoji_id):
        raise bad_request("TOPIC_NOT_MODIFIED")
    call.charge()
    rename_topic(call.world, chat, call.world.bot.id, topic, name, emoji)
    return True


def _switch(call: Call, *, closed: bool) -> bool:
    topic = _topic(call, chat := _forum(call))
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    set_closed(call.world, chat, call.world.bot.id, topic, closed=closed)
    return True


@method("closeForumTopic", _TOPIC)
def close_forum_topic(call: Call) -> bool:
    return _switch(call, closed=True)


@method("reopenForumTopic", _TOPIC)
def reopen_forum_topic(call: Call) -> bool:
    return _switch(call, closed=False)


@method("deleteForumTopic", _TOPIC)
def delete_forum_topic(call: Call) -> bool:
    chat = _forum(call)
    topic = _topic(call, chat, creator_may=False)
    if not chat.private and not call.world.bot_member(chat).can("can_delete_messages"):
        raise bad_request("not enough rights to delete messages")
    delete_topic(call.world, chat, topic)
    return True
