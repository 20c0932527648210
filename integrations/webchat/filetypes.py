"""What a file is, by its content: a name can say anything. Nothing is unpacked and no picture is decoded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.messages import MessageKind

LONGEST_NAME = 100

PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
"""What a browser may show in place; everything else is for saving."""

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff<>:"|?*]')
"""In a name: what no disk takes, and what makes one read otherwise than it is."""


@dataclass(frozen=True, slots=True)
class FileType:
    """`endings` are what its names may end with; the first one stands for a name without any of them."""

    kind: MessageKind
    mime: str
    endings: tuple[str, ...]
    mimes: Mapping[str, str] | None = None
    """By ending, where the content alone does not tell."""


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ZIPPED = {
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "odt": f"{_OPEN}text",
    "ods": f"{_OPEN}spreadsheet",
    "odp": f"{_OPEN}presentation",
}
_OLD_OFFICE = {"xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}

JPEG = FileType(MessageKind.PHOTO, "image/jpeg", ("jpg", "jpeg", "jfif"))
PNG = FileType(MessageKind.PHOTO, "image/png", ("png",))
WEBP = FileType(MessageKind.PHOTO, "image/webp", ("webp",))
GIF = FileType(MessageKind.ANIMATION, "image/gif", ("gif",))
HEIC = FileType(MessageKind.DOCUMENT, "image/heic", ("heic", "heif"))
PDF = FileType(MessageKind.DOCUMENT, "application/pdf", ("pdf",))
ZIP = FileType(MessageKind.DOCUMENT, "application/zip", ("zip", *_ZIPPED), _ZIPPED)
OLE = FileType(MessageKind.DOCUMENT, "application/msword", ("doc", *_OLD_OFFICE), _OLD_OFFICE)
RTF = FileType(MessageKind.DOCUMENT, "application/rtf", ("rtf",))
RAR = FileType(MessageKind.DOCUMENT, "application/vnd.rar", ("rar",))
SEVEN_ZIP = FileType(MessageKind.DOCUMENT, "application/x-7z-compressed", ("7z",))
DWG = FileType(MessageKind.DOCUMENT, "image/vnd.dwg", ("dwg",))
MP4 = FileType(MessageKind.VIDEO, "video/mp4", ("mp4", "m4v"))
MOV = FileType(MessageKind.DOCUMENT, "video/quicktime", ("mov",))
M4A = FileType(MessageKind.AUDIO, "audio/mp4", ("m4a",))
MP3 = FileType(MessageKind.AUDIO, "audio/mpeg", ("mp3",))
OGG = FileType(MessageKind.DOCUMENT, "audio/ogg", ("ogg", "oga", "opus"))
WAV = FileType(MessageKind.DOCUMENT, "audio/wav", ("wav",))
TEXT = FileType(MessageKind.DOCUMENT, "text/plain", ("txt", "csv"), {"csv": "text/csv"})

TYPES = (JPEG, PNG, WEBP, GIF, HEIC, PDF, ZIP, OLE, RTF, RAR, SEVEN_ZIP, DWG, MP4, MOV, M4A, MP3, OGG, WAV, TEXT)
ACCEPTED = tuple(ending for each in TYPES for ending in each.endings)

_BEGINNINGS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"Rar!\x1a\x07", RAR),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"AC10", DWG),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"OggS", OGG),
)
_BRANDS = {b"heic": HEIC, b"heix": HEIC, b"heif": HEIC, b"mif1": HEIC, b"qt  ": MOV, b"M4A ": M4A}


def recognise(content: bytes, name: str) -> FileType | None:
    """None: not one of those that are taken. Words count as such only under the name of a text."""
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], MP4)
    if content[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(content[8:12])
    found = next((each for beginning, each in _BEGINNINGS if content.startswith(beginning)), None)
    if found is None and _ending(name) in TEXT.endings and _is_text(content):
        return TEXT
    return found


def mime_of(found: FileType, name: str) -> str:
    return (found.mimes or {}).get(_ending(name), found.mime)


def picture_type(content: bytes) -> str | None:
    """The type under which a browser may show it in place, by its content; None when it may not."""
    found = recognise(content, "")
    return found.mime if found is not None and found.mime in PICTURES else None


def clean_name(given: str, found: FileType) -> str:
    """Without folders and without tricks, and with an ending that tells what it is."""
    last = re.split(r"[/\\]", given)[-1]
    words = " ".join(_FORBIDDEN.sub("", last).split()).rstrip(". ")
    stem, dot, ending = words.rpartition(".")
    if not dot or ending.lower() not in found.endings:
        stem, ending = words, found.endings[0]
    return f"{stem[: LONGEST_NAME - len(ending) - 1].strip('. ') or 'file'}.{ending.lower()}"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _is_text(content: bytes) -> bool:
    """Of an encoding that is not UTF-8 only that there is nothing in it which no text has."""
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", content[:65_536])
