"""A reply to what the bot has asked."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.policy import Policy
from bot.storage.prompts import Prompt
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.be_away import answer_away
from bot.use_cases.hand_off_lead import answer_handoff_note
from bot.use_cases.keep_books import answer_amount, answer_purchase, answer_refund
from bot.use_cases.make_link import answer_link
from bot.use_cases.mark_duplicate import answer_duplicate_number
from bot.use_cases.put_off import answer_until_when
from bot.use_cases.quick_reply import answer_value
from bot.use_cases.reject_lead import answer_reject_note
from bot.use_cases.settle_feedback import answer_dispute_comment
from bot.use_cases.team import Person
from bot.use_cases.team_message import AnswerTaken
from bot.use_cases.transfer_lead import answer_transfer_note
from bot.use_cases.warm_up_lead import answer_warm_up_day

ANSWERS: dict[str, Callable[[Tx, Prompt, Person, Teammate, str, Policy, datetime], None]] = {
    "amount": answer_amount,
    "purchase": answer_purchase,
    "refund": answer_refund,
    "transfer_note": answer_transfer_note,
    "value": answer_value,
    "reject_note": answer_reject_note,
    "until_when": answer_until_when,
    "call_when": answer_until_when,
    "link": answer_link,
    "away": answer_away,
    "dispute_comment": answer_dispute_comment,
    "warm_day": answer_warm_up_day,
    "duplicate_number": answer_duplicate_number,
    "handoff_note": answer_handoff_note,
}


def answer_prompt(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> AnswerTaken:
    if prompt.kind in ANSWERS:
        ANSWERS[prompt.kind](tx, prompt, person, mate, text, policy, now)
    return AnswerTaken()
