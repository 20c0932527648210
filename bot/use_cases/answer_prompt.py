"""A reply to what the bot has asked."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.policy import Policy
from bot.storage.places import Prompt
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.close_lead import answer_amount
from bot.use_cases.make_link import answer_link
from bot.use_cases.put_off import answer_until_when
from bot.use_cases.reject_lead import answer_reject_note
from bot.use_cases.team import Person
from bot.use_cases.team_message import AnswerTaken

ANSWERS: dict[str, Callable[[Tx, Prompt, Person, Teammate, str, Policy, datetime], None]] = {
    "amount": answer_amount,
    "reject_note": answer_reject_note,
    "until_when": answer_until_when,
    "call_when": answer_until_when,
    "link": answer_link,
}


def answer_prompt(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> AnswerTaken:
    if prompt.kind in ANSWERS:
        ANSWERS[prompt.kind](tx, prompt, person, mate, text, policy, now)
    return AnswerTaken()
