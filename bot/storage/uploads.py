"""Files that came in over the web: each is kept until Telegram has it, and as long after as there is room."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.messages import File, MessageKind
from bot.storage.store.base import Tx, insert
from bot.storage.tables import messages, uploads


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of a file without reading it; `size` in bytes."""

    id: int
    kind: MessageKind
    name: str
    mime: str
    size: int

    @property
    def file(self) -> File:
        return File("", self.name, self.mime, self.size, self.id)


def add_upload(
    tx: Tx,
    address: str,
    external_id: str,
    kind: MessageKind,
    name: str,
    mime: str,
    content: bytes,
    now: datetime,
) -> None:
    """One that is kept already stays as it is."""
    values = {"kind": kind, "name": name, "mime": mime, "size": len(content), "content": content, "at": now}
    added = insert(tx, uploads).values(address=address, external_id=external_id, **values)
    tx.execute(added.on_conflict_do_nothing(index_elements=["address", "external_id"]))


def find_upload(tx: Tx, address: str, external_id: str) -> Upload | None:
    columns = (uploads.c[name] for name in Upload.__dataclass_fields__)
    row = tx.execute(
        sa.select(*columns).where(uploads.c.address == address, uploads.c.external_id == external_id)
    ).first()
    return Upload(row.id, MessageKind(row.kind), row.name, row.mime, row.size) if row is not None else None


def read_upload(tx: Tx, upload_id: int) -> bytes | None:
    """None when it is kept no more."""
    content: bytes | None = tx.scalar(sa.select(uploads.c.content).where(uploads.c.id == upload_id))
    return content


def attach_upload(tx: Tx, upload_id: int, message_id: int) -> None:
    tx.execute(uploads.update().where(uploads.c.id == upload_id).values(message_id=message_id))


def size_of_uploads(tx: Tx, address: str | None = None, since: datetime | None = None) -> tuple[int, int]:
    """`(how many, bytes in all)`: of one person since a moment, or of everybody."""
    counted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(uploads.c.size), 0))
    if address is not None:
        counted = counted.where(uploads.c.address == address)
    if since is not None:
        counted = counted.where(uploads.c.at >= since)
    count, size = tx.execute(counted).one()
    return int(count), int(size)


def make_room(tx: Tx, wanted: int) -> int:
    """Drops what Telegram has as well, the oldest first, until so many bytes are free; how many were."""
    freed, dropped = 0, []
    rows = tx.execute(
        sa.select(uploads.c.id, uploads.c.size)
        .select_from(uploads.join(messages, messages.c.id == uploads.c.message_id))
        .where(messages.c.file["id"].as_string() != "")
        .order_by(uploads.c.at, uploads.c.id)
    )
    for row in rows:
        if freed >= wanted:
            break
        freed += row.size
        dropped.append(row.id)
    tx.execute(uploads.delete().where(uploads.c.id.in_(dropped)))
    return freed


def forget_uploads(tx: Tx, *, unsaid_before: datetime, before: datetime, most: int = 100) -> int:
    """Prunes files that no message came for, and old ones; how many went."""
    unsaid = sa.and_(uploads.c.message_id.is_(None), uploads.c.at < unsaid_before)
    old = sa.select(uploads.c.id).where(sa.or_(uploads.c.at < before, unsaid)).limit(most)
    return int(tx.execute(uploads.delete().where(uploads.c.id.in_(old))).rowcount)
