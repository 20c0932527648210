"""From Telegram's raw JSON to an `InboundMessage`, the same road as every other channel's."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.contacts import read_phone
from bot.domain.messages import IS_PASS, File, InboundMessage, MessageKind, Reaction, Sender, Touch
from bot.use_cases.recognise_topic import OwnTopic

CHANNEL = "telegram"
SEPARATOR = "__"
LONGEST_NAME = 128

_FILES: dict[str, MessageKind] = {
    "animation": MessageKind.ANIMATION,  # comes together with a document: the better name first
    "document": MessageKind.DOCUMENT,
    "voice": MessageKind.VOICE,
    "audio": MessageKind.AUDIO,
    "video": MessageKind.VIDEO,
    "video_note": MessageKind.VIDEO_NOTE,
    "sticker": MessageKind.STICKER,
}
_PLAIN: dict[str, MessageKind] = {
    "venue": MessageKind.VENUE,  # comes together with its location
    "location": MessageKind.LOCATION,
    "contact": MessageKind.CONTACT,
    "poll": MessageKind.POLL,
    "dice": MessageKind.DICE,
    "story": MessageKind.STORY,
    "checklist": MessageKind.CHECKLIST,
    "game": MessageKind.GAME,
    "invoice": MessageKind.INVOICE,
    "paid_media": MessageKind.PAID_MEDIA,
    "giveaway": MessageKind.GIVEAWAY,
    "giveaway_winners": MessageKind.GIVEAWAY,
}
_CODE = re.compile(r"[A-Za-z0-9]{8,64}")
"""What may be the code of a stored link."""
_COMMAND = re.compile(r"/(start|stop|help)(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)

_SERVICE = frozenset(
    {
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "write_access_allowed",
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_scheduled",
        "video_chat_participants_invited",
        "boost_added",
        "giveaway_created",
        "giveaway_completed",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "paid_message_price_changed",
        "direct_message_price_changed",
        "proximity_alert_triggered",
    }
)


def chat_address(bot_id: int, chat_id: int) -> str:
    """Where messages stand: private chats count their messages per bot, so the bot is part of the address."""
    return f"{CHANNEL}:{bot_id}:{chat_id}"


def is_service(message: Mapping[str, Any]) -> bool:
    return not _SERVICE.isdisjoint(message)


def own_topic(opening: Mapping[str, Any] | None, bot_id: int) -> OwnTopic | None:
    """What the message that opened a topic tells of it; None when that was not the bot, or it is no such message.

    It comes as an update of its own, and words in the topic that quote nothing else come as a reply to it.
    """
    if opening is None or "forum_topic_created" not in opening or opening.get("from", {}).get("id") != bot_id:
        return None
    return OwnTopic(
        chat_id=int(opening["chat"]["id"]),
        thread_id=int(opening.get("message_thread_id") or opening["message_id"]),
        name=str(opening["forum_topic_created"]["name"]),
        opened_at=datetime.fromtimestamp(opening["date"], UTC),
    )


def parse_message(message: Mapping[str, Any], bot_id: int, region: str) -> InboundMessage:
    """A customer's message from his private chat with the bot."""
    person, chat_id = message["from"], int(message["chat"]["id"])
    kind, file = message_content(message)
    text = message_text(message)
    touch = link = pass_code = None
    if (asked := read_command(message)) and asked[0] == "start":
        kind = MessageKind.START
        if IS_PASS.fullmatch(asked[1]):
            pass_code = asked[1]
        else:
            touch, link = parse_payload(asked[1]), asked[1] if _CODE.fullmatch(asked[1]) else None
    reply = message.get("reply_to_message") or {}
    return InboundMessage(
        channel=CHANNEL,
        sender=Sender(
            external_id=str(person["id"]),
            name=person_name(person),
            username=person.get("username"),
            language=person.get("language_code"),
            phone=_own_phone(message, region),
        ),
        chat=chat_address(bot_id, chat_id),
        external_id=str(message["message_id"]),
        at=datetime.fromtimestamp(message["date"], UTC),
        kind=kind,
        text=text,
        file=file,
        album_id=message.get("media_group_id"),
        reply_to=str(reply["message_id"]) if reply.get("message_id") else None,
        thread_id=message.get("message_thread_id"),
        touch=touch,
        link=link,
        pass_code=pass_code,
        edited_at=datetime.fromtimestamp(message["edit_date"], UTC) if message.get("edit_date") else None,
    )


