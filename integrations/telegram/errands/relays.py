"""The customer's messages, on their way to the lead's owner."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.leads import OPEN
from bot.domain.messages import Direction, MessageKind
from bot.ports import OutboxItem
from bot.storage.desks import Desk, Post, get_post
from bot.storage.leads import get_lead, open_lead_of
from bot.storage.messages import Message, add_copy, album, get_message, learn_file, where_it_stands
from bot.storage.store.base import Tx
from bot.storage.tables import contacts
from bot.storage.team import get_teammate, roles_of
from bot.use_cases.promises import remove_message
from integrations.telegram.client import Call
from integrations.telegram.errands.base import (
    Again,
    Hold,
    Landed,
    Nothing,
    Prepared,
    Result,
    Verdict,
    chat_of,
    in_thread,
    needs_topic,
    replying_to,
    topic_call,
)
from integrations.telegram.errands.desks import DeskErrand, reopen_call
from integrations.telegram.errands.stored import attached_file, own_words_call, stored_call
from integrations.telegram.html import LONGEST_CAPTION, LONGEST_TEXT, clip
from integrations.telegram.parse import CHANNEL, chat_address, message_content
from integrations.telegram.refusals import Refusal


class RelayErrand(DeskErrand):
    """Payload: `message`, `lead`.

    `stored` when Telegram does not give the original, `as_document` when it does not take a file of the web as a
    picture, `words` when not even its file; of an album `relayed` names
    the parts that this item has brought already, and `anew` that they stood here before.
    """

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message, post = get_message(tx, item.payload["message"]), get_post(tx, item.payload["lead"])
        if message is None or message.kind is MessageKind.START:
            return Nothing("nothing to relay")
        desk = _desk_of_reader(tx, post, self.around.policy.admins)
        if post is None or desk is None or chat_of(item) != desk.chat_id:
            return Nothing("not his any more")
        if desk.chat_id == post.telegram_id and post.opened_at is None:
            return Hold()
        if needs_topic(desk, self.around):
            return topic_call(desk, self.around.policy.hide(_contact_name(tx, desk.lead_id)))
        if reopening := reopen_call(item, desk):
            return reopening
        parts = self._parts(tx, item, desk.chat_id, message)
        return self._call(tx, item, desk, post.head_id, parts) if parts else Nothing("relayed already")

    def _parts(self, tx: Tx, item: OutboxItem, chat_id: int, message: Message) -> list[Message]:
        """What is left to bring: an album's late part follows alone, a replay brings the whole album once more."""
        if message.album_id is None or message.direction is Direction.OUTBOUND:
            return [message]
        relayed = item.payload.get("relayed", [])
        parts = album(tx, message.conversation_id, message.album_id, Direction.INBOUND)
        left = [part for part in parts if part.id not in relayed]
        here = chat_address(self.around.bot_id, chat_id)
        new = [part for part in left if where_it_stands(tx, part, here) is None]
        return left if item.payload.get("anew") or not (new or relayed) else new

    def _call(self, tx: Tx, item: OutboxItem, desk: Desk, head_id: int | None, parts: list[Message]) -> Call:
        place, first = in_thread({"chat_id": desk.chat_id}, desk.thread_id), parts[0]
        if first.direction is Direction.OUTBOUND:
            return own_words_call(
                place, first, _author(tx, first), self.texts, words_only=bool(item.payload.get("words"))
            )
        copied = first.chat.startswith(f"{CHANNEL}:") and not item.payload.get("stored")
        if copied and len(parts) > 1:
            ids = [int(part.external_id) for part in parts]
            about = tuple(part.id for part in parts)
            return Call(
                "copyMessages", {**place, "from_chat_id": _native(first.chat), "message_ids": ids}, "album", about
            )
        replying_to(place, self._context(tx, desk, head_id, first))
        if not copied:
            return stored_call(
                place,
                first,
                self.texts,
                words_only=bool(item.payload.get("words")),
                attached=attached_file(tx, first),
                as_document=bool(item.payload.get("as_document")),
            )
        copy = {"from_chat_id": _native(first.chat), "message_id": int(first.external_id)}
        step = "copy" if first.album_id is None else "album"
        return Call("copyMessage", {**place, **copy}, step, (first.id,))

    def _context(self, tx: Tx, desk: Desk, head_id: int | None, message: Message) -> str | int | None:
        """What the customer quoted; without topics, else the card that says who is speaking."""
        here = chat_address(self.around.bot_id, desk.chat_id)
        quoted = get_message(tx, message.reply_to_id) if message.reply_to_id is not None else None
        if quoted is not None and (at := where_it_stands(tx, quoted, here)) is not None:
            return at
        return head_id if desk.thread_id is None else None

    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        chat_id = call.params["chat_id"]
        here = chat_address(self.around.bot_id, chat_id)
        if call.step == "copy" and add_copy(tx, call.about[0], here, str(result["message_id"])):
            return None  # as nearly always
        message = get_message(tx, item.payload["message"])
        if message is None:  # forgotten while it was on its way
            discard(tx, chat_id, result if isinstance(result, list) else [result], now)
            return None
        copies = copies_of(call, result)
        if copies is None:
            discard(tx, chat_id, result, now)
            return Again({**item.payload, "stored": True})
        alone = message.album_id is None or message.direction is Direction.OUTBOUND
        anew = not alone and (item.payload.get("anew") or _stands(tx, copies[0][0], here))
        for message_id, copy in copies:
            add_copy(tx, message_id, here, copy)
        if call.files:
            kind, file = message_content(result)
            if file is not None:
                learn_file(tx, message.id, kind, file.id)
        if alone:
            return None
        relayed = [*item.payload.get("relayed", []), *call.about]
        payload = {**item.payload, "relayed": relayed, "anew": bool(anew)}
        payload.pop("words", None)
        more = self._parts(tx, replace(item, payload=payload), chat_id, message)
        return Again(payload) if more else Landed(payload)

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal in (Refusal.COPY_GONE, Refusal.OTHER):
            if call.step in ("copy", "album"):
                return Again({**item.payload, "stored": True})
            if call.files and call.method == "sendPhoto":  # too long, too narrow: as a file it can be anything
                return Again({**item.payload, "as_document": True})
            if call.step == "stored" and call.method != "sendMessage":
                return Again({**item.payload, "words": True})
        return super().refused(tx, item, call, refusal, now)


