"""Entities that Telegram finds by itself in plain text: commands, mentions, links, addresses, phones, hashtags."""

import re

from integrations.telegram.sandbox import utf16
from integrations.telegram.sandbox.state import Json

_PATTERNS = (
    (
        "url",
        re.compile(
            r"(?<![\w@.])(?:https?://[^\s<>\"]+[^\s<>\".,!?:;)]|(?:[a-z0-9-]+\.)+(?:ru|com|org|net|io|me|рф)"
            r"(?:/[^\s<>\"]*[^\s<>\".,!?:;)])?(?![\w@]))",
            re.IGNORECASE,
        ),
    ),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?![\w@])")),
    ("phone_number", re.compile(r"(?<![\w+])\+?\d[\d ()-]{8,16}\d(?!\w)")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
)
_OPAQUE = frozenset({"pre", "code", "text_link", "text_mention", "custom_emoji", "date_time"})


def with_detected(text: str, entities: list[Json]) -> list[Json]:
    """The given entities and the found ones, which never overlap each other nor code or links."""
    taken = [
        (entity["offset"], entity["offset"] + entity["length"]) for entity in entities if entity["type"] in _OPAQUE
    ]
    found: list[Json] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            offset = utf16.length(text[: match.start()])
            size = utf16.length(match.group())
            if any(offset < end and begin < offset + size for begin, end in taken):
                continue
            taken.append((offset, offset + size))
            found.append({"type": kind, "offset": offset, "length": size})
    if not found:
        return entities
    return sorted([*entities, *found], key=lambda entity: (entity["offset"], -entity["length"]))
