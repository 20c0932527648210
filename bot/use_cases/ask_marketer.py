"""What marketing is asked about a lead: a choice on its card, or words in reply."""

from datetime import datetime

from bot.domain.leads import FeedbackState, Status
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.desks import get_desk
from bot.storage.feedback import Feedback, last_feedback
from bot.storage.leads import Lead, lock_lead
from bot.storage.prompts import FEEDBACK_CHOICES, add_prompt, asked_of_marketing, close_prompt
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, get_team_chats, get_teammate
from bot.use_cases.promised_notices import ask
from bot.use_cases.promises import refresh_cards, remove_message
from bot.use_cases.team import Gone, NotAllowed, NotYours, Person, Refusal, TooLate, teammate_with


def marketer_on(
    tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime
) -> tuple[Lead, Feedback, Teammate] | Refusal:
    """A rejected lead, locked, with its newest feedback; and the marketer who decides about it."""
    mate = teammate_with(tx, person, "marketing", policy, now)
    if mate is None:
        return NotAllowed("marketing")
    lead, case = lock_lead(tx, lead_id), last_feedback(tx, lead_id)
    return (lead, case, mate) if lead is not None and case is not None else Gone()


def is_too_late(tx: Tx, lead: Lead, case: Feedback, mate: Teammate) -> Refusal | None:
    """Nothing is to be chosen any more: it was settled, or a colleague answers the customer."""
    if case.state is FeedbackState.OPEN:
        return None
    if lead.status is not Status.NURTURING:
        return TooLate(case.state)
    if lead.owner_id in (None, mate.id):
        return None
    owner = get_teammate(tx, lead.owner_id) if lead.owner_id is not None else None
    return NotYours(owner.name if owner else None)


def offer_choice(tx: Tx, lead_id: int, kind: str, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """The card asks `warm`, `dispute` or `duplicate` by its buttons, and for a dispute also for a word why."""
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    lead, case, mate = found
    if late := is_too_late(tx, lead, case, mate):
        return late
    if kind != "warm" and case.state is not FeedbackState.OPEN:
        return TooLate(case.state)
    withdraw_questions(tx, lead_id, now)
    add_prompt(tx, mate.id, kind, *where_to_ask(tx, lead, mate), now, now + PROMPT_LIFE, lead_id=lead_id)
    if kind == "dispute":
        ask_words(tx, lead, mate, "dispute_comment", now)
    refresh_cards(tx, lead_id, now)
    return None


def withdraw_choice_of_marketing(tx: Tx, lead_id: int, person: Person, policy: Policy, now: datetime) -> Refusal | None:
    """*Back*: the card shows its usual buttons again."""
    found = marketer_on(tx, lead_id, person, policy, now)
    if not isinstance(found, tuple):
        return found
    withdraw_questions(tx, lead_id, now)
    refresh_cards(tx, lead_id, now)
    return None


def ask_words(tx: Tx, lead: Lead, mate: Teammate, kind: str, now: datetime, text: str | None = None) -> None:
    """Beside the card, so that everybody sees who is about to say what; the text is `ask.<kind>` unless said."""
    chat_id, thread_id = where_to_ask(tx, lead, mate)
    data = {"text": text or f"ask.{kind}", "by": mate.name}
    prompt_id = add_prompt(tx, mate.id, kind, chat_id, thread_id, now, now + PROMPT_LIFE, lead_id=lead.id, data=data)
    ask(tx, prompt_id, chat_id, now)


def withdraw_questions(tx: Tx, lead_id: int, now: datetime) -> None:
    """Nothing is asked about the lead any more; questions that stand in a chat of the team are taken away."""
    for prompt in asked_of_marketing(tx, lead_id):
        close_prompt(tx, prompt.id)
        if prompt.message_id is not None and prompt.kind not in FEEDBACK_CHOICES:
            remove_message(tx, prompt.chat_id, prompt.message_id, now)


def where_to_ask(tx: Tx, lead: Lead, mate: Teammate) -> tuple[int, int | None]:
    """At the marketer's own desk when he answers the customer, else in marketing's chat."""
    desk = get_desk(tx, lead.id)
    if desk is not None and lead.status is Status.NURTURING and lead.owner_id == mate.id == desk.teammate_id:
        return desk.chat_id, desk.thread_id
    return get_team_chats(tx).marketing or mate.telegram_id, None
