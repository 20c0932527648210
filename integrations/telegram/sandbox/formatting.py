"""From a method's text, parse mode and entities to what is stored, within Telegram's limits."""

from typing import Any

from integrations.telegram.sandbox import utf16
from integrations.telegram.sandbox.detection import with_detected
from integrations.telegram.sandbox.entities import checked_link, parse_html
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.words import words

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_KINDS = words(
    "bold italic underline strikethrough spoiler blockquote expandable_blockquote code pre text_link text_mention"
    " custom_emoji date_time mention hashtag cashtag bot_command url email phone_number bank_card_number"
)
_DETECTED = words("mention hashtag cashtag bot_command url email phone_number bank_card_number")


def formatted(source: str, parse_mode: str | None, given: list[Any] | None) -> tuple[str, list[Json]]:
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode in ("", "none"):
        text, entities = source, [entity for item in given or [] if (entity := _checked(item)) is not None]
    else:
        raise bad_request("unsupported parse_mode")
    text = text.replace("\r", "").replace("\0", " ")
    text, entities = _trimmed(text, entities)
    return text, with_detected(text, entities)


def message_text(source: str, parse_mode: str | None, given: list[Any] | None, *, editing: bool = False) -> Json:
    if not source:
        raise bad_request("message text is empty")
    text, entities = formatted(source, parse_mode, given)
    if not text:
        raise bad_request("text must be non-empty")
    if utf16.length(text) > TEXT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG" if editing else "message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def caption(source: str | None, parse_mode: str | None, given: list[Any] | None) -> Json:
    if not source:
        return {}
    text, entities = formatted(source, parse_mode, given)
    if utf16.length(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def _checked(item: Any) -> Json | None:
    if not isinstance(item, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    kind, offset, length = item.get("type"), item.get("offset"), item.get("length")
    if kind not in _KINDS:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length <= 0:
        raise bad_request('can\'t parse MessageEntity: Field "offset" must be a valid Number')
    entity: Json = {"type": kind, "offset": offset, "length": length}
    if kind in _DETECTED:
        return None
    if kind == "text_link":
        url = checked_link(str(item.get("url", "")))
        if url is None:
            raise bad_request(f"entity URL '{item.get('url', '')}' is invalid: Wrong HTTP URL")
        return entity | {"url": url}
    for key in ("user", "language", "custom_emoji_id", "unix_time", "date_time_format"):
        if key in item:
            entity[key] = item[key]
    return entity


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram drops white space at both ends and clips the entities accordingly."""
    stripped = text.strip(" \t\n\v\f")
    lead = utf16.length(text[: len(text) - len(text.lstrip(" \t\n\v\f"))])
    size = utf16.length(stripped)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, size)
        if end > begin:
            kept.append(entity | {"offset": begin, "length": end - begin})
    return stripped, kept
