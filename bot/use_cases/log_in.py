"""A visitor is logged in on the firm's own site: one person with one talk, on whatever device."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.messages import Direction
from bot.storage.consents import PERSONAL_DATA, agreed_to
from bot.storage.people import contact_at
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, conversations, messages

JUST_NOW = timedelta(minutes=30)
"""Who wrote in this browser and logs in within it is the same person; later it may be another one at the computer."""


def visitor_of_login(tx: Tx, channel: str, login: str, own: str, here: str | None, now: datetime) -> str:
    """Who this person is as a visitor: as before, else who just wrote here without a login, else his `own` new id."""
    known: str | None = tx.scalar(
        sa.select(channel_identities.c.external_id).where(
            channel_identities.c.channel == channel, channel_identities.c.login == login
        )
    )
    if known is not None or here is None:
        return known or own
    wrote = sa.exists().where(
        conversations.c.identity_id == channel_identities.c.id,
        messages.c.conversation_id == conversations.c.id,
        messages.c.direction == Direction.INBOUND,
        messages.c.at > now - JUST_NOW,
    )
    bound = (
        channel_identities.update()
        .where(
            channel_identities.c.channel == channel,
            channel_identities.c.external_id == here,
            channel_identities.c.login.is_(None),
            wrote,
        )
        .values(login=login)
    )
    return here if tx.execute(bound).rowcount else own


def has_agreed(tx: Tx, channel: str, visitor: str) -> bool:
    contact_id = contact_at(tx, channel, visitor)
    return contact_id is not None and agreed_to(tx, contact_id, PERSONAL_DATA) is not None
