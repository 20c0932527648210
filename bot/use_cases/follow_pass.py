"""A visitor of the site goes on in a messenger: a one-time link proves that both are one person."""

import secrets
from dataclasses import replace
from datetime import datetime

from bot.domain.leads import LeadEvent
from bot.domain.messages import InboundMessage, Trail
from bot.storage.leads import Lead, get_lead, last_closing_of, log, open_lead_of, update_lead
from bot.storage.merges import merge_contacts
from bot.storage.passes import Pass, add_pass, use_pass
from bot.storage.people import Person, close_way_back, find_or_add_person, person_at, touches_since
from bot.storage.store.base import Tx
from bot.use_cases.keep_consent import tell_owner
from bot.use_cases.promised_words import greet
from bot.use_cases.promises import refresh_cards

EVIDENCE = "signed_link"


def give_pass(tx: Tx, channel: str, visitor: str, trail: Trail, now: datetime) -> str:
    """A code for one use within half an hour, as `IS_PASS` has it; with it comes how the visitor came to the site."""
    code = f"go-{secrets.token_urlsafe(16)}"
    add_pass(tx, code, channel, visitor, trail, now)
    return code


def follow_pass(tx: Tx, inbound: InboundMessage, now: datetime) -> InboundMessage:
    """Whoever opens the link is the visitor: sources, talk and owner go with him. A spent or old one says nothing.

    `pass_code` stays where the person has been greeted by it.
    """
    if inbound.pass_code is None:
        return inbound
    unmarked = replace(inbound, pass_code=None)
    found = use_pass(tx, inbound.pass_code, f"{inbound.channel}:{inbound.sender.external_id}", now)
    if found is None:
        return unmarked
    visitor = person_at(tx, found.channel, found.visitor)
    if visitor is None:
        return replace(unmarked, trail=found.trail)
    here = find_or_add_person(tx, inbound.sender, inbound.channel, inbound.chat, now)
    joined = here.contact_id != visitor.contact_id and _join(tx, inbound, here, visitor, found, now)
    return replace(inbound if joined else unmarked, trail=found.trail)


def _join(tx: Tx, inbound: InboundMessage, here: Person, visitor: Person, found: Pass, now: datetime) -> bool:
    """False where both have an open lead: then their owners are told, and nothing is mixed."""
    theirs, ours = open_lead_of(tx, visitor.contact_id, lock=True), open_lead_of(tx, here.contact_id, lock=True)
    if theirs is not None and ours is not None:
        tell_owner(tx, theirs, "told.same_person", now, other=ours.id)
        tell_owner(tx, ours, "told.same_person", now, other=theirs.id)
        return False
    kept, other = (visitor, here) if theirs is not None or here.is_new else (here, visitor)
    merge_contacts(tx, kept.contact_id, other.contact_id, EVIDENCE, now)
    if (lead := theirs or ours) is not None:
        _tell(tx, lead, kept, inbound.channel, now)
    if not here.is_new:
        # Somebody may have sent his own link to a customer of ours: no answer to the customer ever goes to a window.
        close_way_back(tx, found.channel, found.visitor)
    farewell = "greet.both" if here.is_new else "greet.moved"
    greet(tx, visitor.conversation_id, found.channel, found.visitor, farewell, now)
    greet(tx, here.conversation_id, inbound.channel, inbound.sender.external_id, "greet.continued", now)
    return True


def _tell(tx: Tx, lead: Lead, kept: Person, channel: str, now: datetime) -> None:
    """The lead has the older touches too, and its owner reads where the talk goes on."""
    first, last = touches_since(tx, kept.contact_id, last_closing_of(tx, kept.contact_id))
    if first is not None and last is not None:
        update_lead(tx, lead.id, first_touch_id=first.id, last_touch_id=last.id)
    log(tx, lead.id, LeadEvent.JOINED, now, data={"evidence": EVIDENCE, "channel": channel})
    refresh_cards(tx, lead.id, now)
    if (moved := get_lead(tx, lead.id)) is not None:
        tell_owner(tx, moved, "told.goes_on", now, channel=f"channel.{channel}")
