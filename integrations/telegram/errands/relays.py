"""The customer's messages, on their way to the lead's owner."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import OPEN
from bot.domain.messages import Direction, MessageKind
from bot.ports import OutboxItem
from bot.storage.leads import get_lead, open_lead_of
from bot.storage.messages import Message, add_copy, album, get_message, where_it_stands
from bot.storage.places import Desk, get_card, get_desk
from bot.storage.store.base import Tx
from bot.storage.tables import contacts
from bot.use_cases.promises import desk_place
from integrations.telegram.client import Call
from integrations.telegram.errands.base import (
    Again,
    Nothing,
    Prepared,
    Verdict,
    chat_of,
    desk_needs,
    in_thread,
    replying_to,
)
from integrations.telegram.errands.desks import DeskErrand, reopen_call
from integrations.telegram.errands.stored import stored_call
from integrations.telegram.html import LONGEST_CAPTION, LONGEST_TEXT
from integrations.telegram.parse import CHANNEL, chat_address
from integrations.telegram.refusals import Refusal


class RelayErrand(DeskErrand):
    """Payload: `message`, `lead`; `stored` when Telegram no longer gives the original."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message, desk = get_message(tx, item.payload["message"]), get_desk(tx, item.payload["lead"])
        if message is None or desk is None or message.kind is MessageKind.START:
            return Nothing("nothing to relay")
        if not _may_read(tx, desk) or chat_of(item) != desk.chat_id:
            return Nothing("not his any more")
        if needed := desk_needs(tx, desk, _contact_name(tx, desk.lead_id), self.around) or reopen_call(item, desk):
            return needed
        parts = album(tx, message.conversation_id, message.album_id, Direction.INBOUND) if message.album_id else []
        return self._call(tx, item, desk, message, parts)

    def _call(self, tx: Tx, item: OutboxItem, desk: Desk, message: Message, parts: list[Message]) -> Call:
        place = in_thread({"chat_id": desk.chat_id}, desk.thread_id)
        if len(parts) > 1 and not item.payload.get("stored"):
            ids = sorted(int(part.external_id) for part in parts)
            return Call("copyMessages", {**place, "from_chat_id": _native(message.chat), "message_ids": ids}, "album")
        replying_to(place, self._context(tx, desk, message))
        if item.payload.get("stored") or not message.chat.startswith(f"{CHANNEL}:"):
            return stored_call(place, message, self.texts)
        copy = {"from_chat_id": _native(message.chat), "message_id": int(message.external_id)}
        return Call("copyMessage", {**place, **copy}, "copy")

    def _context(self, tx: Tx, desk: Desk, message: Message) -> str | int | None:
        """What the customer quoted; without topics, else the card that says who is speaking."""
        here = chat_address(self.around.bot_id, desk.chat_id)
        quoted = get_message(tx, message.reply_to_id) if message.reply_to_id is not None else None
        if quoted is not None and (at := where_it_stands(tx, quoted, here)) is not None:
            return at
        if desk.thread_id is not None:
            return None
        head = get_card(tx, desk.lead_id, desk_place(desk.teammate_id))
        return head.message_id if head else None

    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Again | None:  # noqa: ARG002
        message = get_message(tx, item.payload["message"])
        if message is None:
            return None
        here = chat_address(self.around.bot_id, call.params["chat_id"])
        if call.step != "album":
            add_copy(tx, message.id, here, str(result["message_id"]))
            return None
        parts = album(tx, message.conversation_id, message.album_id or "", Direction.INBOUND)
        by_id = {int(part.external_id): part.id for part in parts}
        for original, copy in zip(call.params["message_ids"], result, strict=False):
            add_copy(tx, by_id[original], here, str(copy["message_id"]))
        return None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal is Refusal.COPY_GONE and not item.payload.get("stored"):
            return Again({**item.payload, "stored": True})
        return super().refused(tx, item, call, refusal, now)


class RelayEditErrand(DeskErrand):
    """Payload: `message`, `lead`. The owner's copy says what the customer now says, and that it was changed."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message, desk = get_message(tx, item.payload["message"]), get_desk(tx, item.payload["lead"])
        if message is None or desk is None or not _may_read(tx, desk):
            return Nothing("nothing to edit")
        here = chat_address(self.around.bot_id, desk.chat_id)
        copy = where_it_stands(tx, message, here)
        if copy is None:
            return Nothing("never relayed")
        return edit_call(desk.chat_id, copy, message, self.texts.plain("relay.edited", text=message.text))

    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Again | None:  # noqa: ARG002
        return None


def edit_call(chat_id: int, message_id: str, message: Message, text: str) -> Call:
    place = {"chat_id": chat_id, "message_id": int(message_id)}
    if message.kind is MessageKind.TEXT:
        return Call("editMessageText", {**place, "text": text[:LONGEST_TEXT]}, "edit")
    return Call("editMessageCaption", {**place, "caption": text[:LONGEST_CAPTION]}, "edit")


def _may_read(tx: Tx, desk: Desk) -> bool:
    """Nothing passes to who no longer owns the lead. A late word after closing still reaches its former owner."""
    lead = get_lead(tx, desk.lead_id)
    if lead is None:
        return False
    if lead.status in OPEN:
        return lead.owner_id == desk.teammate_id
    return open_lead_of(tx, lead.contact_id) is None


def _contact_name(tx: Tx, lead_id: int) -> str:
    lead = get_lead(tx, lead_id)
    name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == lead.contact_id)) if lead else None
    return name or "…"


def _native(address: str) -> int:
    return int(address.rpartition(":")[2])
