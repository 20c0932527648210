"""The automatic words to a customer, in his own language where we speak it, whatever the channel."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from babel.dates import format_time
from markupsafe import Markup

from bot.domain.leads import Status
from bot.domain.messages import MessageStatus
from bot.domain.working_time import WorkingHours
from bot.locales import LOCALES, Texts
from bot.storage.desks import mark_introduced
from bot.storage.leads import get_lead
from bot.storage.messages import get_message
from bot.storage.people import reach_of
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, conversations
from bot.storage.team import get_teammate
from bot.use_cases.deliver_answer import may_speak

LONGEST_NAME = 64
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def texts_of(tx: Tx, conversation_id: int, ours: Texts) -> Texts:
    """The texts in the customer's language, or `ours`."""
    language = tx.scalar(
        sa.select(contacts.c.language)
        .select_from(contacts.join(conversations))
        .where(conversations.c.id == conversation_id)
    )
    locale = (language or "").partition("-")[0]
    return Texts(locale, ours.zone) if locale in LOCALES else ours


def greeting(texts: Texts, hours: WorkingHours, payload: Mapping[str, Any]) -> Markup:
    """`payload` is that of a `greet`: where a time is promised it holds `until`, and `told_at` from which it counts."""
    words = texts(payload["text"])
    if not payload.get("until"):
        return words
    told_at, until = datetime.fromisoformat(payload["told_at"]), datetime.fromisoformat(payload["until"])
    return Markup(" ").join([words, waiting_time(texts, hours, told_at, until)])


def introduction(tx: Tx, message_id: int, ours: Texts, admins: frozenset[int]) -> Markup | None:
    """Who answers; None when he answers no more."""
    message = get_message(tx, message_id)
    if message is None or message.lead_id is None or message.author_id is None:
        return None
    mate, lead = get_teammate(tx, message.author_id), get_lead(tx, message.lead_id)
    reach = reach_of(tx, message.conversation_id)
    if message.status is not MessageStatus.PENDING or mate is None or lead is None or reach is None:
        return None
    if not reach.open or not may_speak(tx, message, admins):
        return None
    role = "marketing" if lead.status is Status.NURTURING else "sales"
    return texts_of(tx, message.conversation_id, ours)(f"introduce.{role}", name=mate.name[:LONGEST_NAME].strip())


def note_introduced(tx: Tx, message_id: int, now: datetime) -> None:
    message = get_message(tx, message_id)
    if message is not None and message.lead_id is not None and message.author_id is not None:
        mark_introduced(tx, message.lead_id, message.author_id, now)


def waiting_time(texts: Texts, hours: WorkingHours, told_at: datetime, until: datetime) -> Markup:
    """When a human will have answered, as one says it: in 15 minutes, today by 17:00, from Monday on."""
    here, there = told_at.astimezone(texts.zone), until.astimezone(texts.zone)
    days = (there.date() - here.date()).days
    by = format_time(there, "HH:mm", tzinfo=texts.zone, locale=texts.locale)
    if hours.is_open(told_at) and days == 0:
        seconds = (until - told_at).total_seconds()
        if abs(seconds - hours.working_seconds(told_at, until)) > 1:
            return texts("wait.today", time=by)  # a break lies between
        minutes = round(seconds / 60)
        if minutes == 60:
            return texts("wait.hour")
        if minutes >= 120:
            return texts("wait.hours", count=-(-minutes // 60))
        return texts("wait.minutes", count=minutes)
    morning = datetime.combine(there.date(), time(), texts.zone)
    opens = hours.next_opening(max(told_at, morning)).astimezone(texts.zone)
    at = format_time(opens, "HH:mm", tzinfo=texts.zone, locale=texts.locale)
    if days == 0:
        opening = texts("opening.today", time=at)
    elif days == 1:
        opening = texts("opening.tomorrow", time=at)
    elif days < 7:
        opening = texts(f"opening.{DAYS[there.weekday()]}", time=at)
    else:
        opening = texts("opening.date", day=texts.date_of(there.date()), time=at)
    return texts("wait.closing" if hours.is_open(told_at) else "wait.closed", opening=opening, time=by)


def terms_version(words: str) -> str:
    """Changes with every letter of the words."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]
