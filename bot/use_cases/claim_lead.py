"""The first tap takes the lead; everybody else is told who was faster."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.leads import OPEN, OWNED_BY_SALES, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.desks import Desk, desk_of_contact, put_desk
from bot.storage.leads import Lead, change_status, last_event_at, lock_lead
from bot.storage.people import contact_name
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_team_chats, get_teammate
from bot.storage.undo import keep_undo
from bot.use_cases.be_away import come_back
from bot.use_cases.hand_off_lead import offer_again
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_times import expect_answer
from bot.use_cases.promised_words import open_desk
from bot.use_cases.promises import refresh_cards
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal, TooLate, teammate_with


@dataclass(frozen=True, slots=True)
class Claimed:
    lead_id: int
    desk_is_open: bool
    """False: the owner must open the bot first, and the conversation waits for that."""


@dataclass(frozen=True, slots=True)
class AlreadyClaimed:
    owner: str
    seconds_ago: float
    mine: bool


def claim_lead(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> Claimed | AlreadyClaimed | Refusal:
    mate = teammate_with(tx, person, "sales", policy, now)
    if mate is None:
        return NotAllowed("sales")
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    shown = lead.shown_at
    claimed = lead.owner_id is None and change_status(
        tx,
        lead,
        Status.CLAIMED,
        LeadEvent.CLAIMED,
        now,
        actor=mate.id,
        data={
            "shown_at": shown.isoformat() if shown else None,
            "seconds": max(0.0, (now - shown).total_seconds()) if shown else None,
        },
        owner_id=mate.id,
        claimed_at=now,
    )
    if not claimed:
        return _too_late(tx, lead, mate, now)
    come_back(tx, mate, now)
    expect_answer(tx, lead_id, policy, now)
    keep_undo(tx, lead, LeadEvent.CLAIMED, mate.id, now)
    open_conversation(tx, lead, mate, policy.conversations, now)
    refresh_cards(tx, lead_id, now)
    return Claimed(lead_id, mate.opened_at is not None or policy.conversations == "topics")


def release_lead(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """The owner, or a manager, gives the lead back to the sales chat."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    offer_again(tx, lead, LeadEvent.RELEASED, policy, now, actor=mate.id)
    keep_undo(tx, lead, LeadEvent.RELEASED, mate.id, now)
    tell_former_owner(tx, lead, None, mate, now)
    return None


def acting_on(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> tuple[Lead, Teammate] | Refusal:
    """The lead and the teammate, when he may decide its fate: its owner who is still in the team, or a manager.

    What marketing warms up and nobody answers yet is any marketer's.
    """
    manager = teammate_with(tx, person, "managers", policy, now)
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if manager is not None:
        return lead, manager
    nurtured = lead.status is Status.NURTURING
    role = "marketing" if nurtured else "sales"
    mate = teammate_with(tx, person, role, policy, now)
    if mate is None:
        return NotAllowed(role)
    if lead.owner_id == mate.id or (nurtured and lead.owner_id is None):
        return lead, mate
    return NotYours(owner_name(tx, lead))


def owner_name(tx: Tx, lead: Lead) -> str | None:
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    return owner.name if owner else None


def tell_former_owner(tx: Tx, lead: Lead, to: Teammate | None, by: Teammate, now: datetime) -> None:
    """Somebody else took it out of his hands: a card that changes calls nobody. `lead` is as it was before."""
    former = get_teammate(tx, lead.owner_id) if lead.owner_id not in (None, by.id) else None
    if former is None:
        return
    name = contact_name(tx, lead.contact_id)
    if to is None:
        say(tx, former.telegram_id, "told.released", now, lead=lead.id, name=name, by=by.name)
    else:
        say(tx, former.telegram_id, "told.lead_transferred", now, lead=lead.id, name=name, owner=to.name)


def open_conversation(tx: Tx, lead: Lead, mate: Teammate, mode: str, now: datetime) -> None:
    """At the owner's desk: his private chat, or a topic of the team's forum. A customer who returns keeps his topic."""
    chat_id = mate.telegram_id
    if mode == "topics":
        chat_id = get_team_chats(tx).sales or chat_id
    earlier = desk_of_contact(tx, lead.contact_id, mate.id, chat_id)
    desk = Desk(lead.id, mate.id, chat_id, earlier.thread_id if earlier else None)
    put_desk(tx, desk)
    open_desk(tx, desk, now)


def _too_late(tx: Tx, lead: Lead, mate: Teammate, now: datetime) -> AlreadyClaimed | Refusal:
    if lead.owner_id is None or lead.status not in OPEN:
        return TooLate(lead.status)
    since = lead.claimed_at or last_event_at(tx, lead.id, LeadEvent.ANSWERED_BY_MARKETING) or now
    return AlreadyClaimed(owner_name(tx, lead) or "", (now - since).total_seconds(), lead.owner_id == mate.id)
