"""What a reply markup may look like."""

from typing import Any

from integrations.telegram.sandbox.entities import checked_link
from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.state import Json

MAX_BUTTONS = 100
MAX_IN_ROW = 8
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_INLINE_FIELDS = frozenset({"text", "icon_custom_emoji_id", "style", "disabled", *_ACTIONS})
_REQUESTS = ("request_users", "request_chat", "request_managed_bot", "request_contact", "request_location")
_REPLY_FIELDS = frozenset({"text", "icon_custom_emoji_id", "style", "request_poll", "web_app", *_REQUESTS})
_STYLES = ("danger", "success", "primary", "link")


def split_markup(markup: Any, *, private: bool) -> tuple[Json | None, Json | None]:
    """The inline keyboard, which belongs to the message, and any other, which belongs to the chat."""
    if markup is None or markup == {}:
        return None, None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return inline_keyboard(markup), None
    if "keyboard" in markup:
        return None, _reply_keyboard(markup, private=private)
    if markup.get("remove_keyboard") is True or markup.get("force_reply") is True:
        return None, markup
    raise bad_request("object expected as reply markup")


def inline_keyboard(markup: Any) -> Json | None:
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    rows = _rows(markup, "inline_keyboard")
    keyboard = [[_inline_button(button) for button in row] for row in rows if row]
    return {"inline_keyboard": keyboard} if keyboard else None


def _rows(markup: Json, field: str) -> list[list[Any]]:
    rows = markup[field]
    if not isinstance(rows, list):
        raise bad_request(f'field "{field}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{field}" must be an Array of Arrays')
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_IN_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return rows


def _inline_button(button: Any) -> Json:
    where = "can't parse inline keyboard button"
    if not isinstance(button, dict):
        raise bad_request(f"{where}: InlineKeyboardButton must be an Object")
    _check_text(button, where, _INLINE_FIELDS)
    actions = [name for name in _ACTIONS if button.get(name) not in (None, "") or (name in button and "query" in name)]
    if not actions:
        raise bad_request(f"{where}: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"{where}: exactly one action is allowed in a button")
    _check_action(button, actions[0], where)
    return {key: value for key, value in button.items() if value is not None}


def _check_action(button: Json, action: str, where: str) -> None:
    value = button[action]
    if action == "callback_data":
        if not isinstance(value, str):
            raise bad_request(f'{where}: Field "callback_data" must be of type String')
        if len(value.encode()) > 64:
            raise bad_request("BUTTON_DATA_INVALID")
    elif action == "url":
        if checked_link(str(value)) is None:
            raise bad_request(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
    elif action == "copy_text":
        text = value.get("text", "") if isinstance(value, dict) else ""
        if not 1 <= len(text) <= 256:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    elif action in ("pay", "callback_game"):
        raise bad_request("BUTTON_TYPE_INVALID")


def _check_text(button: Json, where: str, fields: frozenset[str]) -> None:
    if "text" not in button:
        raise bad_request(f'{where}: Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad_request(f'{where}: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request(f"{where}: button text must be non-empty")
    if unknown := sorted(button.keys() - fields):
        raise bad_request(f'{where}: unknown field "{unknown[0]}"')
    if button.get("style") is not None and button["style"] not in _STYLES:
        raise bad_request("BUTTON_STYLE_INVALID")


def _reply_keyboard(markup: Json, *, private: bool) -> Json:
    where = "can't parse keyboard button"
    rows = []
    for row in _rows(markup, "keyboard"):
        buttons = [{"text": button} if isinstance(button, str) else button for button in row]
        for button in buttons:
            if not isinstance(button, dict):
                raise bad_request(f"{where}: KeyboardButton must be an Object")
            _check_text(button, where, _REPLY_FIELDS)
            asks = [name for name in (*_REQUESTS, "request_poll", "web_app") if button.get(name)]
            if len(asks) > 1:
                raise bad_request(f"{where}: exactly one action is allowed in a button")
            if asks and not private:
                what = "phone number" if asks[0] == "request_contact" else asks[0].replace("_", " ")
                raise bad_request(f"{what} can be requested in private chats only")
        if buttons:
            rows.append(buttons)
    if not rows:
        raise bad_request("reply markup keyboard is empty")
    return markup | {"keyboard": rows}
