"""Sales gives a lead back with a reason, and marketing gets it as feedback."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.leads import OWNED_BY_SALES, FeedbackState, LeadEvent, RejectReason, Status
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.feedback import last_feedback
from bot.storage.leads import Lead, change_status
from bot.storage.prompts import Prompt, add_prompt, close_prompt, close_questions
from bot.storage.store.base import Tx
from bot.storage.tables import feedback
from bot.storage.team import Teammate
from bot.storage.undo import keep_undo
from bot.use_cases.claim_lead import acting_on
from bot.use_cases.close_lead import ask_on_card
from bot.use_cases.join_feedback import show_feedback
from bot.use_cases.promised_notices import ask
from bot.use_cases.promises import refresh_cards
from bot.use_cases.seat import Asked, seat_of
from bot.use_cases.team import Person, Refusal, TooLate

LONGEST_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class Rejected:
    lead_id: int
    as_spam: bool = False


def ask_reject_reason(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    return ask_on_card(tx, lead_id, "reject", person, policy, now)


def reject_lead(
    tx: Tx, lead_id: int, reason: RejectReason, person: Person, policy: Policy, now: datetime
) -> Rejected | Asked | Refusal:
    """*Other* needs a note and is asked for it first; every other reason rejects at the tap."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if reason is RejectReason.OTHER and lead.status is not Status.NURTURING:
        return _ask_note(tx, lead, mate, now)
    return _reject(tx, lead, reason, None, mate, policy, now)


def answer_reject_note(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The reply to the question why; what says nothing is asked for again."""
    close_prompt(tx, prompt.id)
    acting = acting_on(tx, prompt.lead_id, person, policy, now) if prompt.lead_id is not None else None
    if not isinstance(acting, tuple):
        return
    lead, mate = acting
    if note := text.strip():
        _reject(tx, lead, RejectReason.OTHER, note[:LONGEST_NOTE], mate, policy, now)
    else:
        _ask_note(tx, lead, mate, now)


def _ask_note(tx: Tx, lead: Lead, mate: Teammate, now: datetime) -> Asked | Refusal:
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    chat_id, thread_id = seat_of(tx, lead.id, mate)
    prompt_id = add_prompt(
        tx,
        mate.id,
        "reject_note",
        chat_id,
        thread_id,
        now,
        now + PROMPT_LIFE,
        lead_id=lead.id,
        data={"text": "ask.reject_note"},
    )
    ask(tx, prompt_id, chat_id, now)
    return Asked("tap.asked")


def _reject(
    tx: Tx, lead: Lead, reason: RejectReason, note: str | None, mate: Teammate, policy: Policy, now: datetime
) -> Rejected | Refusal:
    by_marketing = lead.status is Status.NURTURING
    rejected = change_status(
        tx,
        lead,
        Status.REJECTED,
        LeadEvent.REJECTED,
        now,
        actor=mate.id,
        data={"reason": reason, "note": note},
        closed_at=now,
        waiting_since=None,
        reject_reason=reason,
        verdict_note=note,
    )
    if not rejected:
        return TooLate(lead.status)
    keep_undo(tx, lead, LeadEvent.REJECTED, mate.id, now)
    close_questions(tx, lead.id)
    if not by_marketing:
        _give_feedback(tx, lead, reason, note, mate, policy, now)
    refresh_cards(tx, lead.id, now)
    return Rejected(lead.id, as_spam=reason is RejectReason.SPAM)


def _give_feedback(
    tx: Tx, lead: Lead, reason: RejectReason, note: str | None, mate: Teammate, policy: Policy, now: datetime
) -> None:
    tx.execute(
        feedback.insert().values(
            lead_id=lead.id,
            state=FeedbackState.OPEN,
            reason=reason,
            note=note,
            rejected_by=mate.id,
            created_at=now,
        )
    )
    case = last_feedback(tx, lead.id)
    assert case is not None
    show_feedback(tx, case, policy, now)
