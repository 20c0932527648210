"""A teammate wrote to the bot: an answer to a question, a note, or words for a customer. Never a guess."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import OPEN
from bot.domain.messages import Direction, File, MessageKind
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import Lead, get_lead, open_lead_of
from bot.storage.messages import add_message, get_message, message_at
from bot.storage.places import (
    Prompt,
    add_prompt,
    card_at,
    close_prompt,
    desk_of_thread,
    get_prompt,
    open_desks,
    prompt_at,
    question_here,
)
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, conversations, notes
from bot.storage.team import Teammate, find_or_add_teammate, roles_of
from bot.use_cases.claim_lead import owner_name
from bot.use_cases.close_lead import answer_amount
from bot.use_cases.promises import ask, conversation_of, say, send_answer
from bot.use_cases.reject_lead import answer_reject_note
from bot.use_cases.team import NotAllowed, Person

INTERNAL = "//"


@dataclass(frozen=True, slots=True)
class TeamMessage:
    """What a teammate wrote; `chat` is its address in the store, `chat_id` Telegram's number."""

    person: Person
    chat: str
    chat_id: int
    thread_id: int | None
    message_id: int
    at: datetime
    kind: MessageKind
    text: str
    private: bool
    file: File | None = None
    album_id: str | None = None
    reply_to: int | None = None
    reply_to_colleague: bool = False


@dataclass(frozen=True, slots=True)
class SentOn:
    message_id: int


@dataclass(frozen=True, slots=True)
class NoteKept:
    lead_id: int


@dataclass(frozen=True, slots=True)
class AnswerTaken:
    """It answered a question of the bot."""


@dataclass(frozen=True, slots=True)
class AskedWhere:
    """The bot asks to whom it should go; until then it reaches nobody."""


@dataclass(frozen=True, slots=True)
class NobodyToTell:
    """There is no conversation here that it could belong to."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It does not reach the customer, and the writer is told why."""

    text: str


Taken = SentOn | NoteKept | AnswerTaken | AskedWhere | NobodyToTell | Refused | NotAllowed


def take_team_message(tx: Tx, message: TeamMessage, policy: Policy, now: datetime) -> Taken:
    roles = roles_of(tx, message.person.telegram_id, policy.admins)
    if not roles:
        return NotAllowed("sales")
    mate = find_or_add_teammate(tx, message.person.telegram_id, message.person.name, message.person.username, now)
    if message.reply_to is not None and (prompt := prompt_at(tx, mate.id, message.chat_id, message.reply_to, now)):
        return answer_prompt(tx, prompt, mate, message.text, policy, now)
    addressed = _addressed(tx, message, mate)
    if _is_internal(message):
        return _keep_note(tx, addressed, mate, message, now)
    if message.reply_to is None and (question := question_here(tx, mate.id, message.chat_id, message.thread_id, now)):
        return _ask_where(tx, message, mate, addressed, question, now)
    if len(addressed) > 1:
        return _ask_where(tx, message, mate, addressed, None, now)
    if not addressed:
        return _hint(tx, message, now) if message.private else NobodyToTell()
    return _send(tx, addressed[0], mate, message, now)


def route_message(tx: Tx, prompt_id: int, where: str, person: Person, policy: Policy, now: datetime) -> Taken:
    """The tap that says to whom a waiting message goes: a lead's id, `answer`, `note` or `nobody`."""
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    prompt = get_prompt(tx, prompt_id, now)
    if prompt is None or prompt.teammate_id != mate.id:
        return NobodyToTell()
    if not roles_of(tx, person.telegram_id, policy.admins):
        return NotAllowed("sales")
    close_prompt(tx, prompt_id)
    message = _thaw(prompt, person)
    if where == "answer":
        question = question_here(tx, mate.id, message.chat_id, message.thread_id, now)
        return answer_prompt(tx, question, mate, message.text, policy, now) if question else NobodyToTell()
    if where == "nobody":
        return NobodyToTell()
    lead = get_lead(tx, int(where))
    return _send(tx, lead, mate, message, now) if lead is not None else NobodyToTell()


def answer_prompt(tx: Tx, prompt: Prompt, mate: Teammate, text: str, policy: Policy, now: datetime) -> AnswerTaken:
    if prompt.kind == "amount":
        answer_amount(tx, prompt, mate, text, policy, now)
    elif prompt.kind == "reject_note":
        answer_reject_note(tx, prompt, mate, text, now)
    return AnswerTaken()


