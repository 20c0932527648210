"""Topics opened, renamed, closed, reopened and deleted, by whoever does it."""

from integrations.telegram.sandbox.state import DEFAULT_ICON_COLOR, Chat, Json, Topic
from integrations.telegram.sandbox.world import World


def open_topic(
    world: World, chat: Chat, creator: int, name: str, color: int = DEFAULT_ICON_COLOR, emoji: str | None = None
) -> Topic:
    created: Json = {"name": name, "icon_color": color} | ({"icon_custom_emoji_id": emoji} if emoji else {})
    message = world.post(chat, creator, "forum_topic_created", {"forum_topic_created": created})
    message.thread, message.in_topic = message.id, True
    topic = chat.topics[message.id] = Topic(message.id, name, creator, color, emoji)
    world.announce(message)
    return topic


def rename_topic(world: World, chat: Chat, by: int, topic: Topic, name: str, emoji: str | None) -> None:
    edited: Json = {"name": name} if name != topic.name else {}
    if emoji != topic.icon_custom_emoji_id:
        edited["icon_custom_emoji_id"] = emoji or ""
    topic.name, topic.icon_custom_emoji_id = name, emoji
    _post(world, chat, by, topic, "forum_topic_edited", edited)


def set_closed(world: World, chat: Chat, by: int, topic: Topic, *, closed: bool) -> None:
    topic.closed = closed
    _post(world, chat, by, topic, "forum_topic_closed" if closed else "forum_topic_reopened", {})


def delete_topic(world: World, chat: Chat, topic: Topic) -> None:
    """Take a topic away with its messages; nobody is told."""
    topic.deleted = True
    for message in chat.messages.values():
        if message.thread == topic.id:
            message.deleted = True
    world.changes.touch()


def _post(world: World, chat: Chat, by: int, topic: Topic, kind: str, content: Json) -> None:
    world.post_service(chat, by, kind, {kind: content}, thread=topic.id, in_topic=True)
