"""Where contacts are masked, the owner has one shown: to him alone, and the log says so."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.leads import LeadEvent
from bot.domain.policy import Policy
from bot.storage.desks import get_desk
from bot.storage.leads import lock_lead, log
from bot.storage.store.base import Tx
from bot.storage.team import find_or_add_teammate, lock_teammate, roles_of
from bot.use_cases.claim_lead import owner_name
from bot.use_cases.promised_notices import show_view
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal


@dataclass(frozen=True, slots=True)
class Revealed:
    lead_id: int
    chat_is_open: bool
    """False: he must open the bot first, and the contact waits for that."""


def reveal_contact(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Revealed | Refusal:
    """Into his private chat with the bot, never into a group; a manager reads the number when the lead is his."""
    lock_teammate(tx, person.telegram_id)
    if not roles_of(tx, person.telegram_id, policy.admins):
        return NotAllowed("sales")
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    if lead.owner_id != mate.id:
        return NotYours(owner_name(tx, lead))
    desk = get_desk(tx, lead_id)
    thread_id = desk.thread_id if desk is not None and desk.chat_id == mate.telegram_id else None
    log(tx, lead_id, LeadEvent.CONTACT_REVEALED, now, actor=mate.id)
    show_view(tx, "contact", mate.telegram_id, thread_id, now, lead=lead_id, teammate=mate.id)
    return Revealed(lead_id, mate.opened_at is not None)
