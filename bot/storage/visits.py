"""What a person's browser tells of his way to us: visits, which are touches, and the pages he has looked at."""

from dataclasses import asdict

import sqlalchemy as sa

from bot.domain.messages import PageView, Trail
from bot.storage.store.base import Tx, insert
from bot.storage.tables import page_views, touches

KIND = "visit"
MOST_VIEWS = 50
"""The newest that are kept of one person."""


def keep_trail(tx: Tx, contact_id: int, channel: str, trail: Trail) -> int | None:
    """The touch of the last visit that is new; what was told before changes nothing but the time on a page."""
    newest: int | None = None
    for visit in trail.visits:
        values = {"contact_id": contact_id, "kind": KIND, "channel": channel, "at": visit.at, "visit": visit.key}
        added = insert(tx, touches).values(**values, **asdict(visit.touch))
        row = tx.execute(
            added.on_conflict_do_nothing(index_elements=["contact_id", "visit"]).returning(touches.c.id)
        ).first()
        newest = row.id if row is not None else newest
    for view in trail.pages:
        shown = insert(tx, page_views).values(contact_id=contact_id, channel=channel, **asdict(view))
        longer = sa.case(
            (shown.excluded.seconds > page_views.c.seconds, shown.excluded.seconds), else_=page_views.c.seconds
        )
        tx.execute(shown.on_conflict_do_update(index_elements=["contact_id", "at", "page"], set_={"seconds": longer}))
    if trail.pages:
        _keep_newest(tx, contact_id)
    return newest


def pages_of(tx: Tx, contact_id: int) -> tuple[PageView, ...]:
    """The newest first."""
    found = tx.execute(
        sa.select(page_views.c.page, page_views.c.at, page_views.c.seconds)
        .where(page_views.c.contact_id == contact_id)
        .order_by(page_views.c.at.desc(), page_views.c.id.desc())
    )
    return tuple(PageView(**row._mapping) for row in found)


def _keep_newest(tx: Tx, contact_id: int) -> None:
    own = page_views.c.contact_id == contact_id
    newest = sa.select(page_views.c.id).where(own).order_by(page_views.c.at.desc(), page_views.c.id.desc())
    kept = newest.limit(MOST_VIEWS).subquery()
    tx.execute(page_views.delete().where(own, page_views.c.id.not_in(sa.select(kept.c.id))))
