"""A teammate wrote to the bot: an answer to a question, a note, or words for a customer. Never a guess."""

from datetime import datetime

from bot.domain.leads import Status
from bot.domain.policy import Policy
from bot.storage.boards import board_at
from bot.storage.cards import add_mention, card_at
from bot.storage.leads import get_lead, open_lead_of
from bot.storage.messages import message_at
from bot.storage.prompts import Prompt, prompt_at, prompt_being_asked, question_here
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, find_or_add_teammate, roles_of
from bot.use_cases.addressed import addressed_leads, leads_by_title
from bot.use_cases.answer_customer import answer_customer, refuse
from bot.use_cases.answer_prompt import answer_prompt
from bot.use_cases.keep_books import correct_amount
from bot.use_cases.keep_note import is_command, is_internal, keep_note
from bot.use_cases.promised_notices import say
from bot.use_cases.recognise_topic import OwnTopic, leave_topic
from bot.use_cases.route_message import ask_where
from bot.use_cases.team import NotAllowed
from bot.use_cases.team_message import AnswerTaken, NobodyToTell, Taken, TeamMessage


def take_team_message(
    tx: Tx, message: TeamMessage, policy: Policy, now: datetime, topic: OwnTopic | None = None
) -> Taken:
    """`topic` is the one in which it stands, where that is known to be of our making."""
    person = message.person
    if not roles_of(tx, person.telegram_id, policy.admins):
        return NotAllowed("sales")
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    if message.reply_to is not None and (prompt := _question_quoted(tx, message, mate, message.reply_to, now)):
        if prompt.lead_id is not None:
            add_mention(tx, prompt.lead_id, message.chat_id, message.message_id)
        return answer_prompt(tx, prompt, person, mate, message.text, policy, now)
    if (corrected := _correct_sale(tx, message, policy, now)) is not None:
        return corrected
    internal = is_internal(tx, message, mate)
    addressed, certain = addressed_leads(tx, message, mate, internal=internal)
    if topic is not None and not certain:
        leave_topic(tx, topic, now)
        addressed = leads_by_title(tx, topic, mate, policy, internal=internal)
    if internal:
        return keep_note(tx, addressed, mate, message, now)
    if not addressed and not message.private:
        return NobodyToTell()
    if is_command(message.text):
        return refuse(tx, message, mate, "refused.command", now)
    question = None
    if message.reply_to is None:
        question = question_here(tx, mate.id, message.chat_id, message.thread_id, now)
    if question is not None or len(addressed) > 1 or (addressed and not certain):
        return ask_where(tx, message, mate, addressed, question, now)
    if not addressed:
        say(tx, message.chat_id, "hint.nobody", now, thread_id=message.thread_id, reply_to=message.message_id)
        return NobodyToTell()
    return answer_customer(tx, addressed[0].id, mate, message, now)


def _correct_sale(tx: Tx, message: TeamMessage, policy: Policy, now: datetime) -> Taken | None:
    """«50 000 диван» in reply to the card of a sale; while the customer has an open lead it may be meant for him."""
    card = card_at(tx, message.chat_id, message.reply_to) if message.reply_to is not None else None
    lead = get_lead(tx, card.lead_id) if card is not None else None
    if lead is None or lead.status is not Status.WON or open_lead_of(tx, lead.contact_id) is not None:
        return None
    corrected = correct_amount(tx, lead.id, message.text, message.person, policy, now)
    if corrected is None:
        return None
    add_mention(tx, lead.id, message.chat_id, message.message_id)
    amount = [corrected.minor, corrected.currency]
    say(
        tx,
        message.chat_id,
        "amount_corrected",
        now,
        thread_id=message.thread_id,
        reply_to=message.message_id,
        amount=amount,
    )
    return AnswerTaken()


def _question_quoted(tx: Tx, message: TeamMessage, mate: Teammate, quoted: int, now: datetime) -> Prompt | None:
    """The question itself; also what we do not know yet: it could be one that is just being asked.

    That one is looked for first: what is written down meanwhile is then found where it stands.
    """
    being_asked = prompt_being_asked(tx, mate.id, message.chat_id, now)
    prompt = prompt_at(tx, mate.id, message.chat_id, quoted, now)
    if prompt is not None or being_asked is None or message.reply_to_colleague:
        return prompt
    known = (
        card_at(tx, message.chat_id, quoted)
        or board_at(tx, message.chat_id, quoted)
        or message_at(tx, message.chat, str(quoted))
    )
    return None if known else being_asked
