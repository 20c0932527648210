"""One-time codes with which a visitor of the site goes on with his conversation in a messenger."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import PageView, Touch, Trail, Visit
from bot.storage.store.base import Tx
from bot.storage.tables import passes

LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Pass:
    """Whose it is, and how he came to the site."""

    channel: str
    visitor: str
    trail: Trail


def add_pass(tx: Tx, code: str, channel: str, visitor: str, trail: Trail, now: datetime) -> None:
    """Kept is what recognises the code, never the code: who reads the database can use none."""
    values = {"channel": channel, "visitor": visitor, "trail": _written(trail), "expires_at": now + LIFE}
    tx.execute(passes.insert().values(code_hash=_hash(code), **values))


def use_pass(tx: Tx, code: str, by: str, now: datetime) -> Pass | None:
    """None when it is not ours, too old, or has been used; two at once: one of them gets it."""
    used = tx.execute(
        passes.update()
        .where(passes.c.code_hash == _hash(code), passes.c.expires_at > now, passes.c.used_by.is_(None))
        .values(used_by=by)
        .returning(passes.c.channel, passes.c.visitor, passes.c.trail)
    ).first()
    return Pass(used.channel, used.visitor, _read(used.trail)) if used is not None else None


def forget_passes(tx: Tx, now: datetime) -> None:
    tx.execute(passes.delete().where(passes.c.expires_at <= now))


def forget_passes_of(tx: Tx, channel: str, external_id: str) -> None:
    """Both those that he was given and those that he has used."""
    given = sa.and_(passes.c.channel == channel, passes.c.visitor == external_id)
    tx.execute(passes.delete().where(sa.or_(given, passes.c.used_by == f"{channel}:{external_id}")))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _written(trail: Trail) -> dict[str, Any]:
    visits = [{"at": visit.at.isoformat(), "key": visit.key, "touch": asdict(visit.touch)} for visit in trail.visits]
    return {"visits": visits, "pages": [{**asdict(view), "at": view.at.isoformat()} for view in trail.pages]}


def _read(written: Mapping[str, Any]) -> Trail:
    visits = [Visit(Touch(**one["touch"]), datetime.fromisoformat(one["at"]), one["key"]) for one in written["visits"]]
    pages = [PageView(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in written["pages"]]
    return Trail(tuple(visits), tuple(pages))
