"""Short codes that stand for where a customer comes from."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.store.base import Tx, new_id
from bot.storage.tables import links


@dataclass(frozen=True, slots=True)
class Link:
    id: int
    code: str
    source: str
    campaign: str | None
    offer: str | None


_COLUMNS = [links.c[name] for name in Link.__dataclass_fields__]


def get_link(tx: Tx, link_id: int) -> Link | None:
    return _one(tx, links.c.id == link_id)


def link_by_code(tx: Tx, code: str) -> Link | None:
    return _one(tx, links.c.code == code)


def find_or_add_link(
    tx: Tx, code: str, source: str, campaign: str | None, offer: str | None, author_id: int, now: datetime
) -> int:
    """The link that means this; `code` is for a new one. Two at once are a unique violation: the rerun finds it."""
    meaning = "\n".join(part.casefold() for part in (source, campaign or "", offer or ""))
    known = _one(tx, links.c.meaning == meaning)
    if known is not None:
        return known.id
    values = {"code": code, "meaning": meaning, "source": source, "campaign": campaign, "offer": offer}
    return new_id(tx.execute(links.insert().values(**values, author_id=author_id, created_at=now)))


def _one(tx: Tx, condition: sa.ColumnElement[bool]) -> Link | None:
    row = tx.execute(sa.select(*_COLUMNS).where(condition)).first()
    return Link(**row._mapping) if row is not None else None
