"""Telegram's refusals, named once. The texts are matched without case, by their telling part."""

from enum import Enum, auto

from integrations.telegram.client import TelegramError


class Refusal(Enum):
    NOT_MODIFIED = auto()
    EDIT_GONE = auto()
    COPY_GONE = auto()
    DELETE_GONE = auto()
    DELETE_REFUSED = auto()
    BLOCKED = auto()
    NOT_OPENED = auto()
    CHAT_LOST = auto()
    MIGRATED = auto()
    TOPIC_GONE = auto()
    TOPIC_CLOSED = auto()
    NO_RIGHTS = auto()
    BAD_MARKUP = auto()
    BAD_TOKEN = auto()
    OTHER = auto()


_TEXTS: tuple[tuple[str, Refusal], ...] = (
    ("message is not modified", Refusal.NOT_MODIFIED),
    ("topic_not_modified", Refusal.NOT_MODIFIED),
    ("message to edit not found", Refusal.EDIT_GONE),
    ("message can't be edited", Refusal.EDIT_GONE),
    ("message_id_invalid", Refusal.EDIT_GONE),
    ("message to copy not found", Refusal.COPY_GONE),
    ("message can't be copied", Refusal.COPY_GONE),
    ("there are no messages to copy", Refusal.COPY_GONE),
    ("message to forward not found", Refusal.COPY_GONE),
    ("message to delete not found", Refusal.DELETE_GONE),
    ("message can't be deleted", Refusal.DELETE_REFUSED),
    ("message to react not found", Refusal.DELETE_GONE),
    ("bot was blocked by the user", Refusal.BLOCKED),
    ("user is deactivated", Refusal.BLOCKED),
    ("bot can't initiate conversation", Refusal.NOT_OPENED),
    ("private chat not found", Refusal.NOT_OPENED),
    ("bot can't send messages to bots", Refusal.BLOCKED),
    ("group chat was upgraded", Refusal.MIGRATED),
    ("message thread not found", Refusal.TOPIC_GONE),
    ("topic_deleted", Refusal.TOPIC_GONE),
    ("topic_id_invalid", Refusal.TOPIC_GONE),
    ("topic_closed", Refusal.TOPIC_CLOSED),
    ("topic is closed", Refusal.TOPIC_CLOSED),
    ("not enough rights", Refusal.NO_RIGHTS),
    ("have no rights", Refusal.NO_RIGHTS),
    ("need administrator rights", Refusal.NO_RIGHTS),
    ("chat_write_forbidden", Refusal.NO_RIGHTS),
    ("the chat is not a forum", Refusal.NO_RIGHTS),
    ("can't parse entities", Refusal.BAD_MARKUP),
    ("bot was kicked", Refusal.CHAT_LOST),
    ("bot is not a member", Refusal.CHAT_LOST),
    ("the group chat was deleted", Refusal.CHAT_LOST),
    ("chat not found", Refusal.CHAT_LOST),
)


def name_refusal(error: TelegramError) -> Refusal:
    text = error.description.lower()
    if error.code in (401, 404):
        # A server of one's own can be older than a method: that is no reason to stop everything.
        return Refusal.OTHER if "method not found" in text else Refusal.BAD_TOKEN
    if "migrate_to_chat_id" in error.parameters:
        return Refusal.MIGRATED
    return next((refusal for part, refusal in _TEXTS if part in text), Refusal.OTHER)
