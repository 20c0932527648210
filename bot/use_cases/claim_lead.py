"""The first tap takes the lead; everybody else is told who was faster."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.leads import OPEN, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.leads import Lead, change_status, get_lead
from bot.storage.places import Desk, desk_of_contact, get_desk, put_desk
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_team_chats, get_teammate
from bot.use_cases.hand_off_lead import offer_again
from bot.use_cases.promises import conversation_of, open_desk, refresh_cards
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
    lead = get_lead(tx, lead_id)
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
            "seconds": (now - shown).total_seconds() if shown else None,
        },
        owner_id=mate.id,
        claimed_at=now,
    )
    if not claimed:
        return _too_late(tx, lead_id, mate, now)
    open_conversation(tx, lead, mate, policy.conversations, now)
    refresh_cards(tx, lead_id, now)
    return Claimed(lead_id, mate.opened_at is not None or policy.conversations == "topics")


def release_lead(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """The owner, or a manager, gives the lead back to the sales chat."""
    lead = get_lead(tx, lead_id)
    if lead is None:
        return Gone()
    mate = owner_or_manager(tx, lead, person, policy, now)
    if not isinstance(mate, Teammate):
        return mate
    if lead.status not in (Status.CLAIMED, Status.WORKING):
        return TooLate(lead.status)
    return None if offer_again(tx, lead, LeadEvent.RELEASED, now, actor=mate.id) else TooLate(lead.status)


def owner_or_manager(
    tx: Tx, lead: Lead, person: Person, policy: Policy, now: datetime
) -> Teammate | NotYours | NotAllowed:
    """The acting teammate, when the lead is his or he is a manager; being the owner takes being in the team still."""
    manager = teammate_with(tx, person, "managers", policy, now)
    if manager is not None:
        return manager
    role = "marketing" if lead.status is Status.NURTURING else "sales"
    mate = teammate_with(tx, person, role, policy, now)
    if mate is None:
        return NotAllowed(role)
    if lead.owner_id != mate.id:
        return NotYours(owner_name(tx, lead))
    return mate


def owner_name(tx: Tx, lead: Lead) -> str | None:
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    return owner.name if owner else None


def open_conversation(tx: Tx, lead: Lead, mate: Teammate, mode: str, now: datetime) -> None:
    """At the owner's desk: his private chat, or a topic of the team's forum. A customer who returns keeps his topic."""
    chat_id = mate.telegram_id
    if mode == "topics":
        chat_id = get_team_chats(tx).sales or chat_id
    earlier = desk_of_contact(tx, lead.contact_id, mate.id, chat_id)
    desk = Desk(lead.id, mate.id, chat_id, earlier.thread_id if earlier else None)
    put_desk(tx, desk)
    open_desk(tx, desk, conversation_of(tx, lead.contact_id), now)


def _too_late(tx: Tx, lead_id: int, mate: Teammate, now: datetime) -> AlreadyClaimed | Refusal:
    lead = get_lead(tx, lead_id)
    if lead is None:
        return Gone()
    if lead.owner_id is None or lead.status not in OPEN or get_desk(tx, lead_id) is None:
        return TooLate(lead.status)
    since = lead.claimed_at or now
    return AlreadyClaimed(owner_name(tx, lead) or "", (now - since).total_seconds(), lead.owner_id == mate.id)
