"""The automatic words to a customer, in his own language where we speak it: greetings, and who answers him."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.messages import get_message
from bot.storage.people import reach_of, set_terms_shown
from bot.storage.store.base import Tx
from bot.storage.tables import conversations
from bot.use_cases.automatic_words import greeting, introduction, note_introduced, terms_version, texts_of
from integrations.telegram.client import Call
from integrations.telegram.errands.answers import thread_of_customer
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
from integrations.telegram.html import lines
from integrations.telegram.refusals import Refusal


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
        return texts_of(tx, conversation_id, self.texts)


class GreetErrand(AutomaticErrand):
    """Payload: `text`, `conversation`; where a time is promised, `until`, and `told_at` from which it counts."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        talk = item.payload["conversation"]
        reach = reach_of(tx, talk)
        if reach is None or (reach.stopped and item.payload["text"] != "greet.stopped"):
            return Nothing("nobody wants to read it")
        texts = self.spoken(tx, talk)
        words, terms = greeting(texts, self.around.policy.hours, item.payload), self._terms(tx, talk, texts)
        text = lines(words, "", terms) if terms is not None else words
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
        text = introduction(tx, item.payload["message"], self.texts, self.around.policy.admins)
        if message is None or text is None:
            return Nothing("nobody answers")
        place = self.place(tx, item, message.conversation_id)
        return Call("sendMessage", {**place, "text": str(text), "disable_notification": True})

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        note_introduced(tx, item.payload["message"], now)
        return None
