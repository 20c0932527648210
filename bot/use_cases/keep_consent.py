"""What the customer allows: by writing after he has read the terms, in a form, by /stop, and by coming back."""

from datetime import datetime
from typing import Any

from bot.domain.leads import OPEN, LeadEvent
from bot.domain.messages import Consent, InboundMessage, MessageKind
from bot.domain.policy import Policy
from bot.storage.consents import MESSAGES, add_consent, agreed_to
from bot.storage.desks import get_desk
from bot.storage.leads import Lead, log, open_lead_of, update_lead
from bot.storage.messages import last_inbound_id, waiting_since
from bot.storage.people import Person, contact_name, find_or_add_person, set_stopped
from bot.storage.store.base import Tx
from bot.use_cases.acknowledge import forget_promise
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_times import expect_no_answer
from bot.use_cases.promised_words import greet
from bot.use_cases.promises import refresh_cards

STOP, START, WORDS = "/stop", "/start", "message"
"""By which words of his own a person withdraws or gives consent to being written to."""


def stop_messages(tx: Tx, inbound: InboundMessage, policy: Policy, now: datetime) -> None:  # noqa: ARG001
    """/stop: nothing more is written to him until he writes himself; the owner of his lead is told."""
    person = find_or_add_person(tx, inbound.sender, inbound.channel, inbound.chat, now)
    if person.stopped_at is None:
        set_stopped(tx, person.contact_id, now)
        add_consent(tx, person.contact_id, MESSAGES, now, given=False, text_version=STOP, source=inbound.channel)
        lead = open_lead_of(tx, person.contact_id, lock=True)
        if lead is not None:
            log(tx, lead.id, LeadEvent.STOPPED, now, data={"covers": last_inbound_id(tx, lead.id)})
            update_lead(tx, lead.id, waiting_since=waiting_since(tx, lead.id, lead.contact_id))
            forget_promise(tx, lead.id)
            expect_no_answer(tx, lead.id)
            refresh_cards(tx, lead.id, now)
            tell_owner(tx, lead, "told.stopped", now)
    greet(tx, person.conversation_id, inbound.channel, inbound.sender.external_id, "greet.stopped", now)


def give_help(tx: Tx, inbound: InboundMessage, policy: Policy, now: datetime) -> None:  # noqa: ARG001
    """/help: what this bot is for, and how to be left alone. It opens no lead."""
    person = find_or_add_person(tx, inbound.sender, inbound.channel, inbound.chat, now)
    text = "greet.stopped" if person.stopped_at is not None else "greet.help"
    greet(tx, person.conversation_id, inbound.channel, inbound.sender.external_id, text, now)


def keep_consent(tx: Tx, inbound: InboundMessage, person: Person, policy: Policy, now: datetime) -> None:
    """He writes: whoever had stopped may be answered again, and who was shown the terms has agreed to them."""
    for ticked in inbound.consents:
        _agree(tx, person.contact_id, ticked, now)
    if inbound.one_way:
        return  # anybody can type anybody's phone into a form
    is_start = inbound.kind is MessageKind.START
    if person.stopped_at is not None:
        set_stopped(tx, person.contact_id, None)
        words = START if is_start else WORDS
        add_consent(tx, person.contact_id, MESSAGES, now, given=True, text_version=words, source=inbound.channel)
        lead = open_lead_of(tx, person.contact_id, lock=True)
        if lead is not None:
            log(tx, lead.id, LeadEvent.RESUMED, now)
            refresh_cards(tx, lead.id, now)
            tell_owner(tx, lead, "told.resumed", now)
    shown = person.terms_shown if policy.privacy_url and not is_start else None
    if shown is not None:
        _agree(tx, person.contact_id, Consent(shown, inbound.channel), now)


def _agree(tx: Tx, contact_id: int, to: Consent, now: datetime) -> None:
    """Once to the same words."""
    if agreed_to(tx, contact_id, to.purpose) != to.text_version:
        version, source, words = to.text_version, to.source, to.words
        add_consent(tx, contact_id, to.purpose, now, given=True, text_version=version, source=source, words=words)


def tell_owner(tx: Tx, lead: Lead, text: str, now: datetime, **values: Any) -> None:
    """A notice about the customer, at the desk where his lead is worked on."""
    desk = get_desk(tx, lead.id)
    if desk is not None and desk.teammate_id == lead.owner_id and lead.status in OPEN:
        name = contact_name(tx, lead.contact_id)
        say(tx, desk.chat_id, text, now, thread_id=desk.thread_id, name=name, lead=lead.id, **values)
