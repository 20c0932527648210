"""What teammates say to each other about a lead."""

from datetime import datetime

import sqlalchemy as sa

from bot.storage.store.base import Tx
from bot.storage.tables import notes


def add_note(tx: Tx, lead_id: int, author_id: int, text: str, now: datetime, album_id: str | None = None) -> None:
    """A note may be without words: then it says that an album is for colleagues."""
    tx.execute(notes.insert().values(lead_id=lead_id, author_id=author_id, text=text, album_id=album_id, at=now))


def is_internal_album(tx: Tx, author_id: int, album_id: str) -> bool:
    """Whether another part of this album was meant for colleagues."""
    found = sa.select(notes.c.id).where(notes.c.author_id == author_id, notes.c.album_id == album_id)
    return tx.execute(found).first() is not None


def notes_of(tx: Tx, lead_id: int) -> list[str]:
    return list(
        tx.scalars(sa.select(notes.c.text).where(notes.c.lead_id == lead_id, notes.c.text != "").order_by(notes.c.id))
    )