def _addressed(tx: Tx, message: TeamMessage, mate: Teammate) -> list[Lead]:
    """The leads a message may be meant for: by what it quotes, by its topic, else his open conversations here."""
    if message.reply_to is not None:
        quoted = message_at(tx, message.chat, str(message.reply_to))
        card = card_at(tx, message.chat_id, message.reply_to)
        lead_id = quoted.lead_id if quoted else card.lead_id if card else None
        if lead_id is not None and (message.private or (card is None or card.place.startswith("desk:"))):
            return _current(tx, lead_id)
    if message.thread_id is not None and (desk := desk_of_thread(tx, message.chat_id, message.thread_id)):
        return _current(tx, desk.lead_id)
    if not message.private:
        return []
    found = [get_lead(tx, desk.lead_id) for desk in open_desks(tx, mate.id, message.chat_id)]
    return [lead for lead in found if lead is not None]


def _current(tx: Tx, lead_id: int) -> list[Lead]:
    """A talk goes on with the contact's open lead, also where the quoted message belonged to an earlier one."""
    lead = get_lead(tx, lead_id)
    if lead is None:
        return []
    return [open_lead_of(tx, lead.contact_id) or lead]


def _is_internal(message: TeamMessage) -> bool:
    return message.text.startswith((INTERNAL, "/note")) or message.reply_to_colleague


def _keep_note(tx: Tx, addressed: list[Lead], mate: Teammate, message: TeamMessage, now: datetime) -> Taken:
    text = message.text.removeprefix(INTERNAL).removeprefix("/note").strip()
    if len(addressed) != 1:
        if message.private:
            say(tx, message.chat_id, "note.where", now, thread_id=message.thread_id, reply_to=message.message_id)
        return NobodyToTell()
    lead = addressed[0]
    if text:
        tx.execute(notes.insert().values(lead_id=lead.id, author_id=mate.id, text=text, at=now))
    return NoteKept(lead.id)


def _ask_where(
    tx: Tx, message: TeamMessage, mate: Teammate, addressed: list[Lead], question: Prompt | None, now: datetime
) -> Taken:
    frozen = asdict(message)
    frozen.pop("person")
    frozen["at"] = message.at.isoformat()
    data = {"leads": [lead.id for lead in addressed[:8]], "message": frozen, "question": question is not None}
    prompt_id = add_prompt(tx, mate.id, "route", message.chat_id, message.thread_id, now, now + PROMPT_LIFE, data=data)
    ask(tx, prompt_id, message.chat_id, now)
    return AskedWhere()


def _thaw(prompt: Prompt, person: Person) -> TeamMessage:
    frozen = dict(prompt.data["message"])
    frozen["at"] = datetime.fromisoformat(frozen["at"])
    frozen["kind"] = MessageKind(frozen["kind"])
    frozen["file"] = File(**frozen["file"]) if frozen["file"] else None
    return TeamMessage(person=person, **frozen)


def _hint(tx: Tx, message: TeamMessage, now: datetime) -> Taken:
    say(tx, message.chat_id, "hint.nobody", now, thread_id=message.thread_id, reply_to=message.message_id)
    return NobodyToTell()


def _send(tx: Tx, lead: Lead, mate: Teammate, message: TeamMessage, now: datetime) -> Taken:
    """Only the owner's words reach the customer."""
    if lead.owner_id != mate.id:
        return _refuse(tx, message, mate, "refused.not_yours", now, owner=owner_name(tx, lead) or "")
    if lead.status not in OPEN:
        return _refuse(tx, message, mate, "refused.closed", now)
    conversation_id = conversation_of(tx, lead.contact_id)
    address = tx.execute(
        sa.select(channel_identities.c.channel, conversations.c.chat, channel_identities.c.external_id)
        .select_from(conversations.join(channel_identities))
        .where(conversations.c.id == conversation_id)
    ).first()
    if conversation_id is None or address is None:
        return _refuse(tx, message, mate, "refused.no_conversation", now)
    quoted = message_at(tx, message.chat, str(message.reply_to)) if message.reply_to else None
    message_id = add_message(
        tx,
        conversation_id=conversation_id,
        lead_id=lead.id,
        author_id=mate.id,
        direction=Direction.OUTBOUND,
        kind=message.kind,
        text=message.text,
        chat=message.chat,
        external_id=str(message.message_id),
        at=message.at,
        file=message.file,
        album_id=message.album_id,
        reply_to_id=quoted.id if quoted else None,
        thread_id=message.thread_id,
    )
    stored = get_message(tx, message_id) if message_id is not None else None
    if stored is not None:
        send_answer(tx, stored, address.channel, address.external_id, now)
        return SentOn(stored.id)
    return AnswerTaken()


def _refuse(tx: Tx, message: TeamMessage, mate: Teammate, text: str, now: datetime, **values: Any) -> Refused:
    """Told in the writer's private chat where there is one: the group's budget is for cards."""
    if message.private:
        say(tx, message.chat_id, text, now, thread_id=message.thread_id, reply_to=message.message_id, **values)
    elif mate.opened_at is not None:
        say(tx, mate.telegram_id, text, now, **values)
    return Refused(text)
