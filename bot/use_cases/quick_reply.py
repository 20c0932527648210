"""`/t`: the team's ready words go to a customer by name, with what is missing asked for before anything is sent."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import File, MessageKind
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.leads import Lead, get_lead
from bot.storage.prompts import Prompt, add_prompt, close_prompt, get_prompt
from bot.storage.replies import QuickReply, all_replies, drop_reply, get_reply, put_reply, reply_named
from bot.storage.store.base import Tx
from bot.storage.tables import contacts
from bot.storage.team import Teammate, find_or_add_teammate, roles_of
from bot.use_cases.addressed import addressed_leads
from bot.use_cases.answer_customer import answer_customer
from bot.use_cases.frozen import freeze, thaw
from bot.use_cases.promised_notices import ask, say
from bot.use_cases.team import NotAllowed, Person
from bot.use_cases.team_message import AnswerTaken, AskedWhere, NobodyToTell, NotAsked, Taken, TeamMessage

LONGEST_NAME = 32
LONGEST_VALUE = 200
MOST_LISTED = 40
"""Buttons of one list."""

_VARIABLE = re.compile(r"\{([^\W\d]\w{0,31})\}")
_OF_CUSTOMER = frozenset({"name", "имя"})
_OF_MATE = frozenset({"me", "я"})


@dataclass(frozen=True, slots=True)
class Quoted:
    """A message that somebody replies to with the command, to make a quick reply of it."""

    kind: MessageKind
    text: str
    file: File | None


def use_replies(tx: Tx, message: TeamMessage, quoted: Quoted | None, policy: Policy, now: datetime) -> Taken:
    """The command: a list, `name`, `name = text`, `-name`. `quoted` is the writer's own message, never a customer's."""
    if not roles_of(tx, message.person.telegram_id, policy.admins) & {"sales", "managers"}:
        return NotAllowed("sales")
    mate = find_or_add_teammate(tx, message.person.telegram_id, message.person.name, message.person.username, now)
    name, is_given, text = (part.strip() for part in message.text.partition("="))
    name = " ".join(name.split())
    if name.startswith("-") and not is_given:
        gone = drop_reply(tx, name[1:].strip())
        return _told(tx, message, "reply.dropped" if gone else "reply.unknown", now, name=name[1:].strip())
    if is_given or (name and quoted is not None) or message.kind is not MessageKind.TEXT:
        return _keep(tx, message, name, text, quoted, mate, now)
    reply = reply_named(tx, name) if name else None
    if name and reply is None:
        return _told(tx, message, "reply.unknown", now, name=name)
    if not name and not all_replies(tx):
        return _told(tx, message, "reply.none", now)
    leads, certain = addressed_leads(tx, message, mate, internal=False)
    if not leads:
        return _told(tx, message, "hint.nobody", now)
    data: dict[str, Any] = {
        "message": freeze(message),
        "reply": reply.id if reply else None,
        "leads": [lead.id for lead in leads],
        "certain": certain and len(leads) == 1,
        "values": {},
    }
    return _go_on(tx, data, message.person, mate, now)


def choose_for_reply(tx: Tx, prompt_id: int, choice: str, person: Person, policy: Policy, now: datetime) -> Taken:
    """A tap on the list: which reply (`r…`), or to whom (`l…`)."""
    prompt, mate = _asked(tx, prompt_id, person, policy, now)
    if prompt is None or mate is None:
        return NotAsked()
    close_prompt(tx, prompt_id)
    data = dict(prompt.data)
    kind, number = choice[:1], choice[1:]
    if kind == "r" and number in (str(reply.id) for reply in all_replies(tx)):
        data["reply"] = int(number)
    elif kind == "l" and number in map(str, data["leads"]):
        data |= {"leads": [int(number)], "certain": True}
    else:
        return NobodyToTell()
    return _go_on(tx, data, person, mate, now)


def answer_value(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, _policy: Policy, now: datetime
) -> None:
    """The reply to the question for a value that the text needs."""
    close_prompt(tx, prompt.id)
    data = dict(prompt.data)
    if value := " ".join(text.split())[:LONGEST_VALUE]:
        data["given"] = {**data["given"], data["missing"]: value}
    _go_on(tx, data, person, mate, now)


def variables(text: str) -> list[str]:
    """Each once, in the order in which they stand."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1].casefold(), found[0]), text)


