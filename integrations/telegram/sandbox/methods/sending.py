"""What all sending methods share: where a message goes, and how it is posted."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.access import check_open, check_reply, check_thread, writable_chat
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.files import StoredFile, Upload
from integrations.telegram.sandbox.keyboards import split_markup
from integrations.telegram.sandbox.media import check_size, keep
from integrations.telegram.sandbox.methods.registry import Call
from integrations.telegram.sandbox.render import message_json, user_json
from integrations.telegram.sandbox.state import Chat, Json, Message
from integrations.telegram.sandbox.world import World

COMMON: dict[str, p.Parser] = {
    "business_connection_id": p.text,
    "message_thread_id": p.integer,
    "direct_messages_topic_id": p.integer,
    "disable_notification": p.boolean,
    "protect_content": p.boolean,
    "allow_paid_broadcast": p.boolean,
    "message_effect_id": p.text,
    "suggested_post_parameters": p.json_object,
    "reply_parameters": p.json_object,
    "reply_markup": p.json_object,
}
CAPTION: dict[str, p.Parser] = {"caption": p.text, "parse_mode": p.text, "caption_entities": p.json_array}
_UNSUPPORTED = {
    "direct_messages_topic_id": "the chat is not a direct messages chat",
    "suggested_post_parameters": "suggested posts can be sent only to channel direct messages",
}


@dataclass(slots=True)
class Destination:
    chat: Chat
    thread: int | None = None
    in_topic: bool = False
    reply_to: int | None = None
    quote: Json | None = None
    markup: Json | None = None
    keyboard: Json | None = None
    protected: bool = False

    def fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "chat"}


def destination(call: Call, what: str = "text messages", *, copying: bool = False) -> Destination:
    args = call.args
    for name, refusal in _UNSUPPORTED.items():
        if name in args:
            raise bad_request(refusal)
    chat = writable_chat(call.world, args["chat_id"], what)
    thread = check_thread(call.world, chat, args.get("message_thread_id"), copying=copying)
    reply_to, quote = check_reply(chat, args.get("reply_parameters"), thread)
    markup, keyboard = split_markup(args.get("reply_markup"), private=chat.private)
    place = Destination(chat, thread, thread is not None, reply_to, quote, markup, keyboard)
    place.protected = args.get("protect_content", False)
    if reply_to is not None and thread is None:
        _follow_reply(call.world, place, chat.messages[reply_to])
    return place


def _follow_reply(world: World, place: Destination, replied: Message) -> None:
    """A reply goes where the message is: into its topic, or, without topics, into its thread."""
    if replied.in_topic and replied.thread is not None:
        topic = place.chat.topics[replied.thread]
        if topic.deleted:
            raise bad_request("message thread not found")
        check_open(world, place.chat, topic)
        place.thread, place.in_topic = replied.thread, True
    elif place.chat.type == "supergroup" and not place.chat.is_forum:
        place.thread = replied.thread or replied.id


def post(call: Call, place: Destination, kind: str, content: Json, **fields: Any) -> Message:
    call.charge()
    content = resolve_mentions(call.world, content)
    return call.world.post(place.chat, call.world.bot.id, kind, content, **place.fields(), **fields)


def shown(call: Call, message: Message) -> Json:
    return message_json(call.world, message)


def resolve_mentions(world: World, content: Json) -> Json:
    """Name the people mentioned by identifier; whom the bot never met loses the mention."""
    for key in ("entities", "caption_entities"):
        if any(entity["type"] == "text_mention" for entity in content.get(key, ())):
            kept = []
            for entity in content[key]:
                if entity["type"] == "text_mention":
                    person = world.people.get(entity["user"]["id"])
                    if person is None:
                        continue
                    entity = entity | {"user": user_json(person)}
                kept.append(entity)
            content = content | {key: kept}
    return content


def take_file(call: Call, kind: str, value: str | Upload) -> StoredFile:
    """The file meant by an upload, an attachment, or the identifier of a known file."""
    if isinstance(value, str) and value.startswith("attach://"):
        name = value.removeprefix("attach://")
        if name not in call.uploads:
            raise bad_request(f'can\'t find attached file "{name}"')
        value = call.uploads[name]
    if isinstance(value, Upload):
        check_size(len(value.content))
        return keep(call.world.files, kind, value)
    if value.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    stored = call.world.files.by_id.get(value.partition("~")[0])
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
    return stored
