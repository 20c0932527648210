"""Parameters of a method: what each may be, however it came (query, form, JSON, multipart)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from integrations.telegram.sandbox.errors import ApiError, bad_request
from integrations.telegram.sandbox.files import Upload

Parser = Callable[[str, Any], Any]
Args = dict[str, Any]

_MISSING = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "user_id": "invalid user_id specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "voice": "there is no voice in the request",
    "video": "there is no video in the request",
    "video_note": "there is no video note in the request",
    "sticker": "there is no sticker in the request",
    "audio": "there is no audio in the request",
    "animation": "there is no animation in the request",
    "phone_number": "phone number is not specified",
    "message_thread_id": "message thread not found",
    "file_id": "file_id is not specified",
}
# These may be given and empty: an empty text has its own error, an empty description clears the old one.
_MAY_BE_EMPTY = frozenset(
    {"text", "caption", "name", "description", "short_description", "icon_custom_emoji_id", "url"}
)


def _wrong(name: str, kind: str) -> ApiError:
    return bad_request(f'parameter "{name}" must be of type {kind}')


def integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _wrong(name, "Integer")
    try:
        return int(value)
    except ValueError:
        raise _wrong(name, "Integer") from None


def number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong(name, "Float")
    try:
        return float(value)
    except ValueError:
        raise _wrong(name, "Float") from None


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(name, "String")
    return value


def boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "yes", "1", "false", "no", "0"):
        return value.lower() in ("true", "yes", "1")
    raise _wrong(name, "Boolean")


def chat(name: str, value: Any) -> int | str:
    if isinstance(value, str) and value.startswith("@"):
        return value
    try:
        return integer(name, value)
    except ApiError:
        raise bad_request("chat not found") from None


def file(name: str, value: Any) -> str | Upload:
    if not isinstance(value, str | Upload):
        raise _wrong(name, "InputFile")
    return value


def _decoded(name: str, value: Any) -> Any:
    if isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    return value


def json_object(name: str, value: Any) -> dict[str, Any]:
    decoded = _decoded(name, value)
    if not isinstance(decoded, dict):
        raise bad_request(f"object expected as {name.replace('_', ' ')}")
    return decoded


def json_array(name: str, value: Any) -> list[Any]:
    decoded = _decoded(name, value)
    if not isinstance(decoded, list):
        raise bad_request(f"expected an Array as {name.replace('_', ' ')}")
    return decoded


def parse(raw: Mapping[str, Any], required: Mapping[str, Parser], optional: Mapping[str, Parser]) -> Args:
    args: Args = {}
    for name, value in raw.items():
        parser = required.get(name) or optional.get(name)
        if parser is None:
            raise bad_request(f'unknown parameter "{name}"')
        if value is None or (value == "" and name not in _MAY_BE_EMPTY):
            continue
        args[name] = parser(name, value)
    for name in required:
        if name not in args:
            raise bad_request(_MISSING.get(name, f'parameter "{name}" is required'))
    return args
