"""A closed lead goes on: it was closed too early, or by mistake."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.leads import CLOSED, OPEN, OWNED_BY_SALES, LeadEvent, Status
from bot.domain.policy import Policy
from bot.storage.cards import desk_place, drop_card, get_card
from bot.storage.leads import Lead, change_status, closing_of, get_lead, log, open_lead_of, take_touches
from bot.storage.messages import waiting_since
from bot.storage.prompts import close_questions
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_teammate, lock_teammate, roles_of
from bot.use_cases.claim_lead import acting_on, open_conversation
from bot.use_cases.hand_off_lead import offer_again
from bot.use_cases.promises import refresh_cards, remove_message, repost_card
from bot.use_cases.settle_feedback import choose_owner
from bot.use_cases.take_back import expect_somebody
from bot.use_cases.team import Person, Refusal, TooLate
from bot.use_cases.undo_act import OtherOpen, take_amount_back, withdraw_feedback


@dataclass(frozen=True, slots=True)
class Reopened:
    lead_id: int


def reopen_lead(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Reopened | OtherOpen | Refusal:
    """By its last owner or a manager. A win that is reopened counts no more; its revenue is booked back today.

    Where the customer has another open lead by now, that one goes on for both.
    """
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    closing = closing_of(tx, lead) if lead.status in CLOSED else None
    if closing is None:
        return TooLate(lead.status)
    other = open_lead_of(tx, lead.contact_id, lock=True)
    if other is not None:
        _go_on_with(tx, lead, other, mate, policy, now)
        return OtherOpen(other.id)
    event_id, status = closing
    if lead.status is Status.WON:
        take_amount_back(tx, lead, mate.id, now)
    if lead.status is Status.REJECTED:
        withdraw_feedback(tx, lead, now)
    owner = _owner_who_sells(tx, lead, policy) if status in OWNED_BY_SALES else None
    change_status(
        tx,
        lead,
        status,
        LeadEvent.REOPENED,
        now,
        actor=mate.id,
        undoes=event_id,
        owner_id=owner.id if owner else lead.owner_id if status in OWNED_BY_SALES else None,
        closed_at=None,
        amount=None,
        reject_reason=None,
        loss_reason=None,
        verdict_note=None,
        waiting_since=waiting_since(tx, lead.id, lead.contact_id),
    )
    close_questions(tx, lead_id)
    _bring_back(tx, lead_id, owner, policy, now)
    return Reopened(lead_id)


def _go_on_with(tx: Tx, lead: Lead, other: Lead, mate: Teammate, policy: Policy, now: datetime) -> None:
    log(tx, lead.id, LeadEvent.REOPENED, now, actor=mate.id, data={"kept_closed": True, "continued_by": other.id})
    log(tx, other.id, LeadEvent.REOPENED, now, actor=mate.id, data={"of": lead.id})
    take_touches(tx, other.id, lead.id)
    choose_owner(tx, lead, other, mate, policy, now)
    refresh_cards(tx, other.id, now)


def _owner_who_sells(tx: Tx, lead: Lead, policy: Policy) -> Teammate | None:
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    if owner is None:
        return None
    lock_teammate(tx, owner.telegram_id)
    return owner if "sales" in roles_of(tx, owner.telegram_id, policy.admins) else None


def _bring_back(tx: Tx, lead_id: int, owner: Teammate | None, policy: Policy, now: datetime) -> None:
    """In front of its owner anew: its old card is far up. Of whom there is none any more, in front of everybody."""
    lead = get_lead(tx, lead_id)
    assert lead is not None and lead.status in OPEN
    if lead.status is Status.NURTURING:
        repost_card(tx, lead_id, "marketing", now)
    elif owner is None:
        offer_again(tx, lead, LeadEvent.TAKEN_BACK, policy, now)
    else:
        place = desk_place(owner.id)
        if (card := get_card(tx, lead_id, place)) is not None:
            remove_message(tx, card.chat_id, card.message_id, now)
            drop_card(tx, lead_id, place)
        open_conversation(tx, lead, owner, policy.conversations, now)
    expect_somebody(tx, lead_id, policy, now)
    refresh_cards(tx, lead_id, now)
