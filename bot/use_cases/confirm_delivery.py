"""What became of the owner's words: they reached the customer, or the owner is told that they did not."""

from datetime import datetime

from bot.domain.leads import OPEN, LeadEvent, Status
from bot.domain.messages import MessageStatus
from bot.storage.leads import change_status, get_lead, log, update_lead
from bot.storage.messages import Message, add_copy, mark_failed, mark_sent, waiting_since
from bot.storage.people import set_reachable
from bot.storage.store.base import Tx
from bot.use_cases.promises import refresh_cards, say, tick


def answer_delivered(tx: Tx, message: Message, copies: list[tuple[str, str]], now: datetime) -> None:
    """Records the copy at the customer's, stops the clock, and ticks the owner's message."""
    for chat, external_id in copies:
        add_copy(tx, message.id, chat, external_id)
    if message.status is MessageStatus.SENT:
        return
    mark_sent(tx, message.id, now)
    tick(tx, _chat_id(message), int(message.external_id), now)
    lead = get_lead(tx, message.lead_id) if message.lead_id is not None else None
    if lead is None or lead.status not in OPEN:
        return
    first = lead.first_answered_at is None and lead.first_inbound_at is not None
    seconds = (message.at - lead.first_inbound_at).total_seconds() if lead.first_inbound_at else None
    data = {"seconds": max(0.0, seconds) if seconds is not None else None, "first": first}
    if first:
        update_lead(tx, lead.id, first_answered_at=message.at)
    if lead.status is Status.CLAIMED:
        change_status(tx, lead, Status.WORKING, LeadEvent.ANSWERED, now, actor=message.author_id, data=data)
    elif first:
        log(tx, lead.id, LeadEvent.ANSWERED, now, actor=message.author_id, data=data)
    update_lead(tx, lead.id, waiting_since=waiting_since(tx, lead.contact_id, message.at))
    refresh_cards(tx, lead.id, now)


def answer_failed(tx: Tx, message: Message, why: str, now: datetime, *, lost_channel: str | None = None) -> None:
    """`why` is the key of a text; `lost_channel` names the channel on which the person can no longer be reached."""
    mark_failed(tx, message.id, why)
    if message.lead_id is not None:
        log(tx, message.lead_id, LeadEvent.MESSAGE_FAILED, now, actor=message.author_id, data={"why": why})
        if lost_channel is not None:
            channel, _, external_id = lost_channel.partition(":")
            set_reachable(tx, channel, external_id, reachable=False)
        refresh_cards(tx, message.lead_id, now)
    say(
        tx,
        _chat_id(message),
        "not_delivered",
        now,
        thread_id=message.thread_id,
        reply_to=int(message.external_id),
        why=why,
    )


def _chat_id(message: Message) -> int:
    return int(message.chat.rpartition(":")[2])
