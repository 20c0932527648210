"""Turns the page of a message that tells of a lead."""

from datetime import datetime

from bot.domain.policy import Policy
from bot.storage.leads import get_lead
from bot.storage.store.base import Tx
from bot.storage.team import roles_of
from bot.use_cases.promised_notices import show_view
from bot.use_cases.team import Gone, NotAllowed, Person, Refusal

PAGES = ("summary", "touches", "audit", "messages")


def turn_page(
    tx: Tx,
    lead_id: int,
    page: str,
    number: int,
    chat_id: int,
    message_id: int,
    person: Person,
    policy: Policy,
    now: datetime,
) -> Refusal | None:
    """For everybody on the team; `number` counts from 0."""
    roles = roles_of(tx, person.telegram_id, policy.admins)
    if not roles:
        return NotAllowed("sales")
    if get_lead(tx, lead_id) is None:
        return Gone()
    asked = {"lead": lead_id, "viewer": person.telegram_id, "manager": "managers" in roles}
    show_view(tx, "lead", chat_id, None, now, page=page, number=number, page_of=message_id, **asked)
    return None
