"""What became of the owner's words: they reached the customer, or the owner is told that they did not."""

from datetime import datetime

from bot.domain.leads import OPEN, OWNED_BY_SALES, LeadEvent, Status
from bot.domain.messages import Direction, MessageStatus
from bot.domain.policy import Policy
from bot.storage.leads import Lead, change_status, lock_lead, log, open_lead_of, update_lead
from bot.storage.messages import Message, add_copy, album, mark_failed, mark_sent, pending_answers, waiting_since
from bot.storage.outbox import drop_answers
from bot.storage.people import set_reachable
from bot.storage.store.base import Tx
from bot.storage.team import get_teammate, roles_of
from bot.use_cases.acknowledge import forget_promise
from bot.use_cases.promised_notices import say, tick
from bot.use_cases.promised_times import expect_no_answer
from bot.use_cases.promises import customer_lane, refresh_cards


def answer_delivered(tx: Tx, message: Message, copies: list[tuple[str, str]], now: datetime) -> None:
    """Records the copy at the customer's, stops the clock, and ticks the owner's message."""
    for chat, external_id in copies:
        add_copy(tx, message.id, chat, external_id)
    if message.status is MessageStatus.SENT:
        return
    mark_sent(tx, message.id, now)
    tick(tx, _chat_id(message), int(message.external_id), now)
    lead = lock_lead(tx, message.lead_id) if message.lead_id is not None else None
    if lead is None:
        return
    stop_clock(tx, lead, message.author_id, message.at, now)
    talk = lead if lead.status in OPEN else open_lead_of(tx, lead.contact_id, lock=True)
    if talk is not None:  # what was said about an earlier lead was said to the same person
        still = waiting_since(tx, talk.id, talk.contact_id)
        update_lead(tx, talk.id, waiting_since=still)
        forget_promise(tx, talk.id)
        if still is None:
            expect_no_answer(tx, talk.id)
    if lead.status not in OWNED_BY_SALES:  # the cards of a lead in work say nothing of who waits
        refresh_cards(tx, lead.id, now)


def stop_clock(tx: Tx, lead: Lead, author_id: int | None, at: datetime, now: datetime) -> None:
    """The first human answer is one, also when the lead was closed or given back while it was on its way."""
    first = lead.first_answered_at is None and lead.first_inbound_at is not None
    seconds = (at - lead.first_inbound_at).total_seconds() if lead.first_inbound_at else None
    data = {"seconds": max(0.0, seconds) if seconds is not None else None, "first": first}
    forget_promise(tx, lead.id)
    if first:
        update_lead(tx, lead.id, first_answered_at=at)
    if lead.status is Status.CLAIMED and lead.owner_id == author_id:
        change_status(tx, lead, Status.WORKING, LeadEvent.ANSWERED, now, actor=author_id, data=data)
    elif first:
        log(tx, lead.id, LeadEvent.ANSWERED, now, actor=author_id, data=data)


def answer_failed(tx: Tx, message: Message, why: str, now: datetime, *, lost_channel: str | None = None) -> None:
    """`why` is the key of a text; `lost_channel` names the channel on which the person can no longer be reached.

    An album goes and fails as a whole.
    """
    _fail(tx, message, why, now)
    if lost_channel is not None:
        channel, _, external_id = lost_channel.partition(":")
        set_reachable(tx, channel, external_id, reachable=False)
    if message.lead_id is not None:
        refresh_cards(tx, message.lead_id, now)
    _tell(tx, message, why, now)


def withdraw_answers(tx: Tx, lead: Lead, policy: Policy, now: datetime) -> None:
    """The lead has changed hands: what its owner wrote and has not gone out yet says nobody, and he is told so."""
    failed: set[int] = set()
    for message in pending_answers(tx, lead.id):
        if message.id in failed:
            continue
        unsent = _fail(tx, message, "why.released", now)
        drop_answers(tx, customer_lane(message.conversation_id), unsent, now)
        failed |= unsent
        author = get_teammate(tx, message.author_id) if message.author_id is not None else None
        if author is not None and roles_of(tx, author.telegram_id, policy.admins):
            _tell(tx, message, "why.released", now)


def _fail(tx: Tx, message: Message, why: str, now: datetime) -> set[int]:
    parts = [message]
    if message.album_id is not None:
        parts = album(tx, message.conversation_id, message.album_id, Direction.OUTBOUND)
    unsent = {part.id for part in parts if part.status is not MessageStatus.SENT}
    for number in unsent:
        mark_failed(tx, number, why)
    if message.lead_id is not None:
        log(tx, message.lead_id, LeadEvent.MESSAGE_FAILED, now, actor=message.author_id, data={"why": why})
    return unsent


def _tell(tx: Tx, message: Message, why: str, now: datetime) -> None:
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
