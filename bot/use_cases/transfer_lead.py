"""A lead goes from one owner to another; its status stays."""

from datetime import datetime

import sqlalchemy as sa

from bot.domain.leads import OWNED_BY_SALES, DeadlineKind, LeadEvent
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.deadlines import clear_deadlines
from bot.storage.desks import get_desk
from bot.storage.leads import Lead, log, update_lead
from bot.storage.notes import add_note
from bot.storage.outbox import drop_lane
from bot.storage.prompts import Prompt, add_prompt, close_prompt, close_questions, open_prompt
from bot.storage.store.base import Tx
from bot.storage.tables import contacts
from bot.storage.team import Teammate, get_teammate, lock_teammate, roles_of
from bot.storage.undo import keep_undo
from bot.use_cases.claim_lead import acting_on, open_conversation
from bot.use_cases.close_lead import ask_on_card
from bot.use_cases.confirm_delivery import withdraw_answers
from bot.use_cases.promised_notices import ask, say, show_view
from bot.use_cases.promised_times import expect_answer, wake
from bot.use_cases.promises import desk_lane, refresh_cards
from bot.use_cases.seat import Asked, seat_of
from bot.use_cases.team import Gone, IsAway, Person, Refusal, TooLate
from bot.use_cases.team_message import NotAsked

LONGEST_NOTE = 1_000


def ask_colleague(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Asked | Refusal:
    """To whom? The owner chooses on his card, a manager under a message of his own."""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    if lead.owner_id == mate.id:
        asked = ask_on_card(tx, lead_id, "transfer", person, policy, now)
        return Asked("tap.choose_colleague") if isinstance(asked, Asked) else asked
    show_view(tx, "colleagues", mate.telegram_id, None, now, lead=lead_id)
    return Asked("tap.see_private")


def ask_transfer_note(
    tx: Tx, lead_id: int, to: int, person: Person, policy: Policy, now: datetime
) -> Asked | IsAway | Refusal:
    """The colleague is chosen; what should he know?"""
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    colleague = _who_sells(tx, to, policy)
    if colleague is None or colleague.id == lead.owner_id:
        return Gone()
    if colleague.is_away(now):
        return IsAway(colleague.name)
    close_questions(tx, lead_id)
    chat_id, thread_id = seat_of(tx, lead_id, mate)
    data = {
        "text": "ask.transfer_note",
        "to": colleague.id,
        "values": {"colleague": colleague.name},
        "buttons": [[["button.without_note", f"nonote:{lead_id}"]]],
    }
    until = now + PROMPT_LIFE
    prompt_id = add_prompt(tx, mate.id, "transfer_note", chat_id, thread_id, now, until, lead_id=lead_id, data=data)
    ask(tx, prompt_id, chat_id, now)
    refresh_cards(tx, lead_id, now)
    return Asked("tap.asked")


def transfer_without_note(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> Asked | NotAsked | IsAway | Refusal:
    acting = acting_on(tx, lead_id, person, policy, now)
    if not isinstance(acting, tuple):
        return acting
    _, mate = acting
    prompt = open_prompt(tx, mate.id, "transfer_note", lead_id, now)
    if prompt is None:
        return NotAsked()
    return _transfer_as_asked(tx, prompt, person, "", policy, now)


def answer_transfer_note(
    tx: Tx, prompt: Prompt, person: Person, _mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    _transfer_as_asked(tx, prompt, person, text.strip(), policy, now)


def transfer(
    tx: Tx, lead: Lead, to: Teammate, actor: int | None, policy: Policy, now: datetime, *, note: str = ""
) -> None:
    """`lead` is locked by this unit and owned by sales; the note is for the new owner, with the last words."""
    desk = get_desk(tx, lead.id)
    if desk is not None:
        drop_lane(tx, desk_lane(desk), now)
    close_questions(tx, lead.id)
    withdraw_answers(tx, lead, policy, now)
    update_lead(tx, lead.id, owner_id=to.id, former_owner_id=lead.owner_id, claimed_at=now)
    log(tx, lead.id, LeadEvent.TRANSFERRED, now, actor=actor, data={"from": lead.owner_id, "to": to.id})
    wake(tx, lead, "transferred", now)
    clear_deadlines(tx, lead.id, DeadlineKind.ANSWER, DeadlineKind.REOFFER)
    expect_answer(tx, lead.id, policy, now)
    if note and actor is not None:
        add_note(tx, lead.id, actor, note[:LONGEST_NOTE], now)
    open_conversation(tx, lead, to, policy.conversations, now)
    refresh_cards(tx, lead.id, now)


def _transfer_as_asked(
    tx: Tx, prompt: Prompt, person: Person, note: str, policy: Policy, now: datetime
) -> Asked | NotAsked | IsAway | Refusal:
    """Looks at everything anew: since the question, the lead may have moved and the colleague may have left."""
    close_prompt(tx, prompt.id)
    acting = acting_on(tx, prompt.lead_id, person, policy, now) if prompt.lead_id is not None else Gone()
    if not isinstance(acting, tuple):
        return acting
    lead, mate = acting
    to = _who_sells(tx, prompt.data["to"], policy)
    if lead.status not in OWNED_BY_SALES:
        return TooLate(lead.status)
    if to is None or to.id == lead.owner_id:
        return Gone()
    if to.is_away(now):
        return IsAway(to.name)
    former = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    transfer(tx, lead, to, mate.id, policy, now, note=note)
    keep_undo(tx, lead, LeadEvent.TRANSFERRED, mate.id, now)
    refresh_cards(tx, lead.id, now)
    _tell(tx, lead, to, former, mate, now)
    return Asked("tap.transferred")


def _who_sells(tx: Tx, teammate_id: int, policy: Policy) -> Teammate | None:
    """Locked, so that nobody gets a lead while he leaves."""
    found = get_teammate(tx, teammate_id)
    if found is None:
        return None
    lock_teammate(tx, found.telegram_id)
    return found if "sales" in roles_of(tx, found.telegram_id, policy.admins) else None


def _tell(tx: Tx, lead: Lead, to: Teammate, former: Teammate | None, by: Teammate, now: datetime) -> None:
    """The new owner, the former one, and the manager who did it."""
    name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == lead.contact_id)) or ""
    say(tx, to.telegram_id, "told.lead_given", now, lead=lead.id, name=name, by=by.name)
    for mate in {mate.id: mate for mate in (former, by) if mate is not None}.values():
        if mate.id != to.id:
            say(tx, mate.telegram_id, "told.lead_transferred", now, lead=lead.id, name=name, owner=to.name)
