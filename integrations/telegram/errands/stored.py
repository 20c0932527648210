"""A message from what the store keeps of it, for when Telegram no longer gives the original to copy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.messages import MessageKind
from bot.locales import Texts
from bot.storage.messages import Message
from bot.storage.store.base import Tx
from bot.storage.uploads import read_upload
from integrations.telegram.client import Call, Upload
from integrations.telegram.html import LONGEST_CAPTION, LONGEST_TEXT, clip, cut

LONGEST_AUTHOR = 64

_SEND_FILE: dict[MessageKind, tuple[str, str]] = {
    MessageKind.PHOTO: ("sendPhoto", "photo"),
    MessageKind.VOICE: ("sendVoice", "voice"),
    MessageKind.AUDIO: ("sendAudio", "audio"),
    MessageKind.VIDEO: ("sendVideo", "video"),
    MessageKind.VIDEO_NOTE: ("sendVideoNote", "video_note"),
    MessageKind.ANIMATION: ("sendAnimation", "animation"),
    MessageKind.STICKER: ("sendSticker", "sticker"),
    MessageKind.DOCUMENT: ("sendDocument", "document"),
}
_WITHOUT_CAPTION = frozenset({MessageKind.VIDEO_NOTE, MessageKind.STICKER})


def stored_call(
    place: Mapping[str, Any],
    message: Message,
    texts: Texts,
    *,
    words_only: bool = False,
    attached: Upload | None = None,
    as_document: bool = False,
) -> Call:
    """`place` holds chat, topic and quotation; files are sent by the id that Telegram keeps them under.

    One that Telegram has not seen yet is `attached`.
    """
    known = message.file.get("id")
    if message.kind in _SEND_FILE and (known or attached) and not words_only:
        method, parameter = _SEND_FILE[MessageKind.DOCUMENT if as_document else message.kind]
        params, files = ({**place, parameter: known}, {}) if known else (dict(place), {parameter: attached})
        if message.text and message.kind not in _WITHOUT_CAPTION:
            params["caption"] = clip(message.text, LONGEST_CAPTION)
        return Call(method, params, "stored", (message.id,), {name: file for name, file in files.items() if file})
    text = message.text
    if message.kind is not MessageKind.TEXT:
        name = message.file.get("name") if "upload" in message.file else None
        text = " ".join(filter(None, (texts.plain(f"kind.{message.kind}"), name, message.text)))
    params = {**place, "text": clip(text.strip(), LONGEST_TEXT) or "…"}
    return Call("sendMessage", params, "words" if words_only else "stored", (message.id,))


def attached_file(tx: Tx, message: Message) -> Upload | None:
    """What came in over the web and Telegram does not have yet."""
    upload_id = message.file.get("upload")
    if upload_id is None or message.file.get("id"):
        return None
    content = read_upload(tx, upload_id)
    return Upload(message.file["name"], content, message.file["mime"]) if content is not None else None


def own_words_call(
    place: Mapping[str, Any], message: Message, author: str, texts: Texts, *, words_only: bool = False
) -> Call:
    """What we said to the customer, in a replay: it begins with who said it, so that nobody takes it for his words."""
    said = message.text if message.kind is MessageKind.TEXT else message.text.strip()
    marked = replace(message, text=texts.plain("relay.ours", author=cut(author, LONGEST_AUTHOR), text=said))
    return stored_call(place, marked, texts, words_only=words_only or message.kind in _WITHOUT_CAPTION)
