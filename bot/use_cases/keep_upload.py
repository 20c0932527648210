"""A file that a visitor has attached is kept before he is told so; the message that it belongs to comes after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.messages import MessageKind
from bot.storage.store.base import Tx
from bot.storage.uploads import Upload, add_upload, find_upload, make_room, size_of_uploads

MEGABYTE = 1024 * 1024
MOST_A_DAY = 50
MOST_BYTES_A_DAY = 200 * MEGABYTE
"""Of one visitor."""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """`own`: he has sent as much as one may a day; else all that is kept has filled its place."""

    own: bool


def keep_upload(
    tx: Tx,
    address: str,
    external_id: str,
    kind: MessageKind,
    name: str,
    mime: str,
    content: bytes,
    most_bytes: int,
    now: datetime,
) -> Upload | NoRoom:
    """`most_bytes` is how much may be kept in all."""
    if (known := find_upload(tx, address, external_id)) is not None:
        return known
    count, size = size_of_uploads(tx, address, now - timedelta(days=1))
    if count >= MOST_A_DAY or size + len(content) > MOST_BYTES_A_DAY:
        return NoRoom(own=True)
    _, kept = size_of_uploads(tx)
    missing = kept + len(content) - most_bytes
    if missing > 0 and make_room(tx, missing) < missing:
        return NoRoom(own=False)
    add_upload(tx, address, external_id, kind, name, mime, content, now)
    found = find_upload(tx, address, external_id)
    assert found is not None
    return found
