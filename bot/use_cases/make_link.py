"""/link: a short link that says where a customer comes from, however long the campaign's name is."""

import secrets
import string
from dataclasses import replace
from datetime import datetime

from bot.domain.messages import InboundMessage, Touch
from bot.domain.policy import PROMPT_LIFE, Policy
from bot.storage.links import find_or_add_link, link_by_code
from bot.storage.prompts import Prompt, add_prompt, close_prompt
from bot.storage.store.base import Tx
from bot.storage.team import Teammate, find_or_add_teammate, roles_of
from bot.use_cases.promised_notices import ask, say, show_link
from bot.use_cases.team import Person

MAKERS = frozenset({"marketing", "managers"})
LONGEST_MARK = 100
CODE_LETTERS = string.ascii_letters + string.digits
CODE_LENGTH = 10
"""62¹⁰ codes: nobody meets one by trying."""


def make_link(
    tx: Tx,
    text: str,
    chat_id: int,
    thread_id: int | None,
    message_id: int,
    person: Person,
    policy: Policy,
    now: datetime,
) -> None:
    """`text` is what follows the command; where it says nothing, the bot asks."""
    roles = roles_of(tx, person.telegram_id, policy.admins)
    if not roles:
        return
    if not roles & MAKERS:
        say(tx, chat_id, "link.only_marketing", now, thread_id=thread_id, reply_to=message_id)
        return
    mate = find_or_add_teammate(tx, person.telegram_id, person.name, person.username, now)
    if not _show(tx, text, chat_id, thread_id, mate, now):
        _ask(tx, "ask.link", mate, chat_id, thread_id, message_id, now)


def answer_link(
    tx: Tx, prompt: Prompt, person: Person, mate: Teammate, text: str, policy: Policy, now: datetime
) -> None:
    """The reply to the question; one that names no source is asked for again."""
    close_prompt(tx, prompt.id)
    if not roles_of(tx, person.telegram_id, policy.admins) & MAKERS:
        return
    if not _show(tx, text, prompt.chat_id, prompt.thread_id, mate, now):
        _ask(tx, "ask.link_again", mate, prompt.chat_id, prompt.thread_id, prompt.data.get("reply_to"), now)


def follow_link(tx: Tx, inbound: InboundMessage) -> InboundMessage:
    """What a stored code stands for; an unknown one stays what it says by itself."""
    link = link_by_code(tx, inbound.link) if inbound.link is not None else None
    if link is None:
        return inbound
    return replace(inbound, touch=Touch(source=link.source, campaign=link.campaign, offer=link.offer))


def _show(tx: Tx, text: str, chat_id: int, thread_id: int | None, mate: Teammate, now: datetime) -> bool:
    """«Яндекс; Осень; Аудит»: source, campaign, offer. False when there is no source."""
    parts = [" ".join(part.split())[:LONGEST_MARK].strip() or None for part in text.split(";", 2)]
    source, campaign, offer = [*parts, None, None][:3]
    if source is None:
        return False
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    show_link(tx, find_or_add_link(tx, code, source, campaign, offer, mate.id, now), chat_id, thread_id, now)
    return True


def _ask(
    tx: Tx, text: str, mate: Teammate, chat_id: int, thread_id: int | None, message_id: int | None, now: datetime
) -> None:
    data = {"text": text, "reply_to": message_id}
    ask(tx, add_prompt(tx, mate.id, "link", chat_id, thread_id, now, now + PROMPT_LIFE, data=data), chat_id, now)
