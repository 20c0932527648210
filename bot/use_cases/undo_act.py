"""A mis-tap is taken back: the lead stands as before, and the numbers forget what was undone."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.leads import CLOSED, OWNED_BY_SALES, DeadlineKind, FeedbackState, LeadEvent, RejectReason, Status
from bot.domain.policy import Policy
from bot.storage.deadlines import Deadline, clear_deadlines, set_deadline
from bot.storage.desks import get_desk
from bot.storage.feedback import feedback_on_card, last_feedback, unsettle, withdraw_case
from bot.storage.leads import Lead, change_status, get_lead, lock_lead, log, open_lead_of
from bot.storage.messages import waiting_since
from bot.storage.outbox import drop_lane
from bot.storage.prompts import close_questions
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_teammate, lock_teammate, roles_of
from bot.storage.undo import Undo, get_undo
from bot.use_cases.ask_marketer import withdraw_questions
from bot.use_cases.claim_lead import open_conversation, tell_former_owner
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.join_feedback import refresh_feedback
from bot.use_cases.promises import desk_lane, joined_place, refresh_card, refresh_cards, show_card, take_away_card
from bot.use_cases.rate import ask_for_rating
from bot.use_cases.take_back import expect_somebody
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal, teammate_with


@dataclass(frozen=True, slots=True)
class Undone:
    what: str


@dataclass(frozen=True, slots=True)
class CannotUndo:
    """Its time has passed, or somebody has acted since."""


@dataclass(frozen=True, slots=True)
class OtherOpen:
    """The customer has another open lead by now."""

    lead_id: int


def undo_act(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> Undone | CannotUndo | OtherOpen | Refusal:
    """By who did it, or a manager."""
    manager = teammate_with(tx, person, "managers", policy, now)
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return Gone()
    undo = get_undo(tx, lead_id, now)
    if undo is None:
        return CannotUndo()
    role = "marketing" if undo.what == "agreed" or undo.status is Status.NURTURING else "sales"
    mate = manager or teammate_with(tx, person, role, policy, now)
    if mate is None:
        return NotAllowed(role)
    if manager is None and undo.by != mate.id:
        done_by = get_teammate(tx, undo.by)
        return NotYours(done_by.name if done_by else None)
    if undo.what == "agreed":
        return _disagree(tx, lead, undo, mate, now)
    if lead.status in CLOSED and (other := open_lead_of(tx, lead.contact_id, lock=True)) is not None:
        return OtherOpen(other.id)
    owner = _owner_before(tx, undo, policy)
    if owner is None and undo.values["owner_id"] is not None:
        return CannotUndo()
    _put_back(tx, lead, undo, owner, mate, policy, now)
    return Undone(undo.what)


def end_undo(tx: Tx, lead: Lead, _deadline: Deadline, _policy: Policy, now: datetime) -> None:
    """The time is up: the button goes, and of what is decided the customer may say how it was."""
    refresh_cards(tx, lead.id, now)
    ask_for_rating(tx, lead, now)


def withdraw_feedback(tx: Tx, lead: Lead, now: datetime) -> None:
    """A rejection that is taken back leaves nothing to settle; what is settled already stays on record."""
    case = last_feedback(tx, lead.id)
    group = feedback_on_card(tx, case.joined_id or case.id) if case is not None else []
    if case is None or not withdraw_case(tx, case):
        return
    withdraw_questions(tx, lead.id, now)
    for place in ("feedback", "dispute", joined_place(case.id)):
        take_away_card(tx, lead.id, place, now)
    others = [one for one in group if one.id != case.id]
    if case.joined_id is not None:
        refresh_card(tx, others[0].lead_id, joined_place(case.joined_id), now)
        return
    for one in others:  # they stood on its card
        if one.state is FeedbackState.OPEN:
            show_card(tx, one.lead_id, "feedback", now)


def take_amount_back(tx: Tx, lead: Lead, actor: int, now: datetime) -> None:
    """The sale is none: what it brought is booked back now, and days that were reported stay as they were."""
    if lead.amount:
        data = {"amount": 0, "previous": lead.amount, "currency": lead.currency, "product": None}
        log(tx, lead.id, LeadEvent.AMOUNT_SET, now, actor=actor, data=data)


def _disagree(tx: Tx, lead: Lead, undo: Undo, mate: Teammate, now: datetime) -> Undone | CannotUndo:
    case = last_feedback(tx, lead.id)
    if case is None or not unsettle(tx, case, FeedbackState.AGREED):
        return CannotUndo()
    log(tx, lead.id, LeadEvent.UNDONE, now, actor=mate.id, data={"what": undo.what})
    clear_deadlines(tx, lead.id, DeadlineKind.UNDO)
    refresh_feedback(tx, case, now)
    return Undone(undo.what)


def _owner_before(tx: Tx, undo: Undo, policy: Policy) -> Teammate | None:
    """Who had it, when he is still there to have it."""
    owner = get_teammate(tx, undo.values["owner_id"]) if undo.values["owner_id"] is not None else None
    if owner is None:
        return None
    lock_teammate(tx, owner.telegram_id)
    role = "marketing" if undo.status is Status.NURTURING else "sales"
    return owner if role in roles_of(tx, owner.telegram_id, policy.admins) else None


def _put_back(
    tx: Tx, lead: Lead, undo: Undo, owner: Teammate | None, mate: Teammate, policy: Policy, now: datetime
) -> None:
    if undo.what == LeadEvent.WON:
        take_amount_back(tx, lead, mate.id, now)
    if undo.what == LeadEvent.REJECTED:
        withdraw_feedback(tx, lead, now)
    desk = get_desk(tx, lead.id)
    changes_hands = lead.owner_id != undo.values["owner_id"]
    if changes_hands:
        tell_former_owner(tx, lead, owner, mate, now)
        withdraw_answers(tx, lead, policy, now)
        if desk is not None:
            drop_lane(tx, desk_lane(desk), now)
    change_status(
        tx,
        lead,
        undo.status,
        LeadEvent.UNDONE,
        now,
        actor=mate.id,
        data={"what": undo.what},
        undoes=undo.event_id,
        waiting_since=waiting_since(tx, lead.id, lead.contact_id),
        **undo.values,
    )
    clear_deadlines(tx, lead.id, DeadlineKind.UNDO)
    close_questions(tx, lead.id)
    if (until := undo.values["snoozed_until"]) is not None and until > now:
        set_deadline(tx, lead.id, DeadlineKind.SNOOZE, until)
    refresh_cards(tx, lead.id, now)
    if owner is None:
        show_card(tx, lead.id, "marketing" if undo.status is Status.NURTURING else "sales", now)
    elif changes_hands or lead.reject_reason == RejectReason.SPAM:
        restored = get_lead(tx, lead.id)
        assert restored is not None
        mode = policy.conversations if undo.status in OWNED_BY_SALES else "private"
        open_conversation(tx, restored, owner, mode, now)
    expect_somebody(tx, lead.id, policy, now)
