"""What customers say of how it was: asked in a window of a site, once a closing."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.kpi import Period
from bot.storage.store.base import Tx, insert
from bot.storage.tables import conversations, lead_events, ratings, window_lines


@dataclass(frozen=True, slots=True)
class Closing:
    id: int
    lead_id: int


def window_of(tx: Tx, contact_id: int) -> int | None:
    """The conversation of the contact's newest line in a window; None when he has none: then nowhere to ask."""
    found: int | None = tx.scalar(
        sa.select(window_lines.c.conversation_id)
        .select_from(window_lines.join(conversations))
        .where(conversations.c.contact_id == contact_id)
        .order_by(window_lines.c.id.desc())
        .limit(1)
    )
    return found


def is_asked(tx: Tx, closing_id: int) -> bool:
    return tx.scalar(sa.select(sa.exists().where(window_lines.c.closing_id == closing_id))) or False


def closing_asked_at(tx: Tx, conversation_id: int, number: int) -> Closing | None:
    """Of what a line asks; None when it asks nothing, or the closing is taken back."""
    row = tx.execute(
        sa.select(lead_events.c.id, lead_events.c.lead_id)
        .select_from(window_lines.join(lead_events, lead_events.c.id == window_lines.c.closing_id))
        .where(window_lines.c.conversation_id == conversation_id, window_lines.c.number == number)
        .where(~is_taken_back(lead_events.c.id))
    ).first()
    return Closing(row.id, row.lead_id) if row is not None else None


def is_taken_back(closing_id: sa.ColumnElement[int]) -> sa.Exists:
    later = lead_events.alias("later")
    return sa.exists().where(later.c.undoes_id == closing_id)


def add_rating(tx: Tx, closing: Closing, stars: int | None, word: str | None, now: datetime) -> bool:
    """False when this closing is answered already: the first answer stands."""
    values = {"closing_id": closing.id, "lead_id": closing.lead_id, "stars": stars, "word": word, "at": now}
    added = insert(tx, ratings).values(values).on_conflict_do_nothing(index_elements=["closing_id"])
    return tx.execute(added.returning(ratings.c.id)).first() is not None


def stars_given(tx: Tx, period: Period) -> tuple[int, int]:
    """`(all stars together, how many ratings)` of the period."""
    given = sa.select(sa.func.coalesce(sa.func.sum(ratings.c.stars), 0), sa.func.count(ratings.c.stars)).where(
        ratings.c.at >= period.since, ratings.c.at < period.until
    )
    stars, count = tx.execute(given).one()
    return int(stars), int(count)
