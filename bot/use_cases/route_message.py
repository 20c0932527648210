"""To whom? Where it is not plain for whom a teammate's words are, the bot asks, and a tap decides."""

from datetime import datetime

from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import Lead, get_lead
from bot.storage.prompts import (
    Prompt,
    add_prompt,
    close_prompt,
    get_prompt,
    open_routes,
    question_here,
    set_prompt_data,
)
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, find_or_add_teammate, roles_of
from bot.use_cases.answer_customer import answer_customer
from bot.use_cases.answer_prompt import answer_prompt
from bot.use_cases.frozen import freeze, thaw
from bot.use_cases.keep_note import is_note, keep_note
from bot.use_cases.promised_notices import ask
from bot.use_cases.team import NotAllowed, Person
from bot.use_cases.team_message import AskedWhere, NobodyToTell, NotAsked, Taken, TeamMessage

MOST_CHOICES = 8


def ask_where(
    tx: Tx, message: TeamMessage, mate: Teammate, addressed: list[Lead], question: Prompt | None, now: datetime
) -> Taken:
    """The parts of an album are asked about once."""
    frozen = freeze(message)
    for prompt in open_routes(tx, mate.id, message.chat_id, now) if message.album_id is not None else ():
        if prompt.data["message"]["album_id"] == message.album_id:
            set_prompt_data(tx, prompt.id, {**prompt.data, "more": [*prompt.data["more"], frozen]})
            return AskedWhere()
    data = {
        "leads": [lead.id for lead in addressed[:MOST_CHOICES]],
        "message": frozen,
        "more": [],
        "question": question is not None,
    }
    prompt_id = add_prompt(tx, mate.id, "route", message.chat_id, message.thread_id, now, now + PROMPT_LIFE, data=data)
    ask(tx, prompt_id, message.chat_id, now)
    return AskedWhere()


def route_message(tx: Tx, prompt_id: int, where: str, person: Person, policy: Policy, now: datetime) -> Taken:
    """The tap that says to whom a waiting message goes: a lead's id, `answer` or `nobody`."""
    if not roles_of(tx, person.telegram_id, policy.admins):
        return NotAllowed("sales")
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    prompt = get_prompt(tx, prompt_id, now)
    if prompt is None or prompt.kind != "route" or prompt.teammate_id != mate.id:
        return NotAsked()
    close_prompt(tx, prompt_id)
    parts = [thaw(frozen, person) for frozen in (prompt.data["message"], *prompt.data["more"])]
    if where == "answer":
        question = question_here(tx, mate.id, parts[0].chat_id, parts[0].thread_id, now)
        return answer_prompt(tx, question, person, mate, parts[0].text, policy, now) if question else NotAsked()
    lead = next((get_lead(tx, number) for number in prompt.data["leads"] if where == str(number)), None)
    if lead is None:
        return NobodyToTell()
    if any(is_note(part.text) for part in parts):  # corrected while it waited
        taken = [keep_note(tx, [lead], mate, part, now) for part in parts]
    else:
        taken = [answer_customer(tx, lead.id, mate, part, now) for part in parts]
    return taken[0]


def correct_waiting(tx: Tx, mate: Teammate, chat_id: int, message_id: int, text: str, now: datetime) -> bool:
    """A message that waits for such a tap was edited; False when none does."""
    for prompt in open_routes(tx, mate.id, chat_id, now):
        first, *more = (
            {**part, "text": text} if part["message_id"] == message_id else part
            for part in (prompt.data["message"], *prompt.data["more"])
        )
        corrected = {**prompt.data, "message": first, "more": more}
        if corrected != prompt.data:
            set_prompt_data(tx, prompt.id, corrected)
            return True
    return False
