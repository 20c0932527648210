"""What a person has allowed or withdrawn, for what purpose, by which words: nothing here is ever changed."""

from datetime import datetime

import sqlalchemy as sa

from bot.storage.store.base import Tx
from bot.storage.tables import consents

PERSONAL_DATA = "personal_data"
MESSAGES = "messages"
ADVERTISING = "advertising"


def add_consent(
    tx: Tx,
    contact_id: int,
    purpose: str,
    now: datetime,
    *,
    given: bool,
    text_version: str,
    source: str,
    words: str | None = None,
) -> None:
    tx.execute(
        consents.insert().values(
            contact_id=contact_id,
            purpose=purpose,
            given=given,
            text_version=text_version,
            words=words,
            source=source,
            at=now,
        )
    )


def agreed_to(tx: Tx, contact_id: int, purpose: str) -> str | None:
    """The version of the words that the person has agreed to last and not withdrawn since."""
    last = tx.execute(
        sa.select(consents.c.given, consents.c.text_version)
        .where(consents.c.contact_id == contact_id, consents.c.purpose == purpose)
        .order_by(consents.c.id.desc())
        .limit(1)
    ).first()
    return last.text_version if last is not None and last.given else None
