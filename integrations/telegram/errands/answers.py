"""The team's words, on their way to a customer in Telegram."""

from datetime import datetime
from typing import Any

from bot.domain.messages import Direction
from bot.ports import OutboxItem
from bot.storage.messages import Message, get_message, last_messages, where_it_stands
from bot.storage.people import contact_at, reach_of, set_reachable
from bot.storage.store.base import Tx
from bot.use_cases.confirm_delivery import answer_delivered, answer_failed
from bot.use_cases.deliver_answer import Withheld, answer_withheld, may_speak, unsent_parts, words_to_send
from bot.use_cases.follow_unread import tell_unread
from bot.use_cases.promised_notices import say
from integrations.telegram.client import Call
from integrations.telegram.errands.base import (
    Again,
    Nothing,
    PlainErrand,
    Prepared,
    Result,
    Verdict,
    chat_of,
    in_thread,
    replying_to,
    without_topic,
)
from integrations.telegram.errands.relays import copies_of, discard, edit_call
from integrations.telegram.errands.stored import stored_call
from integrations.telegram.parse import CHANNEL, chat_address
from integrations.telegram.refusals import Refusal

_WHY = {
    Refusal.BLOCKED: "why.blocked",
    Refusal.NOT_OPENED: "why.not_opened",
    Refusal.CHAT_LOST: "why.not_opened",
}


class AnswerErrand(PlainErrand):
    """Payload: `message`; `stored` when the teammate has deleted what he wrote before it was copied."""

    to_customer = True

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        parts = words_to_send(tx, item.payload, self.around.policy.admins)
        if isinstance(parts, Withheld):
            return Nothing(parts.why, told=True)
        if not parts:
            return Nothing("sent already")
        customer, first = chat_of(item), parts[0]
        place: dict[str, Any] = {"chat_id": customer}
        if not item.payload.get("no_topic"):
            in_thread(place, thread_of_customer(tx, first.conversation_id))
        source = {"from_chat_id": int(first.chat.rpartition(":")[2])}
        if len(parts) > 1 and not item.payload.get("stored"):
            ids, about = [int(part.external_id) for part in parts], tuple(part.id for part in parts)
            return Call("copyMessages", {**place, **source, "message_ids": ids}, "album", about)
        quoted = get_message(tx, first.reply_to_id) if first.reply_to_id is not None else None
        if quoted is not None and not item.payload.get("no_topic"):
            replying_to(place, where_it_stands(tx, quoted, chat_address(self.around.bot_id, customer)))
        if item.payload.get("stored"):
            return stored_call(place, first, self.texts)
        return Call("copyMessage", {**place, **source, "message_id": int(first.external_id)}, "copy", (first.id,))

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        copies = copies_of(call, result)
        if copies is None:
            discard(tx, chat_of(item), result, now)
            return Again({**item.payload, "stored": True})
        here = chat_address(self.around.bot_id, chat_of(item))
        for message_id, copy in copies:
            if (message := get_message(tx, message_id)) is not None:
                answer_delivered(tx, message, [(here, copy)], now)
        first = get_message(tx, item.payload["message"])
        return Again() if first is not None and unsent_parts(tx, first) else None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:  # noqa: ARG002
        if refusal is Refusal.COPY_GONE and not item.payload.get("stored"):
            return Again({**item.payload, "stored": True})
        if elsewhere := without_topic(item, refusal):
            return elsewhere
        lost = item.destination if refusal in _WHY else None
        self._failed(tx, item, _WHY.get(refusal, "why.refused"), now, lost)
        return refusal.name.lower()

    def lost(self, tx: Tx, item: OutboxItem, why: str, now: datetime) -> None:
        answer_withheld(tx, item.payload["message"], why, self.around.policy.admins, now)

    def _failed(self, tx: Tx, item: OutboxItem, why: str, now: datetime, lost: str | None) -> None:
        """One notice for all that did not go through."""
        message = get_message(tx, item.payload["message"])
        if message is not None and item.payload.get("elsewhere"):
            self._stays_unread(tx, item, message, now, lost)
            return
        for part in unsent_parts(tx, message)[:1] if message is not None else []:
            answer_failed(tx, part, why, now, lost_channel=lost)

    def _stays_unread(self, tx: Tx, item: OutboxItem, message: Message, now: datetime, lost: str | None) -> None:
        """It still waits in the other place, where nobody looks."""
        if lost is not None:
            set_reachable(tx, CHANNEL, str(chat_of(item)), reachable=False)
        reach = reach_of(tx, message.conversation_id)
        contact_id = contact_at(tx, reach.channel, reach.address) if reach is not None else None
        if contact_id is not None:
            tell_unread(tx, message, contact_id, now)


class AnswerEditErrand(PlainErrand):
    """Payload: `message`. The teammate corrected himself after it was sent."""

    to_customer = True

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message = get_message(tx, item.payload["message"])
        customer = chat_of(item)
        copy = where_it_stands(tx, message, chat_address(self.around.bot_id, customer)) if message else None
        if message is None or copy is None:
            return Nothing("never sent")
        if not may_speak(tx, message, self.around.policy.admins):
            return Nothing("not his any more")
        return edit_call(customer, copy, message, message.text)

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        """The customer still reads the old words: the writer has to know."""
        message = get_message(tx, item.payload["message"])
        if message is not None:
            where, why = int(message.chat.rpartition(":")[2]), _WHY.get(refusal, "why.refused")
            quoted = int(message.external_id)
            say(tx, where, "not_delivered", now, thread_id=message.thread_id, reply_to=quoted, why=why)
        return super().refused(tx, item, call, refusal, now)


def thread_of_customer(tx: Tx, conversation_id: int) -> int | None:
    """Answers go to the topic in which the customer wrote last."""
    last = last_messages(tx, conversation_id, 1, direction=Direction.INBOUND)
    return last[0].thread_id if last else None
