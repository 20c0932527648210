"""The checks that precede every effect: the chat, the bot's place in it, its rights, the message, the topic."""

from typing import Any

from integrations.telegram.sandbox.errors import ApiError, bad_request, forbidden
from integrations.telegram.sandbox.state import GENERAL_TOPIC, Chat, Message, Person, Topic
from integrations.telegram.sandbox.world import World


def find_chat(world: World, reference: int | str) -> Chat:
    """A chat the bot may read; the words of the refusal depend on what it lost."""
    if isinstance(reference, str):
        raise bad_request("chat not found")
    chat = world.chats.get(reference)
    if chat is None:
        raise _unknown(world, reference)
    if chat.private:
        if not world.people[chat.id].started:
            raise _unknown(world, reference)
        return chat
    if chat.migrated_to is not None:
        text = "group chat was upgraded to a supergroup chat"
        raise bad_request(text, migrate_to_chat_id=chat.migrated_to)
    member = world.bot_member(chat)
    if member.status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.label}")
    if not member.present:
        raise forbidden(f"bot is not a member of the {chat.label}")
    return chat


def _unknown(world: World, reference: int) -> ApiError:
    met = reference in world.people and any(world.bot_member(chat).present for chat in world.groups_of(reference))
    return forbidden("bot can't initiate conversation with a user") if met else bad_request("chat not found")


def writable_chat(world: World, reference: int | str, what: str = "text messages") -> Chat:
    chat = find_chat(world, reference)
    if chat.private:
        check_reachable(world.people[chat.id])
        return chat
    member = world.bot_member(chat)
    permission = f"can_send_{'messages' if what == 'text messages' else what.replace(' ', '_')}"
    if member.status == "restricted" and not member.rights.get(permission, False):
        raise bad_request(f"not enough rights to send {what} to the chat")
    return chat


def check_reachable(person: Person) -> None:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.blocked:
        raise forbidden("bot was blocked by the user")


def find_message(chat: Chat, message_id: int, what: str) -> Message:
    if message_id <= 0:
        raise bad_request("message identifier is not specified" if message_id == 0 else "invalid message identifier")
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        raise bad_request(f"{what} not found")
    return message


def check_thread(world: World, chat: Chat, thread: int | None, *, copying: bool = False) -> int | None:
    if not thread:
        return None
    topic = chat.topics.get(thread)
    usable = chat.is_forum or (chat.private and world.bot.has_topics_enabled)
    if not usable or topic is None or thread == GENERAL_TOPIC:
        raise bad_request("message thread not found")
    if topic.deleted:
        raise bad_request("TOPIC_DELETED" if copying else "message thread not found")
    check_open(world, chat, topic)
    return thread


def check_open(world: World, chat: Chat, topic: Topic) -> None:
    """A closed topic takes messages only from who opened it and from those who may manage topics."""
    manages = world.bot_member(chat).can("can_manage_topics")
    if topic.closed and not manages and topic.creator != world.bot.id:
        raise bad_request("TOPIC_CLOSED")


def check_reply(
    chat: Chat, parameters: dict[str, Any] | None, thread: int | None
) -> tuple[int | None, dict[str, Any] | None]:
    """The message to reply to, if any, and the quote from it."""
    if not parameters:
        return None, None
    missing = bad_request("message to be replied not found")
    lenient = bool(parameters.get("allow_sending_without_reply", False))
    if not isinstance(parameters.get("message_id"), int):
        raise bad_request("can't parse reply parameters: Can't find field \"message_id\"")
    if parameters.get("chat_id", chat.id) not in (chat.id, str(chat.id)):
        raise missing
    message = chat.messages.get(parameters["message_id"])
    if message is None or message.deleted:
        if lenient:
            return None, None
        raise missing
    if thread is not None and message.thread != thread:
        raise missing
    if quoted := parameters.get("quote"):
        text = message.content.get("text") or message.content.get("caption") or ""
        if quoted not in text:
            raise bad_request("QUOTE_TEXT_INVALID")
        return message.id, {"text": quoted, "position": text.index(quoted), "is_manual": True}
    return message.id, None
