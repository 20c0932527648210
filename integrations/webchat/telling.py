"""What a window is told: its lines as frames."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.messages import Direction, MessageKind
from bot.locales import Texts
from bot.storage.window import Line, Seen
from bot.use_cases.show_in_window import LARGEST_SHOWN
from integrations.webchat.identity import Identity
from integrations.webchat.tokens import Tokens

FILE_NAMES = {
    MessageKind.PHOTO: "photo.jpg",
    MessageKind.VOICE: "voice.ogg",
    MessageKind.AUDIO: "audio.mp3",
    MessageKind.VIDEO: "video.mp4",
    MessageKind.VIDEO_NOTE: "video.mp4",
    MessageKind.ANIMATION: "animation.mp4",
    MessageKind.DOCUMENT: "file",
}
"""What a file is called that came without a name. Other kinds, as a sticker or a place, are told in words."""


@dataclass(frozen=True, slots=True)
class Visit:
    visitor: str
    token: str
    texts: Texts
    after: int
    tokens: Tokens
    identity: Identity | None = None
    """What the site vouches for, where it has said so here."""
    refused: str | None = None
    """Why what the site says of him is not taken."""


def tell_lines(seen: Seen, visit: Visit, now: datetime) -> dict[str, Any]:
    return {
        "t": "lines",
        "anew": seen.anew,
        "lines": [tell_line(line, visit, now) for line in seen.lines],
        "shown": seen.standing.shown,
        "owner": seen.standing.owner,
    }


def tell_line(line: Line, visit: Visit, now: datetime) -> dict[str, Any]:
    """Times are milliseconds, as a browser counts them."""
    if line.question is not None:
        asked, at = line.question, _milliseconds(line.at)
        number = f"rate-{asked.closing_id}"
        return {"n": line.number, "id": number, "who": "rate", "open": asked.is_open, "stars": asked.stars, "at": at}
    who = {Direction.INBOUND: "you", Direction.OUTBOUND: "team", None: "auto"}[line.direction]
    told = {
        "n": line.number,
        "id": line.external_id if who == "you" else f"{who}-{line.message_id or line.number}",
        "who": who,
        "name": line.author,
        "text": line.text,
        "at": _milliseconds(line.at),
        "edited": line.edited_at is not None,
    }
    if line.message_id is None or line.kind is MessageKind.TEXT:
        return told
    label = visit.texts.plain(f"kind.{line.kind}")
    if line.kind in FILE_NAMES and (line.file.get("id") or line.file.get("upload")):
        return {**told, "file": _tell_file(line, line.message_id, label, visit, now)}
    return {**told, "text": f"{label}\n{line.text}".strip()}


def _tell_file(line: Line, message_id: int, label: str, visit: Visit, now: datetime) -> dict[str, Any]:
    """Without a link where nobody can read it: bots may read no more of what somebody has sent them."""
    size = line.file.get("size") or 0
    told = {"name": line.file.get("name") or label, "size": size, "picture": line.kind is MessageKind.PHOTO}
    if size > LARGEST_SHOWN:
        return told
    link, until = visit.tokens.link(visit.visitor, message_id, now)
    return {**told, "url": f"/chat/file/{link}", "until": _milliseconds(until)}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
