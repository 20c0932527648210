"""Pieces of Telegram's HTML; whatever a person typed is escaped by construction."""

import html
import re
from datetime import datetime

from markupsafe import Markup, escape

LONGEST_MARK = 80
LONGEST_TEXT = 4_096
LONGEST_CAPTION = 1_024
LONGEST_BUTTON = 60
LONGEST_TOPIC = 128

LEAD_PAYLOAD = "lead_"
"""What stands before a lead's number in a link that a teammate opens the bot by."""

_TAG = re.compile(r"<[^<>]+>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Without the characters that turn text around or break a line where nobody typed one."""
    return _CONTROL.sub("", text)


def cut(text: str, most: int) -> str:
    """At most `most` characters of a text, on one line, with an ellipsis where something is left out."""
    line = " ".join(clean(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def clip(text: str, most: int) -> str:
    """At most `most` UTF-16 code units, in which Telegram counts; lines stay as they are."""
    units = text.encode("utf-16-le", "surrogatepass")
    return text if len(units) <= 2 * most else units[: 2 * most - 2].decode("utf-16-le", "ignore") + "…"


def bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)


def number(value: int, form: str = "d") -> str:
    """With a minus that is one: «−13», and by the form `+d` «+5»."""
    return f"{value:{form}}".replace("-", "−")


def link(text: str, url: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)


def ago(at: datetime, shown: str) -> Markup:
    """A moment that every viewer's client shows relative to now: the card ages without being edited."""
    return Markup('<tg-time unix="{}" format="r">{}</tg-time>').format(int(at.timestamp()), shown)


def lines(*parts: Markup | str | None) -> Markup:
    """The parts that there are, one a line; an empty one is a blank line, of which there are never two."""
    told: list[Markup] = []
    for part in parts:
        if part is not None and (part or (told and told[-1])):
            told.append(escape(part))
    while told and not told[-1]:
        told.pop()
    return Markup("\n").join(told)


def without_markup(text: str) -> str:
    """The same words as plain text: for when Telegram refuses our entities."""
    return html.unescape(_TAG.sub("", text))


def message_link(chat_id: int, message_id: int) -> str | None:
    """A link to a message of a supergroup; other chats have none."""
    number = str(chat_id)
    return f"https://t.me/c/{number[4:]}/{message_id}" if number.startswith("-100") else None


def lead_link(bot: str, lead_id: int) -> str:
    """Opens the bot, and in it the lead: for every teammate, wherever its card is."""
    return f"https://t.me/{bot}?start={LEAD_PAYLOAD}{lead_id}"


def seen_length(text: str) -> int:
    """How long Telegram finds it: without markup, in UTF-16 code units."""
    return len(without_markup(text).encode("utf-16-le", "surrogatepass")) // 2


def fitting(text: Markup) -> Markup:
    """As many whole lines as one message holds; an ellipsis says that there were more."""
    if seen_length(text) <= LONGEST_TEXT:
        return text
    kept, room = list[Markup](), LONGEST_TEXT - len("…")
    for line in text.split("\n"):
        room -= seen_length(line) + len("\n")
        if room < 0:
            break
        kept.append(line)
    return Markup("\n").join([*kept, "…"])