class RelayEditErrand(DeskErrand):
    """Payload: `message`, `lead`; `anew` when our copy can no longer be changed.

    The owner's copy says what the customer now says, and that it was changed.
    """

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        message, post = get_message(tx, item.payload["message"]), get_post(tx, item.payload["lead"])
        desk = _desk_of_reader(tx, post, self.around.policy.admins)
        if message is None or desk is None or chat_of(item) != desk.chat_id:
            return Nothing("nothing to edit")
        here = chat_address(self.around.bot_id, desk.chat_id)
        copy = where_it_stands(tx, message, here)
        if copy is None:
            return Nothing("never relayed")
        text = self.texts.plain("relay.edited", text=message.text)
        if item.payload.get("anew"):
            place = in_thread({"chat_id": desk.chat_id}, desk.thread_id)
            return reopen_call(item, desk) or Call("sendMessage", {**place, "text": clip(text, LONGEST_TEXT)})
        return edit_call(desk.chat_id, copy, message, text)

    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        if call.step != "edit":
            here = chat_address(self.around.bot_id, call.params["chat_id"])
            add_copy(tx, item.payload["message"], here, str(result["message_id"]))
        return None

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if call.step == "edit" and refusal in (Refusal.EDIT_GONE, Refusal.OTHER):
            return Again({**item.payload, "anew": True})
        return super().refused(tx, item, call, refusal, now)


def copies_of(call: Call, result: Any) -> list[tuple[int, str]] | None:
    """`(message, id of its copy)` for all that the call was about; None when Telegram has left some out untold."""
    told = result if isinstance(result, list) else [result]
    if len(told) != len(call.about):
        return None
    return [(about, str(copy["message_id"])) for about, copy in zip(call.about, told, strict=True)]


def discard(tx: Tx, chat_id: int, result: Any, now: datetime) -> None:
    """Which part is missing Telegram does not say: what came through is taken away and goes again from the store."""
    for copy in result:
        remove_message(tx, chat_id, copy["message_id"], now)


def edit_call(chat_id: int, message_id: str, message: Message, text: str) -> Call:
    place = {"chat_id": chat_id, "message_id": int(message_id)}
    if message.kind is MessageKind.TEXT:
        return Call("editMessageText", {**place, "text": clip(text, LONGEST_TEXT)}, "edit")
    return Call("editMessageCaption", {**place, "caption": clip(text, LONGEST_CAPTION)}, "edit")


def _stands(tx: Tx, message_id: int, here: str) -> bool:
    message = get_message(tx, message_id)
    return message is not None and where_it_stands(tx, message, here) is not None


def _desk_of_reader(tx: Tx, post: Post | None, admins: frozenset[int]) -> Desk | None:
    """Nothing passes to who no longer owns the lead or has left. A late word after closing reaches its last owner."""
    if post is None or not roles_of(tx, post.telegram_id, admins):
        return None
    return post.desk if post.status in OPEN or open_lead_of(tx, post.contact_id) is None else None


def _author(tx: Tx, message: Message) -> str:
    mate = get_teammate(tx, message.author_id) if message.author_id is not None else None
    return mate.name if mate is not None else "…"


def _contact_name(tx: Tx, lead_id: int) -> str:
    lead = get_lead(tx, lead_id)
    name = tx.scalar(sa.select(contacts.c.name).where(contacts.c.id == lead.contact_id)) if lead else None
    return name or "…"


def _native(address: str) -> int:
    return int(address.rpartition(":")[2])
