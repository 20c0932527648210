"""What seems to be a robot's is kept where a human can look at it, calls nobody, and is in no number."""

from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import LeadEvent, RejectReason, Status
from bot.domain.messages import InboundMessage
from bot.domain.policy import Policy
from bot.domain.scoring import Band
from bot.storage.leads import add_lead, change_status, get_lead, open_lead_of
from bot.storage.messages import set_lead_of
from bot.storage.people import find_or_add_person, touches_since
from bot.storage.store.base import Tx
from bot.storage.tables import leads
from bot.use_cases.keep_consent import keep_consent
from bot.use_cases.receive_message import receive_message, remember_touch, store_message


def set_aside(tx: Tx, inbound: InboundMessage, sign: str, policy: Policy, now: datetime) -> None:
    """Straight into the spam, with `sign` in the log: why. Of one whom the team deals with already it is no spam."""
    person = find_or_add_person(tx, inbound.sender, inbound.channel, inbound.chat, now, one_way=inbound.one_way)
    if open_lead_of(tx, person.contact_id, lock=True) is not None:
        receive_message(tx, inbound, policy, now)
        return
    message = store_message(tx, inbound, person)
    if message is None:
        return
    keep_consent(tx, inbound, person, policy, now)
    remember_touch(tx, inbound, person)
    set_lead_of(tx, message.id, _earlier(tx, person.contact_id) or _new(tx, person.contact_id, inbound, sign, now))


def _earlier(tx: Tx, contact_id: int) -> int | None:
    found: int | None = tx.scalar(
        sa.select(sa.func.max(leads.c.id)).where(leads.c.contact_id == contact_id, leads.c.set_aside)
    )
    return found


def _new(tx: Tx, contact_id: int, inbound: InboundMessage, sign: str, now: datetime) -> int:
    first, last = touches_since(tx, contact_id, None)
    ids = (first.id if first else None, last.id if last else None)
    lead_id = add_lead(tx, contact_id, inbound.channel, *ids, Band.INFORMATION, now)
    lead = get_lead(tx, lead_id)
    assert lead is not None
    change_status(
        tx,
        lead,
        Status.REJECTED,
        LeadEvent.SET_ASIDE,
        now,
        data={"sign": sign},
        set_aside=True,
        closed_at=now,
        first_inbound_at=inbound.at,
        reject_reason=RejectReason.SPAM,
    )
    return lead_id
