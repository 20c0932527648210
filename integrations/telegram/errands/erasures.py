"""What told of a forgotten person is taken out of our chats; what Telegram refuses stays on the list of failures."""

from datetime import datetime
from typing import Any

from bot.domain.messages import MessageKind
from bot.ports import OutboxItem
from bot.storage.store.base import Tx
from bot.use_cases.build_digest import without_names
from integrations.telegram.client import Call, Upload
from integrations.telegram.errands.base import Again, PlainErrand, Prepared, Verdict, chat_of
from integrations.telegram.refusals import Refusal

_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63d06e3e02"
    "00024f0173e40d52e00000000049454e44ae426082"
)
_PICTURES = frozenset({MessageKind.PHOTO, MessageKind.VIDEO, MessageKind.ANIMATION})
_FILES = frozenset({MessageKind.DOCUMENT, MessageKind.AUDIO})


class EraseErrand(PlainErrand):
    """Payload: `message`, `kind`, `ours`; `blank` once Telegram has refused to delete it.

    A morning's `digest` stays, without names: its numbers are the team's.
    Teammates' own words, voice messages and stickers can only be deleted: their refusal is final.
    """

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        place = {"chat_id": chat_of(item), "message_id": item.payload["message"]}
        if (digest := item.payload.get("digest")) is not None and (spare := without_names(tx, digest)):
            shown = {"text": spare, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
            return Call("editMessageText", {**place, **shown}, "nameless")
        if not item.payload.get("blank"):
            return Call("deleteMessage", place, "delete")
        text = self.texts.plain("forgotten.blank")
        kind = MessageKind(item.payload["kind"])
        if kind in _PICTURES:
            return _replacing(place, "photo", Upload("erased.png", _PIXEL, "image/png"), text)
        if kind in _FILES:
            return _replacing(place, "document", Upload("erased.txt", text.encode(), "text/plain"), text)
        return Call("editMessageText", {**place, "text": text}, "blank")

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if (call.step, refusal) in (("delete", Refusal.DELETE_GONE), ("nameless", Refusal.EDIT_GONE)):
            return None
        kind = MessageKind(item.payload["kind"])
        if call.step == "delete" and item.payload["ours"] and kind in {MessageKind.TEXT, *_PICTURES, *_FILES}:
            return Again({**item.payload, "blank": True})
        return super().refused(tx, item, call, refusal, now)


class EraseTopicErrand(PlainErrand):
    """Payload: `thread`. With the topic goes all that stands in it."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        return Call("deleteForumTopic", {"chat_id": chat_of(item), "message_thread_id": item.payload["thread"]})

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        return None if refusal is Refusal.TOPIC_GONE else super().refused(tx, item, call, refusal, now)


def _replacing(place: dict[str, Any], kind: str, blank: Upload, text: str) -> Call:
    media = {"type": kind, "media": "attach://blank", "caption": text}
    return Call("editMessageMedia", {**place, "media": media}, "blank", files={"blank": blank})
