"""A customer wrote: contact, message, touch, score, and a human in front of whom it stands."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.contacts import find_email, find_phone
from bot.domain.leads import LeadEvent, RejectReason, Status
from bot.domain.messages import Direction, InboundMessage, MessageKind, Touch
from bot.domain.policy import LATE_WORD, QUIET_BEFORE_GREETING, Policy
from bot.domain.scoring import Band, handoff
from bot.storage.leads import Lead, add_lead, get_lead, last_closed_lead_of, log, open_lead_of, update_lead
from bot.storage.messages import Message, add_message, get_message, message_at, set_lead_of
from bot.storage.people import Person, add_touch, claim_greeting, find_or_add_person, learn_contact
from bot.storage.places import Desk, get_desk
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats
from bot.use_cases.hand_off_lead import hand_off
from bot.use_cases.promises import greet, refresh_cards, relay_to_owner, say, show_card
from bot.use_cases.score_lead import rescore


@dataclass(frozen=True, slots=True)
class Received:
    message_id: int
    lead_id: int | None


@dataclass(frozen=True, slots=True)
class AlreadyReceived:
    """This very message is stored; nothing was done."""


def receive_message(tx: Tx, inbound: InboundMessage, policy: Policy, now: datetime) -> Received | AlreadyReceived:
    person = find_or_add_person(tx, inbound.sender, inbound.channel, inbound.chat, now)
    message = _store(tx, inbound, person)
    if message is None:
        return AlreadyReceived()
    learn_contact(tx, person.contact_id, find_phone(inbound.text, policy.region), find_email(inbound.text))
    touch_id = _remember_touch(tx, inbound, person)
    lead = open_lead_of(tx, person.contact_id)
    if lead is None and (closed := last_closed_lead_of(tx, person.contact_id, now - LATE_WORD)) is not None:
        _pass_on_late_word(tx, closed, message, now)
        return Received(message.id, None)
    if lead is None:
        lead = open_new_lead(tx, person.contact_id, inbound.channel, touch_id, now)
    elif touch_id is not None:
        update_lead(tx, lead.id, last_touch_id=touch_id)
    _attach(tx, lead, message)
    lead = _score(tx, lead, policy, now)
    _put_before_a_human(tx, lead, message, policy, now)
    _acknowledge(tx, inbound, person, lead, now)
    return Received(message.id, lead.id)


def open_new_lead(tx: Tx, contact_id: int, channel: str, touch_id: int | None, now: datetime) -> Lead:
    lead_id = add_lead(tx, contact_id, channel, touch_id, Band.INFORMATION, now)
    log(tx, lead_id, LeadEvent.CREATED, now, after=Status.NURTURING, data={"channel": channel})
    return _must(get_lead(tx, lead_id))


def _store(tx: Tx, inbound: InboundMessage, person: Person) -> Message | None:
    quoted = message_at(tx, inbound.chat, inbound.reply_to) if inbound.reply_to else None
    message_id = add_message(
        tx,
        conversation_id=person.conversation_id,
        lead_id=None,
        direction=Direction.INBOUND,
        kind=inbound.kind,
        text=inbound.text,
        chat=inbound.chat,
        external_id=inbound.external_id,
        at=inbound.at,
        file=inbound.file,
        album_id=inbound.album_id,
        reply_to_id=quoted.id if quoted else None,
        thread_id=inbound.thread_id,
    )
    return get_message(tx, message_id) if message_id is not None else None


def _remember_touch(tx: Tx, inbound: InboundMessage, person: Person) -> int | None:
    """Each marked contact is a touch, and so is the very first one, marked or not."""
    marked = inbound.touch is not None and not inbound.touch.is_empty()
    if not marked and not person.is_new:
        return None
    kind = "start" if inbound.kind is MessageKind.START else "message"
    return add_touch(tx, person.contact_id, kind, inbound.channel, inbound.touch or Touch(), inbound.at)


def _attach(tx: Tx, lead: Lead, message: Message) -> None:
    """The message belongs to the lead, and the customer waits from the oldest unanswered one on."""
    set_lead_of(tx, message.id, lead.id)
    if message.kind is MessageKind.START:
        return
    update_lead(
        tx,
        lead.id,
        first_inbound_at=min(lead.first_inbound_at or message.at, message.at),
        waiting_since=min(lead.waiting_since or message.at, message.at),
    )


def _score(tx: Tx, lead: Lead, policy: Policy, now: datetime) -> Lead:
    before = lead.band
    fresh = rescore(tx, lead, policy.rules, now)
    if fresh.band != before:
        log(tx, lead.id, LeadEvent.SCORED, now, data={"score": fresh.total, "band": fresh.band, "before": before})
    scored = _must(get_lead(tx, lead.id))
    if scored.status is Status.NURTURING and scored.owner_id is None and handoff(fresh, policy.rules):
        hand_off(tx, scored, policy, now)
        return _must(get_lead(tx, lead.id))
    return scored


def _put_before_a_human(tx: Tx, lead: Lead, message: Message, policy: Policy, now: datetime) -> None:
    """No inbound message is ever left without a human to answer it."""
    if message.kind is MessageKind.START:
        refresh_cards(tx, lead.id, now)
        return
    desk = get_desk(tx, lead.id)
    if lead.owner_id is not None and desk is not None:
        relay_to_owner(tx, desk, message, now)
    elif lead.status is Status.NURTURING:
        chats = get_team_chats(tx)
        if chats.marketing in (None, chats.sales):
            hand_off(tx, lead, policy, now, why="no marketing chat")
        else:
            show_card(tx, lead.id, "marketing", now)
    refresh_cards(tx, lead.id, now)


def _pass_on_late_word(tx: Tx, closed: Lead, message: Message, now: datetime) -> None:
    """ "Thank you!" is no new lead: it reaches the former owner, who can make it one. Spam reaches nobody."""
    if closed.reject_reason == RejectReason.SPAM or message.kind is MessageKind.START:
        return
    desk: Desk | None = get_desk(tx, closed.id)
    if desk is None:
        return
    set_lead_of(tx, message.id, closed.id)
    relay_to_owner(tx, desk, message, now)
    say(
        tx,
        desk.chat_id,
        "late_word",
        now,
        thread_id=desk.thread_id,
        buttons=[[["button.new_request", f"new:{closed.id}"]]],
        lead=closed.id,
    )


def _acknowledge(tx: Tx, inbound: InboundMessage, person: Person, lead: Lead, now: datetime) -> None:
    """One automatic word, never repeated in a live talk."""
    if lead.status is Status.WORKING:
        return
    if inbound.kind is MessageKind.START:
        if person.is_new:
            greet(tx, person.conversation_id, inbound.channel, inbound.sender.external_id, "greet.welcome", now)
    elif claim_greeting(tx, person.conversation_id, now - QUIET_BEFORE_GREETING, now):
        greet(tx, person.conversation_id, inbound.channel, inbound.sender.external_id, "greet.received", now)


def _must(lead: Lead | None) -> Lead:
    assert lead is not None
    return lead
