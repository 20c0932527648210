"""A visitor's words come in from the window on a site, and what is for him is shown in it.

Shown means kept for him: his browser has it at once, or when it comes back.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.domain.messages import InboundMessage
from bot.domain.policy import Policy
from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.desks import get_desk
from bot.storage.leads import open_lead_of
from bot.storage.messages import get_message
from bot.storage.outbox import finish
from bot.storage.people import contact_at
from bot.storage.store.base import Tx
from bot.storage.uploads import attach_upload, find_upload
from bot.storage.window import add_line, conversation_with, note_read
from bot.use_cases.acknowledge import usual_answer
from bot.use_cases.automatic_words import greeting, introduction, note_introduced, texts_of, waiting_time
from bot.use_cases.confirm_delivery import answer_delivered
from bot.use_cases.deliver_answer import Withheld, answer_withheld, may_speak, words_to_send
from bot.use_cases.follow_unread import expect_reading
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import react_for_owner, show_typing
from bot.use_cases.receive_message import AlreadyReceived, receive_message

READ = "👀"

LARGEST_SHOWN = 20 * 1024 * 1024
"""Bytes: what Telegram lets a bot read of a file that somebody has sent it."""


def receive_from_window(
    tx: Tx, inbound: InboundMessage, policy: Policy, now: datetime, attached: str | None = None
) -> str:
    """The id that the browser gave it: from now on it need not be sent again. `attached` is that of a file."""
    upload = find_upload(tx, inbound.chat, attached) if attached is not None else None
    if upload is not None:
        inbound = replace(inbound, kind=upload.kind, file=upload.file)
    received = receive_message(tx, inbound, policy, now)
    if not isinstance(received, AlreadyReceived):
        message = get_message(tx, received.message_id)
        assert message is not None
        add_line(tx, message.conversation_id, now, message_id=message.id)
        if upload is not None:
            attach_upload(tx, upload.id, message.id)
    return inbound.external_id


def show_in_window(tx: Tx, item: OutboxItem, texts: Texts, policy: Policy, now: datetime) -> None:
    """Carries out one promise to a visitor: an answer, its correction, or our automatic words."""
    channel, _, visitor = item.destination.partition(":")
    talk = conversation_with(tx, channel, visitor)
    if item.expires_at is not None and item.expires_at <= now:
        finish(tx, item, now, calls=0, error="expired")
    elif talk is None:
        finish(tx, item, now, calls=0)
    else:
        _SHOWN[item.kind](tx, item, talk, texts, policy, now)
        finish(tx, item, now, calls=0)


def read_in_window(tx: Tx, channel: str, visitor: str, number: int, policy: Policy, now: datetime) -> None:
    """The visitor has seen all up to this line: the owner's newest words there get eyes in place of the tick."""
    talk = conversation_with(tx, channel, visitor)
    read = note_read(tx, talk, number) if talk is not None else None
    message = get_message(tx, read) if read is not None else None
    if message is not None and may_speak(tx, message, policy.admins):
        react_for_owner(tx, int(message.chat.rpartition(":")[2]), int(message.external_id), READ, now)


def type_in_window(tx: Tx, channel: str, visitor: str, now: datetime) -> None:
    """The visitor is writing: who answers him sees it where they talk."""
    contact_id = contact_at(tx, channel, visitor)
    lead = open_lead_of(tx, contact_id) if contact_id is not None else None
    desk = get_desk(tx, lead.id) if lead is not None else None
    if lead is not None and desk is not None and desk.teammate_id == lead.owner_id:
        show_typing(tx, desk, now)


def waiting_told(tx: Tx, texts: Texts, policy: Policy, now: datetime) -> tuple[bool, str]:
    """Whether the team is at work, and when somebody who writes now will be answered."""
    until = usual_answer(tx, policy, now)
    return policy.hours.is_open(now), _plain(waiting_time(texts, policy.hours, now, until))


def _answer(tx: Tx, item: OutboxItem, talk: int, _texts: Texts, policy: Policy, now: datetime) -> None:
    parts = words_to_send(tx, item.payload, policy.admins)
    if isinstance(parts, Withheld):
        answer_withheld(tx, item.payload["message"], parts.why, policy.admins, now)
        return
    for part in parts:
        number = add_line(tx, talk, now, message_id=part.id)
        answer_delivered(tx, part, [(item.destination, f"line-{number}")], now)
        if (part.file.get("size") or 0) > LARGEST_SHOWN:
            quoted, where = int(part.external_id), int(part.chat.rpartition(":")[2])
            say(tx, where, "window.too_large", now, thread_id=part.thread_id, reply_to=quoted)
        if part.lead_id is not None:
            expect_reading(tx, part.lead_id, now)


def _answer_edit(tx: Tx, item: OutboxItem, talk: int, _texts: Texts, policy: Policy, now: datetime) -> None:
    message = get_message(tx, item.payload["message"])
    if message is not None and may_speak(tx, message, policy.admins):
        add_line(tx, talk, now, message_id=message.id)


def _greet(tx: Tx, item: OutboxItem, talk: int, texts: Texts, policy: Policy, now: datetime) -> None:
    words = greeting(texts_of(tx, talk, texts), policy.hours, item.payload)
    add_line(tx, talk, now, text=_plain(words))


def _introduce(tx: Tx, item: OutboxItem, talk: int, texts: Texts, policy: Policy, now: datetime) -> None:
    if (words := introduction(tx, item.payload["message"], texts, policy.admins)) is not None:
        add_line(tx, talk, now, text=_plain(words))
        note_introduced(tx, item.payload["message"], now)


def _nothing(*_: Any) -> None:
    """A window shows no reactions."""


_SHOWN = {"answer": _answer, "answer_edit": _answer_edit, "greet": _greet, "introduce": _introduce, "react": _nothing}


def _plain(words: Markup) -> str:
    return words.striptags()
