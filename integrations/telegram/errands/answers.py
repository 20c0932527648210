"""The team's words, on their way to a customer in Telegram."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import Direction, MessageStatus
from bot.locales import LOCALES, Texts
from bot.ports import OutboxItem
from bot.storage.leads import get_lead
from bot.storage.messages import Message, album, get_message, last_messages, where_it_stands
from bot.storage.store.base import Tx
from bot.storage.tables import contacts, conversations
from bot.storage.team import get_teammate, roles_of
from bot.use_cases.confirm_delivery import answer_delivered, answer_failed
from integrations.telegram.client import Call
from integrations.telegram.errands.base import (
    Again,
    Nothing,
    PlainErrand,
    Prepared,
    Verdict,
    chat_of,
    in_thread,
    replying_to,
)
from integrations.telegram.errands.relays import edit_call
from integrations.telegram.errands.stored import stored_call
from integrations.telegram.parse import chat_address
from integrations.telegram.refusals import Refusal

_WHY = {
    Refusal.BLOCKED: "why.blocked",
    Refusal.NOT_OPENED: "why.not_opened",
    Refusal.CHAT_LOST: "why.not_opened",
}


class AnswerErrand(PlainErrand):
    """Payload: `message`; `stored` when the teammate has deleted what he wrote before it was copied."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message = get_message(tx, item.payload["message"])
        if message is None or message.status is MessageStatus.SENT:
            return Nothing("sent already")
        if not self._may_speak(tx, message):
            return Nothing("refused.not_yours")
        parts = album(tx, message.conversation_id, message.album_id, Direction.OUTBOUND) if message.album_id else []
        customer = chat_of(item)
        place = in_thread({"chat_id": customer}, _thread_of_customer(tx, message.conversation_id))
        from_chat = int(message.chat.rpartition(":")[2])
        if len(parts) > 1 and not item.payload.get("stored"):
            ids = sorted(int(part.external_id) for part in parts)
            return Call("copyMessages", {**place, "from_chat_id": from_chat, "message_ids": ids}, "album")
        quoted = get_message(tx, message.reply_to_id) if message.reply_to_id is not None else None
        if quoted is not None:
            replying_to(place, where_it_stands(tx, quoted, chat_address(self.around.bot_id, customer)))
        if item.payload.get("stored"):
            return stored_call(place, message, self.texts)
        return Call("copyMessage", {**place, "from_chat_id": from_chat, "message_id": int(message.external_id)}, "copy")

    def _may_speak(self, tx: Tx, message: Message) -> bool:
        """The right is checked at send time too: who has left or lost the lead says nothing more to the customer."""
        mate = get_teammate(tx, message.author_id) if message.author_id is not None else None
        lead = get_lead(tx, message.lead_id) if message.lead_id is not None else None
        if mate is None or lead is None:
            return False
        return lead.owner_id == mate.id and bool(roles_of(tx, mate.telegram_id, self.around.policy.admins))

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Again | None:
        message = get_message(tx, item.payload["message"])
        if message is None:
            return None
        here = chat_address(self.around.bot_id, chat_of(item))
        if call.step != "album":
            answer_delivered(tx, message, [(here, str(result["message_id"]))], now)
            return None
        parts = album(tx, message.conversation_id, message.album_id or "", Direction.OUTBOUND)
        by_id = {int(part.external_id): part for part in parts}
        for original, copy in zip(call.params["message_ids"], result, strict=False):
            answer_delivered(tx, by_id[original], [(here, str(copy["message_id"]))], now)
        return None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:  # noqa: ARG002
        if refusal is Refusal.COPY_GONE and not item.payload.get("stored"):
            return Again({**item.payload, "stored": True})
        if refusal is Refusal.TOPIC_GONE:
            return Again({**item.payload, "stored": False})
        message = get_message(tx, item.payload["message"])
        if message is not None:
            lost = item.destination if refusal in _WHY else None
            answer_failed(tx, message, _WHY.get(refusal, "why.refused"), now, lost_channel=lost)
        return refusal.name.lower()


class AnswerEditErrand(PlainErrand):
    """Payload: `message`. The teammate corrected himself after it was sent."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message = get_message(tx, item.payload["message"])
        customer = chat_of(item)
        copy = where_it_stands(tx, message, chat_address(self.around.bot_id, customer)) if message else None
        if message is None or copy is None:
            return Nothing("never sent")
        return edit_call(customer, copy, message, message.text)


class GreetErrand(PlainErrand):
    """Payload: `text`, `conversation`. In the customer's own language where we speak it."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        conversation_id = item.payload["conversation"]
        language = tx.scalar(
            sa.select(contacts.c.language)
            .select_from(contacts.join(conversations))
            .where(conversations.c.id == conversation_id)
        )
        spoken = (language or "").partition("-")[0]
        texts = Texts(spoken, self.texts.zone) if spoken in LOCALES else self.texts
        place = in_thread({"chat_id": chat_of(item)}, _thread_of_customer(tx, conversation_id))
        return Call("sendMessage", {**place, "text": texts.plain(item.payload["text"])})


def _thread_of_customer(tx: Tx, conversation_id: int) -> int | None:
    """Answers go to the topic in which the customer wrote last."""
    last = last_messages(tx, conversation_id, 1, direction=Direction.INBOUND)
    return last[0].thread_id if last else None
