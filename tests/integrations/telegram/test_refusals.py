"""Telegram's own words, each by its name."""

import pytest

from integrations.telegram.client import TelegramError
from integrations.telegram.refusals import Refusal, name_refusal

SAME = "specified new message content and reply markup are exactly the same as a current content and reply markup"


@pytest.mark.parametrize(
    ("code", "description", "refusal"),
    [
        (400, f"Bad Request: message is not modified: {SAME} of the message", Refusal.NOT_MODIFIED),
        (400, "Bad Request: TOPIC_NOT_MODIFIED", Refusal.NOT_MODIFIED),
        (400, "Bad Request: message to edit not found", Refusal.EDIT_GONE),
        (400, "Bad Request: message can't be edited", Refusal.EDIT_GONE),
        (400, "Bad Request: MESSAGE_ID_INVALID", Refusal.EDIT_GONE),
        (400, "Bad Request: message to copy not found", Refusal.COPY_GONE),
        (400, "Bad Request: there are no messages to copy", Refusal.COPY_GONE),
        (400, "Bad Request: message to forward not found", Refusal.COPY_GONE),
        (400, "Bad Request: message to delete not found", Refusal.DELETE_GONE),
        (400, "Bad Request: message can't be deleted", Refusal.DELETE_REFUSED),
        (400, "Bad Request: message to react not found", Refusal.DELETE_GONE),
        (403, "Forbidden: bot was blocked by the user", Refusal.BLOCKED),
        (403, "Forbidden: user is deactivated", Refusal.BLOCKED),
        (403, "Forbidden: bot can't initiate conversation with a user", Refusal.NOT_OPENED),
        (400, "Bad Request: private chat not found", Refusal.NOT_OPENED),
        (403, "Forbidden: bot was kicked from the supergroup chat", Refusal.CHAT_LOST),
        (403, "Forbidden: bot was kicked from the group chat", Refusal.CHAT_LOST),
        (403, "Forbidden: bot is not a member of the supergroup chat", Refusal.CHAT_LOST),
        (403, "Forbidden: the group chat was deleted", Refusal.CHAT_LOST),
        (400, "Bad Request: chat not found", Refusal.CHAT_LOST),
        (400, "Bad Request: message thread not found", Refusal.TOPIC_GONE),
        (400, "Bad Request: TOPIC_DELETED", Refusal.TOPIC_GONE),
        (400, "Bad Request: TOPIC_ID_INVALID", Refusal.TOPIC_GONE),
        (400, "Bad Request: TOPIC_CLOSED", Refusal.TOPIC_CLOSED),
        (400, "Bad Request: not enough rights to create a topic", Refusal.NO_RIGHTS),
        (400, "Bad Request: Not enough rights to create a topic", Refusal.NO_RIGHTS),
        (400, "Bad Request: not enough rights to manage chat topics", Refusal.NO_RIGHTS),
        (400, "Bad Request: the chat is not a forum", Refusal.NO_RIGHTS),
        (400, "Bad Request: can't parse entities: Unsupported start tag", Refusal.BAD_MARKUP),
        (401, "Unauthorized", Refusal.BAD_TOKEN),
        (404, "Not Found", Refusal.BAD_TOKEN),
        (404, "Not Found: method not found", Refusal.OTHER),
        (400, "Bad Request: message is too long", Refusal.OTHER),
        (400, "Bad Request: something that nobody has heard of yet", Refusal.OTHER),
    ],
)
def test_names(code: int, description: str, refusal: Refusal) -> None:
    assert name_refusal(TelegramError(code, description, {})) is refusal


def test_a_migration_is_known_by_where_it_leads() -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    told = TelegramError(400, text, {"migrate_to_chat_id": -1001})
    assert name_refusal(told) is Refusal.MIGRATED
