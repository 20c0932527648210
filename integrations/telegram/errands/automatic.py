"""The automatic words to a customer, in his own language where we speak it: greetings, and who answers him."""

import hashlib
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from babel.dates import format_time
from markupsafe import Markup

from bot.domain.leads import Status
from bot.domain.messages import MessageStatus
from bot.domain.working_time import WorkingHours
from bot.locales import LOCALES, Texts
from bot.ports import OutboxItem
from bot.storage.leads import get_lead
from bot.storage.messages import get_message
from bot.storage.people import reach_of, set_terms_shown
from bot.storage.places import mark_introduced
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, conversations
from bot.storage.team import get_teammate
from integrations.telegram.client import Call
from integrations.telegram.errands.answers import may_speak, thread_of_customer
from integrations.telegram.errands.base import (
    Nothing,
    PlainErrand,
    Prepared,
    Result,
    Verdict,
    chat_of,
    in_thread,
    without_topic,
)
from integrations.telegram.html import cut, lines
from integrations.telegram.refusals import Refusal

LONGEST_NAME = 64
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class AutomaticErrand(PlainErrand):
    """A courtesy: what does not go through is missed by nobody."""

    to_customer = True

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal in (Refusal.BLOCKED, Refusal.NOT_OPENED, Refusal.CHAT_LOST):
            return None
        return without_topic(item, refusal) or super().refused(tx, item, call, refusal, now)

    def place(self, tx: Tx, item: OutboxItem, conversation_id: int) -> dict[str, Any]:
        params: dict[str, Any] = {"chat_id": chat_of(item), "parse_mode": "HTML"}
        if item.payload.get("no_topic"):
            return params
        return in_thread(params, thread_of_customer(tx, conversation_id))

    def spoken(self, tx: Tx, conversation_id: int) -> Texts:
        language = tx.scalar(
            sa.select(contacts.c.language)
            .select_from(contacts.join(conversations))
            .where(conversations.c.id == conversation_id)
        )
        locale = (language or "").partition("-")[0]
        return Texts(locale, self.texts.zone) if locale in LOCALES else self.texts


class GreetErrand(AutomaticErrand):
    """Payload: `text`, `conversation`; where a time is promised, `until`, and `told_at` from which it counts."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        talk = item.payload["conversation"]
        reach = reach_of(tx, talk)
        if reach is None or (reach.stopped and item.payload["text"] != "greet.stopped"):
            return Nothing("nobody wants to read it")
        texts = self.spoken(tx, talk)
        parts: list[Markup | None] = [texts(item.payload["text"])]
        if until := item.payload.get("until"):
            told_at = datetime.fromisoformat(item.payload["told_at"])
            waiting = waiting_time(texts, self.around.policy.hours, told_at, datetime.fromisoformat(until))
            parts = [Markup(" ").join([texts(item.payload["text"]), waiting])]
        terms = self._terms(tx, talk, texts)
        text = lines(*parts, "", terms) if terms is not None else lines(*parts)
        params = {**self.place(tx, item, talk), "text": str(text), "link_preview_options": {"is_disabled": True}}
        return Call("sendMessage", params, "terms" if terms is not None else "send")

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        if call.step == "terms":
            talk = item.payload["conversation"]
            set_terms_shown(tx, talk, terms_version(self._words_of_consent(self.spoken(tx, talk))))
        return None

    def _terms(self, tx: Tx, talk: int, texts: Texts) -> Markup | None:
        """The words of consent, once to everybody and again when they change."""
        if not self.around.policy.privacy_url:
            return None
        words = self._words_of_consent(texts)
        shown = tx.scalar(sa.select(conversations.c.terms_shown).where(conversations.c.id == talk))
        return None if shown == terms_version(words) else words

    def _words_of_consent(self, texts: Texts) -> Markup:
        return texts("terms.consent", url=self.around.policy.privacy_url or "")


class IntroduceErrand(AutomaticErrand):
    """Payload: `message`, the answer that it goes before."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message = get_message(tx, item.payload["message"])
        if message is None or message.lead_id is None or message.author_id is None:
            return Nothing("nothing is answered")
        mate, lead = get_teammate(tx, message.author_id), get_lead(tx, message.lead_id)
        reach = reach_of(tx, message.conversation_id)
        if message.status is not MessageStatus.PENDING or mate is None or lead is None or reach is None:
            return Nothing("the answer was withdrawn")
        if not reach.open or not may_speak(tx, message, self.around.policy.admins):
            return Nothing("nobody answers")
        texts = self.spoken(tx, message.conversation_id)
        role = "marketing" if lead.status is Status.NURTURING else "sales"
        text = texts(f"introduce.{role}", name=cut(mate.name, LONGEST_NAME))
        place = self.place(tx, item, message.conversation_id)
        return Call("sendMessage", {**place, "text": str(text), "disable_notification": True})

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        message = get_message(tx, item.payload["message"])
        if message is not None and message.lead_id is not None and message.author_id is not None:
            mark_introduced(tx, message.lead_id, message.author_id, now)
        return None


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
