"""A teammate wrote to the bot: an answer to a question, a note, or words for a customer. Never a guess."""

from datetime import datetime

from bot.domain.policy import Policy
from bot.storage.leads import Lead, get_lead, open_lead_of
from bot.storage.messages import message_at
from bot.storage.places import card_at, desk_of_thread, open_desks, prompt_at, question_here
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, find_or_add_teammate, roles_of
from bot.use_cases.answer_customer import answer_customer, refuse
from bot.use_cases.answer_prompt import answer_prompt
from bot.use_cases.keep_note import is_command, is_internal, keep_note
from bot.use_cases.promises import say
from bot.use_cases.route_message import ask_where
from bot.use_cases.team import NotAllowed
from bot.use_cases.team_message import NobodyToTell, Taken, TeamMessage


def take_team_message(tx: Tx, message: TeamMessage, policy: Policy, now: datetime) -> Taken:
    person = message.person
    if not roles_of(tx, person.telegram_id, policy.admins):
        return NotAllowed("sales")
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    if message.reply_to is not None and (prompt := prompt_at(tx, mate.id, message.chat_id, message.reply_to, now)):
        return answer_prompt(tx, prompt, person, mate, message.text, policy, now)
    internal = is_internal(tx, message, mate)
    addressed, certain = _addressed(tx, message, mate, internal)
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


def _addressed(tx: Tx, message: TeamMessage, mate: Teammate, internal: bool) -> tuple[list[Lead], bool]:
    """The leads a message may be meant for, and whether that is certain.

    By what it quotes, by its topic, else his open conversations here. A reply to something else, such as a question of
    the bot that was answered long ago, or a topic that we do not know, may be meant for any of them, or for none.
    """
    certain = True
    if message.reply_to is not None:
        quoted = message_at(tx, message.chat, str(message.reply_to))
        card = card_at(tx, message.chat_id, message.reply_to)
        lead_id = quoted.lead_id if quoted else card.lead_id if card else None
        if lead_id is None:
            certain = False
        elif message.private or internal or card is None or card.place.startswith("desk:"):
            return _current(tx, lead_id), True
    if message.thread_id is not None:
        if desk := desk_of_thread(tx, message.chat_id, message.thread_id):
            return _current(tx, desk.lead_id), certain
        certain = False
    if not message.private:
        return [], certain
    found = [get_lead(tx, desk.lead_id) for desk in open_desks(tx, mate.id, message.chat_id)]
    return [lead for lead in found if lead is not None], certain


def _current(tx: Tx, lead_id: int) -> list[Lead]:
    """A talk goes on with the contact's open lead, also where the quoted message belonged to an earlier one."""
    lead = get_lead(tx, lead_id)
    return [] if lead is None else [open_lead_of(tx, lead.contact_id) or lead]
