"""The JSON of media, from a stored file."""

from integrations.telegram.sandbox.errors import ApiError, bad_request
from integrations.telegram.sandbox.files import PHOTO_LIMIT, UPLOAD_LIMIT, FileStore, StoredFile, Upload
from integrations.telegram.sandbox.images import dimensions
from integrations.telegram.sandbox.state import Json

_LADDER = (90, 320, 800, 1280)
_MIME = {
    "photo": "image/jpeg",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
    "sticker": "image/webp",
}
KINDS = ("photo", "document", "voice", "video", "video_note", "sticker", "audio", "animation")


def keep(files: FileStore, kind: str, upload: Upload, *, size: int | None = None) -> StoredFile:
    """Accept an upload within Telegram's sizes; a photo must be a picture of sane proportions."""
    actual = len(upload.content) if size is None else size
    if actual == 0:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        if actual > PHOTO_LIMIT:
            limit = f"the maximum size is {PHOTO_LIMIT} bytes"
            raise bad_request(f"file of size {actual} bytes is too big for a photo; {limit}")
        shape = dimensions(upload.content)
        if shape is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        width, height = shape
        if min(shape) <= 0 or width + height > 10_000 or max(shape) > 20 * min(shape):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        stored = files.add(kind, upload, size=size)
        stored.width, stored.height = width, height
        return stored
    return files.add(kind, upload, size=size)


def check_size(size: int) -> None:
    if size > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")


def media_json(kind: str, stored: StoredFile, details: Json | None = None) -> Json:
    """The content of a message of the kind; details are what the sender said of it (duration, size of the frame)."""
    details = details or {}
    base: Json = {"file_id": stored.file_id, "file_unique_id": stored.unique_id, "file_size": stored.size}
    if kind == "photo":
        return {"photo": _photo_sizes(stored)}
    if kind == "sticker":
        frame: Json = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"sticker": base | frame | ({"emoji": details["emoji"]} if details.get("emoji") else {})}
    if kind == "video_note":
        return {"video_note": base | {"length": details.get("length", 240), "duration": details.get("duration", 1)}}
    mime_type = stored.mime_type
    if mime_type == "application/octet-stream":
        mime_type = _MIME.get(kind, mime_type)
    media = base | {"mime_type": mime_type}
    if kind != "voice":
        media["file_name"] = stored.name
    if kind in ("voice", "audio", "video", "animation"):
        media["duration"] = details.get("duration", 1)
    if kind in ("video", "animation"):
        media |= {"width": details.get("width", 640), "height": details.get("height", 360)}
    if kind == "audio":
        media |= {key: details[key] for key in ("performer", "title") if details.get(key)}
    if kind == "animation":
        document = base | {"mime_type": mime_type, "file_name": stored.name}
        return {"animation": media, "document": document}
    return {kind: media}


def _photo_sizes(stored: StoredFile) -> list[Json]:
    sizes: list[Json] = []
    largest = max(stored.width, stored.height, 1)
    for edge in [edge for edge in _LADDER if edge < largest] + [min(largest, 2560)]:
        scale = edge / largest
        whole = edge == min(largest, 2560)
        sizes.append(
            {
                "file_id": stored.file_id if whole else f"{stored.file_id}~{edge}",
                "file_unique_id": stored.unique_id if whole else f"{stored.unique_id}{edge}",
                "file_size": stored.size if whole else max(1, int(stored.size * scale * scale)),
                "width": max(1, int(stored.width * scale)),
                "height": max(1, int(stored.height * scale)),
            }
        )
    return sizes
