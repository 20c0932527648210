"""A customer wrote: contact, message, touch, score, and a human in front of whom it stands."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.contacts import find_email, find_phone
from bot.domain.leads import OWNED_BY_SALES, LeadEvent, Status
from bot.domain.messages import Direction, InboundMessage, MessageKind, Touch
from bot.domain.policy import LATE_WORD, Policy
from bot.domain.scoring import Band, handoff
from bot.storage.desks import get_desk
from bot.storage.leads import (
    Lead,
    add_lead,
    get_lead,
    last_closed_lead_of,
    last_closing_of,
    log,
    open_lead_of,
    update_lead,
)
from bot.storage.messages import Message, add_message, last_word_at, message_at, set_lead_of
from bot.storage.people import (
    Person,
    add_touch,
    find_or_add_person,
    learn_contact,
    touches_since,
)
from bot.storage.store.base import Tx
from bot.storage.team import get_team_chats
from bot.storage.visits import keep_trail
from bot.use_cases.acknowledge import acknowledge
from bot.use_cases.follow_pass import follow_pass
from bot.use_cases.hand_off_lead import hand_off
from bot.use_cases.keep_consent import keep_consent
from bot.use_cases.make_link import follow_link
from bot.use_cases.pass_on_late_word import pass_on_late_word
from bot.use_cases.promised_times import expect_claim
from bot.use_cases.promised_words import relay_to_owner
from bot.use_cases.promises import refresh_cards, repost_card, show_card
from bot.use_cases.put_off import message_came
from bot.use_cases.score_lead import rescore, what_changed


@dataclass(frozen=True, slots=True)
class Received:
    message_id: int
    lead_id: int | None


@dataclass(frozen=True, slots=True)
class AlreadyReceived:
    """This very message is stored; nothing was done."""


def receive_message(tx: Tx, inbound: InboundMessage, policy: Policy, now: datetime) -> Received | AlreadyReceived:
    inbound = follow_pass(tx, inbound, now)
    person = find_or_add_person(tx, inbound.sender, inbound.channel, inbound.chat, now, one_way=inbound.one_way)
    lead = open_lead_of(tx, person.contact_id, lock=True)
    message = store_message(tx, inbound, person, lead)
    if message is None:
        return AlreadyReceived()
    inbound = follow_link(tx, inbound)
    keep_consent(tx, inbound, person, policy, now)
    learnt = _learn(tx, inbound, person, policy)
    touch_id = remember_touch(tx, inbound, person)
    if lead is None and inbound.kind is MessageKind.START and not _is_marked(inbound):
        # Somebody opened the bot and said nothing: a sales opportunity begins with a word, or with a marked link.
        acknowledge(tx, inbound, person, None, policy, now)
        return Received(message.id, None)
    if lead is None:
        closed = last_closed_lead_of(tx, person.contact_id, now - LATE_WORD)
        if closed is not None and pass_on_late_word(tx, closed, message, policy, now):
            if inbound.kind is MessageKind.START:
                acknowledge(tx, inbound, person, None, policy, now)
            return Received(message.id, None)
        lead = open_new_lead(tx, person.contact_id, inbound.channel, now)
    elif touch_id is not None:
        update_lead(tx, lead.id, last_touch_id=touch_id)
    was_waiting = lead.waiting_since is not None
    lead, post = _attach(tx, lead, message), None
    if message.kind is not MessageKind.START:
        lead, post = message_came(tx, lead, policy, now)
    if lead.status in OWNED_BY_SALES:
        # The score did its work when the lead was handed over; now only the words matter, and every call counts.
        if post is not None and post.desk is not None:
            relay_to_owner(tx, post.desk, message, now)
        if learnt or touch_id is not None or inbound.sender.phone is not None:
            refresh_cards(tx, lead.id, now)
    else:
        lead = score_and_hand_off(tx, lead, policy, now, since=message.at)
        _put_before_a_human(tx, lead, message, was_waiting, policy, now)
    acknowledge(tx, inbound, person, lead, policy, now)
    return Received(message.id, lead.id)


def open_new_lead(tx: Tx, contact_id: int, channel: str, now: datetime) -> Lead:
    """Its touches are those since the contact's last lead was closed: what brought him this time."""
    first, last = touches_since(tx, contact_id, last_closing_of(tx, contact_id))
    lead_id = add_lead(
        tx, contact_id, channel, first.id if first else None, last.id if last else None, Band.INFORMATION, now
    )
    data = {
        "channel": channel,
        "source": first.source if first else None,
        "campaign": first.campaign if first else None,
    }
    log(tx, lead_id, LeadEvent.CREATED, now, after=Status.NURTURING, data=data)
    return _must(get_lead(tx, lead_id))