def read_command(message: Mapping[str, Any]) -> tuple[str, str] | None:
    """`start`, `stop` or `help` with what follows it; everything else that a customer writes is words."""
    found = _COMMAND.fullmatch(str(message.get("text", "")).strip())
    return (found[1].lower(), (found[2] or "").strip()) if found else None


def parse_payload(payload: str) -> Touch:
    """`yandex__autumn__audit` in `t.me/…?start=` names source, campaign and offer; what is left out is unknown."""
    parts = [part.replace("_", " ").strip() or None for part in payload.split(SEPARATOR, 2)]
    source, campaign, offer = [*parts, None, None][:3]
    return Touch(source=source, campaign=campaign, offer=offer)


def parse_reaction(update: Mapping[str, Any], bot_id: int) -> Reaction | None:
    """Who has put which reaction on what; None when nobody knows who it was."""
    if "user" not in update or update["user"].get("is_bot"):
        return None
    shown = next(iter(update["new_reaction"]), None)
    return Reaction(
        person=int(update["user"]["id"]),
        chat=chat_address(bot_id, int(update["chat"]["id"])),
        external_id=str(update["message_id"]),
        emoji=shown.get("emoji") if shown else None,
        taken_back=shown is None,
    )


def message_content(message: Mapping[str, Any]) -> tuple[MessageKind, File | None]:
    if "text" in message:
        return MessageKind.TEXT, None
    if photo := message.get("photo"):
        return MessageKind.PHOTO, _file(photo[-1])
    for name, kind in _FILES.items():
        if name in message:
            return kind, _file(message[name])
    return next((kind for name, kind in _PLAIN.items() if name in message), MessageKind.OTHER), None


def message_text(message: Mapping[str, Any]) -> str:
    """What there is to read: the text, the caption, or the words of a contact, a place, a poll."""
    if text := message.get("text") or message.get("caption"):
        return str(text)
    if contact := message.get("contact"):
        return " ".join(filter(None, (person_name(contact), contact.get("phone_number"))))
    if poll := message.get("poll"):
        return str(poll.get("question", ""))
    if venue := message.get("venue"):
        return ", ".join(filter(None, (venue.get("title"), venue.get("address"))))
    if location := message.get("location"):
        return f"{location['latitude']:.6f}, {location['longitude']:.6f}"
    if dice := message.get("dice"):
        return f"{dice.get('emoji', '')} {dice.get('value', '')}".strip()
    if checklist := message.get("checklist"):
        return "\n".join([checklist.get("title", ""), *(f"• {task['text']}" for task in checklist.get("tasks", ()))])
    if titled := message.get("game") or message.get("invoice"):
        return str(titled.get("title", ""))
    if story := message.get("story"):
        return str((story.get("chat") or {}).get("title") or person_name(story.get("chat") or {}))
    if sticker := message.get("sticker"):
        return str(sticker.get("emoji", ""))
    return ""


def person_name(person: Mapping[str, Any]) -> str:
    name = " ".join(filter(None, (person.get("first_name"), person.get("last_name")))).strip()
    return (name or str(person.get("username") or "") or "…")[:LONGEST_NAME]


def _own_phone(message: Mapping[str, Any], region: str) -> str | None:
    """A shared contact is the sender's own only when Telegram says so: it can be anybody's card."""
    contact = message.get("contact")
    if not contact or contact.get("user_id") != message["from"]["id"]:
        return None
    number = str(contact["phone_number"])
    return read_phone(number if number.startswith("+") else f"+{number}", region)


def _file(found: Mapping[str, Any]) -> File:
    return File(
        id=found["file_id"], name=found.get("file_name"), mime=found.get("mime_type"), size=found.get("file_size")
    )
