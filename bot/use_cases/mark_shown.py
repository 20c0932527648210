"""The clock of `time_to_claim` starts when a lead first stands in the sales chat, on a card or on a board."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import LeadEvent
from bot.storage.leads import log
from bot.storage.store.base import Tx
from bot.storage.tables import leads


def mark_shown(tx: Tx, lead_ids: Collection[int], now: datetime) -> None:
    fresh = leads.c.id.in_(list(lead_ids)), leads.c.shown_at.is_(None)
    for lead_id in sorted(tx.scalars(sa.select(leads.c.id).where(*fresh)).all()):
        log(tx, lead_id, LeadEvent.SHOWN, now)
    tx.execute(leads.update().where(*fresh).values(shown_at=now))