def store_message(tx: Tx, inbound: InboundMessage, person: Person, lead: Lead | None = None) -> Message | None:
    """None when it is stored already."""
    quoted = message_at(tx, inbound.chat, inbound.reply_to) if inbound.reply_to else None
    earlier = last_word_at(tx, person.conversation_id) if inbound.dated_by_us else None
    return add_message(
        tx,
        conversation_id=person.conversation_id,
        lead_id=lead.id if lead is not None else None,
        direction=Direction.INBOUND,
        kind=inbound.kind,
        text=inbound.text,
        chat=inbound.chat,
        external_id=inbound.external_id,
        at=max(inbound.at, earlier or inbound.at),
        file=inbound.file,
        album_id=inbound.album_id,
        reply_to_id=quoted.id if quoted else None,
        thread_id=inbound.thread_id,
    )


def _learn(tx: Tx, inbound: InboundMessage, person: Person, policy: Policy) -> bool:
    """How to reach him, by his own words: a card that he shares can be anybody's."""
    if inbound.kind is MessageKind.CONTACT:
        return False
    return learn_contact(tx, person.contact_id, find_phone(inbound.text, policy.region), find_email(inbound.text))


def remember_touch(tx: Tx, inbound: InboundMessage, person: Person) -> int | None:
    """Each marked contact is a touch, and so is the very first one, and each visit that a browser tells of."""
    trail = inbound.trail
    visit_id = keep_trail(tx, person.contact_id, inbound.channel, trail) if trail is not None else None
    if not _is_marked(inbound) and (not person.is_new or visit_id is not None):
        return visit_id
    return add_touch(
        tx, person.contact_id, touch_kind(inbound.kind), inbound.channel, inbound.touch or Touch(), inbound.at
    )


def touch_kind(kind: MessageKind) -> str:
    """What a message is as a touch and for the score: somebody came, filled in a form, or wrote."""
    return str(kind) if kind in (MessageKind.START, MessageKind.FORM) else "message"


def _is_marked(inbound: InboundMessage) -> bool:
    return inbound.touch is not None and not inbound.touch.is_empty()


def _attach(tx: Tx, lead: Lead, message: Message) -> Lead:
    """The message belongs to the lead, and the customer waits from the oldest unanswered one on."""
    if message.lead_id != lead.id:
        set_lead_of(tx, message.id, lead.id)
    if message.kind is MessageKind.START:
        return lead
    first = min(lead.first_inbound_at or message.at, message.at)
    waiting = min(lead.waiting_since or message.at, message.at)
    if (first, waiting) == (lead.first_inbound_at, lead.waiting_since):
        return lead
    update_lead(tx, lead.id, first_inbound_at=first, waiting_since=waiting)
    return replace(lead, first_inbound_at=first, waiting_since=waiting)


def score_and_hand_off(tx: Tx, lead: Lead, policy: Policy, now: datetime, since: datetime | None = None) -> Lead:
    """The score anew; a lead that marketing warms up and nobody answers goes to sales when it is enough.

    `since` is when that came which is scored now: what it brought says why the lead comes to sales today.
    """
    before = lead.band
    fresh = rescore(tx, lead, policy.rules, now)
    if fresh.band != before:
        log(tx, lead.id, LeadEvent.SCORED, now, data={"score": fresh.total, "band": fresh.band, "before": before})
    scored = _must(get_lead(tx, lead.id))
    if scored.status is Status.NURTURING and scored.owner_id is None and handoff(fresh, policy.rules):
        hand_off(tx, scored, policy, now, changed=what_changed(lead, fresh, since or now))
        return _must(get_lead(tx, lead.id))
    return scored


def _put_before_a_human(tx: Tx, lead: Lead, message: Message, was_waiting: bool, policy: Policy, now: datetime) -> None:
    """No inbound message is ever left without a human to answer it."""
    desk = get_desk(tx, lead.id)
    if message.kind is MessageKind.START:
        pass
    elif lead.owner_id is not None and desk is not None:
        relay_to_owner(tx, desk, message, now)
    elif lead.status is Status.NURTURING:
        chats = get_team_chats(tx)
        if chats.marketing in (None, chats.sales):
            hand_off(tx, lead, policy, now, why="no marketing chat")
        elif was_waiting:
            show_card(tx, lead.id, "marketing", now)
        else:
            expect_claim(tx, lead.id, policy, now)
            repost_card(tx, lead.id, "marketing", now)  # an edit of last month's card would call nobody
    refresh_cards(tx, lead.id, now)


def _must(lead: Lead | None) -> Lead:
    assert lead is not None
    return lead