def _go_on(tx: Tx, data: dict[str, Any], person: Person, mate: Teammate, now: datetime) -> Taken:
    """Asks for what is not known yet, one thing at a time; then it is said."""
    message = thaw(data["message"], person)
    reply = get_reply(tx, data["reply"]) if data["reply"] is not None else None
    if data["reply"] is not None and reply is None:
        return NotAsked()
    lead = get_lead(tx, data["leads"][0]) if data["certain"] else None
    if reply is None or lead is None:
        return _ask(tx, message, "quick", data, mate, now)
    known = {**_known(tx, lead, mate), **data.get("given", {})}
    missing = next((name for name in variables(reply.text) if name.casefold() not in known), None)
    if missing is not None:
        asked = {
            **data,
            "text": "ask.value",
            "values": {"value": missing, "reply": reply.name},
            "missing": missing.casefold(),
            "given": data.get("given", {}),
        }
        return _ask(tx, message, "value", asked, mate, now, lead_id=lead.id)
    file = File(**reply.file) if reply.file else None
    words = replace(message, kind=reply.kind, text=fill(reply.text, known), file=file, album_id=None, ready=True)
    return answer_customer(tx, lead.id, mate, words, now)


def _known(tx: Tx, lead: Lead, mate: Teammate) -> dict[str, str]:
    name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == lead.contact_id)) or ""
    mine, theirs = mate.name.split()[0] if mate.name.split() else mate.name, name.split()[0] if name.split() else ""
    return {**dict.fromkeys(_OF_MATE, mine), **(dict.fromkeys(_OF_CUSTOMER, theirs) if theirs else {})}


def _keep(
    tx: Tx, message: TeamMessage, name: str, text: str, quoted: Quoted | None, mate: Teammate, now: datetime
) -> Taken:
    """The text after the sign, else the quoted words; a file is the command's own, else the quoted one."""
    source = Quoted(message.kind, "", message.file) if message.file is not None else quoted
    said = text or (source.text if source is not None else "")
    file = source.file if source is not None else None
    if not name or len(name) > LONGEST_NAME or name.startswith("-"):
        return _told(tx, message, "reply.name", now, most=LONGEST_NAME)
    if file is None and not said:
        return _told(tx, message, "reply.empty", now, name=name)
    kind = source.kind if source is not None and file is not None else MessageKind.TEXT
    put_reply(tx, name, kind, said, asdict(file) if file is not None else {}, mate.id, now)
    return _told(tx, message, "reply.kept", now, name=name.casefold())


def _ask(
    tx: Tx,
    message: TeamMessage,
    kind: str,
    data: dict[str, Any],
    mate: Teammate,
    now: datetime,
    *,
    lead_id: int | None = None,
) -> Taken:
    prompt_id = add_prompt(
        tx,
        mate.id,
        kind,
        message.chat_id,
        message.thread_id,
        now,
        now + PROMPT_LIFE,
        lead_id=lead_id,
        data=data,
    )
    ask(tx, prompt_id, message.chat_id, now)
    return AskedWhere()


def _asked(
    tx: Tx, prompt_id: int, person: Person, policy: Policy, now: datetime
) -> tuple[Prompt | None, Teammate | None]:
    if not roles_of(tx, person.telegram_id, policy.admins):
        return None, None
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    prompt = get_prompt(tx, prompt_id, now)
    return (prompt if prompt is not None and prompt.kind == "quick" and prompt.teammate_id == mate.id else None), mate


def _told(tx: Tx, message: TeamMessage, text: str, now: datetime, **values: Any) -> Taken:
    say(tx, message.chat_id, text, now, thread_id=message.thread_id, reply_to=message.message_id, **values)
    return AnswerTaken()


def listed_replies(tx: Tx) -> list[QuickReply]:
    return all_replies(tx)[:MOST_LISTED]
