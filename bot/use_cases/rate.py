"""How was it? A window of a site asks once, after a deal is decided and can no longer be undone by a tap."""

from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import Status
from bot.domain.policy import Policy
from bot.storage.leads import Lead, closing_of, get_lead, open_lead_of
from bot.storage.ratings import add_rating, closing_asked_at, is_asked, window_of
from bot.storage.store.base import Tx
from bot.storage.tables import contacts
from bot.storage.team import get_teammate, roles_of
from bot.storage.window import add_line, conversation_with
from bot.use_cases.promised_notices import say
from bot.use_cases.seat import seat_of

MOST_STARS = 5
LONGEST_WORD = 500


def ask_for_rating(tx: Tx, lead: Lead, now: datetime) -> None:
    """Who was answered by nobody has nothing to rate, and who talks about something new is not interrupted."""
    if lead.status not in (Status.WON, Status.LOST) or lead.first_answered_at is None:
        return
    closing, talk = closing_of(tx, lead), window_of(tx, lead.contact_id)
    if closing is None or talk is None or is_asked(tx, closing[0]) or open_lead_of(tx, lead.contact_id) is not None:
        return
    add_line(tx, talk, now, closing_id=closing[0])


def rate_in_window(
    tx: Tx, channel: str, visitor: str, number: int, stars: int | None, word: str, policy: Policy, now: datetime
) -> bool:
    """`number` is the line that asks; no stars: he does not want to say. False when there is nothing to answer."""
    talk = conversation_with(tx, channel, visitor)
    closing = closing_asked_at(tx, talk, number) if talk is not None else None
    if talk is None or closing is None or not add_rating(tx, closing, stars, (stars and word) or None, now):
        return False
    add_line(tx, talk, now, closing_id=closing.id)
    lead = get_lead(tx, closing.lead_id)
    if stars is not None and lead is not None:
        _tell_owner(tx, lead, stars, word, policy, now)
    return True


def _tell_owner(tx: Tx, lead: Lead, stars: int, word: str, policy: Policy, now: datetime) -> None:
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    if owner is None or not roles_of(tx, owner.telegram_id, policy.admins):
        return
    chat_id, thread_id = seat_of(tx, lead.id, owner)
    name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == lead.contact_id)) or "…"
    text = "rating.with_word" if word else "rating.given"
    say(tx, chat_id, text, now, thread_id=thread_id, lead=lead.id, name=name, stars=stars, word=word)
