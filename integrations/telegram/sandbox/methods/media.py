"""Photos, documents, voices and the rest, and albums of them."""

from typing import Any

from integrations.telegram.sandbox import formatting
from integrations.telegram.sandbox import parameters as p
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.media import KINDS, media_json
from integrations.telegram.sandbox.methods.registry import Call, Handler, method, single
from integrations.telegram.sandbox.methods.sending import CAPTION, COMMON, destination, post, shown, take_file
from integrations.telegram.sandbox.state import Json

_ABOVE: dict[str, p.Parser] = {"show_caption_above_media": p.boolean, "has_spoiler": p.boolean}
_FRAME: dict[str, p.Parser] = {"duration": p.integer, "width": p.integer, "height": p.integer}
_THUMBNAIL: dict[str, p.Parser] = {"thumbnail": p.file}
_OPTIONAL: dict[str, dict[str, p.Parser]] = {
    "photo": CAPTION | _ABOVE,
    "document": CAPTION | _THUMBNAIL | {"disable_content_type_detection": p.boolean},
    "voice": CAPTION | {"duration": p.integer},
    "video": CAPTION
    | _ABOVE
    | _FRAME
    | _THUMBNAIL
    | {"cover": p.file, "start_timestamp": p.integer, "supports_streaming": p.boolean},
    "video_note": _THUMBNAIL | {"duration": p.integer, "length": p.integer},
    "sticker": {"emoji": p.text},
    "audio": CAPTION | _THUMBNAIL | {"duration": p.integer, "performer": p.text, "title": p.text},
    "animation": CAPTION | _ABOVE | _FRAME | _THUMBNAIL,
}
_RIGHTS = {"sticker": "other messages", "animation": "other messages", "voice": "voice notes"}
_ALBUM_FIELDS = frozenset({"type", "media", *CAPTION, *_ABOVE, *_FRAME, "thumbnail", "performer", "title"})


def _right(kind: str) -> str:
    return _RIGHTS.get(kind, kind.replace("_", " ") + "s")


def _sender(kind: str) -> Handler:
    def send(call: Call) -> Any:
        place = destination(call, _right(kind))
        content = _described(kind, call, call.args[kind], call.args)
        return shown(call, post(call, place, kind, content))

    return send


for _kind in KINDS:
    _name = "send" + "".join(part.title() for part in _kind.split("_"))
    method(_name, {"chat_id": p.chat, _kind: p.file}, COMMON | _OPTIONAL[_kind], cost=single)(_sender(_kind))


def _described(kind: str, call: Call, value: Any, details: Json) -> Json:
    content = formatting.caption(details.get("caption"), details.get("parse_mode"), details.get("caption_entities"))
    content = media_json(kind, take_file(call, kind, value), details) | content
    for flag, shown_as in (("has_spoiler", "has_media_spoiler"), ("show_caption_above_media",) * 2):
        if details.get(flag):
            content[shown_as] = True
    return content


def input_media(call: Call, item: Any) -> tuple[str, Json]:
    """An InputMedia object: its kind and the content it makes."""
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    if kind not in ("photo", "document", "video", "audio", "animation"):
        raise bad_request(f"can't parse InputMedia: type {kind} is not supported")
    if not isinstance(item.get("media"), str) or not item["media"]:
        raise bad_request("can't parse InputMedia: media not found")
    if unknown := sorted(item.keys() - _ALBUM_FIELDS - {"disable_content_type_detection", "supports_streaming"}):
        raise bad_request(f'can\'t parse InputMedia: unknown field "{unknown[0]}"')
    return str(kind), _described(str(kind), call, item["media"], item)


def _parts(args: p.Args) -> int:
    return max(1, len(args["media"]))


@method(
    "sendMediaGroup",
    {"chat_id": p.chat, "media": p.json_array},
    {key: COMMON[key] for key in COMMON if key not in ("suggested_post_parameters", "reply_markup")},
    cost=_parts,
)
def send_media_group(call: Call) -> Any:
    items = call.args["media"]
    if not 2 <= len(items) <= 10:
        raise bad_request("wrong number of messages in the media group; there must be from 2 to 10 of them")
    place = destination(call, "photos")
    kinds = {item.get("type") if isinstance(item, dict) else None for item in items}
    if "animation" in kinds or (len(kinds) > 1 and kinds & {"document", "audio"}):
        raise bad_request("can't use the media of the specified type in the album")
    contents = [input_media(call, item) for item in items]
    album = call.world.unique()
    return [shown(call, post(call, place, kind, content, media_group_id=album)) for kind, content in contents]
