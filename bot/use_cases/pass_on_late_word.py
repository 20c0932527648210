"""A customer writes soon after closing: "thank you!" is no new lead, and may still be one."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.leads import LeadEvent, RejectReason
from bot.domain.messages import MessageKind
from bot.domain.policy import Policy
from bot.storage.desks import get_desk
from bot.storage.leads import Lead, last_closing_of, log
from bot.storage.messages import Message, get_message, set_lead_of
from bot.storage.store.base import Tx
from bot.storage.tables import lead_events, leads
from bot.storage.team import get_teammate, roles_of
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import relay_to_owner

NOTICE_PAUSE = timedelta(hours=1)
"""After so much quiet the former owner is told again what he can do with late words."""


def pass_on_late_word(tx: Tx, closed: Lead, message: Message, policy: Policy, now: datetime) -> bool:
    """To the former owner, who can make it a new lead. False when he is not there to read it.

    After spam it is stored and counted, and nobody is pushed.
    """
    if message.kind is MessageKind.START:
        return True
    if closed.reject_reason == RejectReason.SPAM:
        _record(tx, closed, message, now)
        return True
    desk = get_desk(tx, closed.id)
    if desk is None or desk.teammate_id != closed.owner_id or not _is_there(tx, desk.teammate_id, policy, now):
        return False
    told = _told_lately(tx, closed, now)
    _record(tx, closed, message, now)
    relay_to_owner(tx, desk, message, now)
    if not told:
        say(
            tx,
            desk.chat_id,
            "late_word",
            now,
            thread_id=desk.thread_id,
            buttons=[[["button.new_request", f"new:{closed.id}"]]],
            lead=closed.id,
        )
    return True


def late_words_of(tx: Tx, contact_id: int) -> list[Message]:
    """What the contact has written since his last lead was closed, in the order in which it came."""
    said = (
        sa.select(lead_events.c.lead_id, lead_events.c.data)
        .select_from(lead_events.join(leads))
        .where(
            leads.c.contact_id == contact_id,
            lead_events.c.kind == LeadEvent.LATE_WORD,
            lead_events.c.at >= last_closing_of(tx, contact_id),
        )
        .order_by(lead_events.c.id)
    )
    found = [(row.lead_id, get_message(tx, row.data["message"])) for row in tx.execute(said)]
    return [message for lead_id, message in found if message is not None and message.lead_id == lead_id]


def _record(tx: Tx, closed: Lead, message: Message, now: datetime) -> None:
    set_lead_of(tx, message.id, closed.id)
    log(tx, closed.id, LeadEvent.LATE_WORD, now, data={"message": message.id})


def _told_lately(tx: Tx, closed: Lead, now: datetime) -> bool:
    last: datetime | None = tx.scalar(
        sa.select(sa.func.max(lead_events.c.at)).where(_is_late_word(closed), lead_events.c.at >= closed.closed_at)
    )
    return last is not None and abs(now - last) < NOTICE_PAUSE


def _is_late_word(closed: Lead) -> sa.ColumnElement[bool]:
    return sa.and_(lead_events.c.lead_id == closed.id, lead_events.c.kind == LeadEvent.LATE_WORD)


def _is_there(tx: Tx, teammate_id: int, policy: Policy, now: datetime) -> bool:
    mate = get_teammate(tx, teammate_id)
    return mate is not None and not mate.is_away(now) and "sales" in roles_of(tx, mate.telegram_id, policy.admins)
