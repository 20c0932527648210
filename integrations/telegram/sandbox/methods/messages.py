"""Text, location, contact, chat action; copies and forwards."""

from typing import Any

from integrations.telegram.sandbox import formatting
from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.access import check_thread, find_chat, find_message, writable_chat
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.methods.registry import Call, method, single
from integrations.telegram.sandbox.methods.sending import CAPTION, COMMON, Destination, destination, post, shown
from integrations.telegram.sandbox.state import Json, Message
from integrations.telegram.sandbox.words import words

_ACTIONS = words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note"
)
ACTION_SECONDS = 5.0
"""Or until the bot's next message there."""

_COPIED: dict[str, p.Parser] = {"chat_id": p.chat, "from_chat_id": p.chat}
_NOT_FORWARDED = ("business_connection_id", "allow_paid_broadcast", "reply_parameters", "reply_markup")
_UNCOPYABLE = frozenset({"paid_media", "giveaway", "giveaway_winners", "invoice"})
_CAPTIONED = frozenset({"photo", "document", "voice", "video", "audio", "animation"})


@method(
    "sendMessage",
    {"chat_id": p.chat, "text": p.text},
    COMMON | {"parse_mode": p.text, "entities": p.json_array, "link_preview_options": p.json_object},
    cost=single,
)
def send_message(call: Call) -> Any:
    content = formatting.message_text(call.args["text"], call.args.get("parse_mode"), call.args.get("entities"))
    return shown(call, post(call, destination(call), "text", content))


@method(
    "sendLocation",
    {"chat_id": p.chat, "latitude": p.number, "longitude": p.number},
    COMMON
    | {
        "horizontal_accuracy": p.number,
        "live_period": p.integer,
        "heading": p.integer,
        "proximity_alert_radius": p.integer,
    },
    cost=single,
)
def send_location(call: Call) -> Any:
    latitude, longitude = call.args["latitude"], call.args["longitude"]
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("wrong location specified")
    location: Json = {
        key: call.args[key] for key in ("horizontal_accuracy", "live_period", "heading") if key in call.args
    }
    location |= {"latitude": latitude, "longitude": longitude}
    return shown(call, post(call, destination(call), "location", {"location": location}))


@method(
    "sendContact",
    {"chat_id": p.chat, "phone_number": p.text, "first_name": p.text},
    COMMON | {"last_name": p.text, "vcard": p.text},
    cost=single,
)
def send_contact(call: Call) -> Any:
    fields = ("phone_number", "first_name", "last_name", "vcard")
    contact = {key: call.args[key] for key in fields if key in call.args}
    return shown(call, post(call, destination(call), "contact", {"contact": contact}))


@method(
    "sendChatAction",
    {"chat_id": p.chat, "action": p.text},
    {"business_connection_id": p.text, "message_thread_id": p.integer},
)
def send_chat_action(call: Call) -> bool:
    if call.args["action"] not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(call.world, call.args["chat_id"])
    thread = check_thread(call.world, chat, call.args.get("message_thread_id"))
    chat.acting[thread] = (call.args["action"], call.world.clock.now() + ACTION_SECONDS)
    call.world.changes.touch()
    return True


def _source(call: Call, message_id: int, what: str) -> Message:
    message = find_message(find_chat(call.world, call.args["from_chat_id"]), message_id, f"message to {what}")
    if message.service or message.protected or (what == "copy" and message.kind in _UNCOPYABLE):
        raise bad_request(f"message can't be {'copied' if what == 'copy' else 'forwarded'}")
    return message


def _copy(call: Call, place: Destination, source: Message, **fields: Any) -> Message:
    content = source.content
    if source.kind in _CAPTIONED and "caption" in call.args:
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
        content |= formatting.caption(
            call.args["caption"], call.args.get("parse_mode"), call.args.get("caption_entities")
        )
    elif call.args.get("remove_caption"):
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
    return post(call, place, source.kind, content, **fields)


@method(
    "copyMessage",
    _COPIED | {"message_id": p.integer},
    {key: COMMON[key] for key in COMMON if key != "business_connection_id"}
    | CAPTION
    | {"video_start_timestamp": p.integer, "show_caption_above_media": p.boolean},
    cost=single,
)
def copy_message(call: Call) -> Any:
    place = destination(call, copying=True)
    message = _copy(call, place, _source(call, call.args["message_id"], "copy"))
    return {"message_id": message.id}


def _many(args: p.Args) -> int:
    return max(1, len(args["message_ids"]))


@method(
    "copyMessages",
    _COPIED | {"message_ids": p.json_array},
    {
        "message_thread_id": p.integer,
        "direct_messages_topic_id": p.integer,
        "disable_notification": p.boolean,
        "protect_content": p.boolean,
        "remove_caption": p.boolean,
    },
    cost=_many,
)
def copy_messages(call: Call) -> Any:
    place = destination(call, copying=True)
    chat = find_chat(call.world, call.args["from_chat_id"])
    ids = call.args["message_ids"]
    if not 1 <= len(ids) <= 100 or ids != sorted(set(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    sources = [chat.messages[i] for i in ids if i in chat.messages and not chat.messages[i].deleted]
    sources = [source for source in sources if not (source.service or source.protected or source.kind in _UNCOPYABLE)]
    if not sources:
        raise bad_request("there are no messages to copy")
    albums: dict[str, str] = {}
    copies: list[Json] = []
    for source in sources:
        group = source.media_group_id
        album = albums.setdefault(group, call.world.unique()) if group is not None else None
        copies.append({"message_id": _copy(call, place, source, media_group_id=album).id})
    return copies


@method(
    "forwardMessage",
    _COPIED | {"message_id": p.integer},
    {key: COMMON[key] for key in COMMON if key not in _NOT_FORWARDED} | {"video_start_timestamp": p.integer},
    cost=single,
)
def forward_message(call: Call) -> Any:
    place = destination(call, copying=True)
    source = _source(call, call.args["message_id"], "forward")
    author = call.world.user(source.sender)
    origin = source.origin or {"type": "user", "date": source.date, "sender_user": author}
    return shown(call, post(call, place, source.kind, source.content, origin=origin))
