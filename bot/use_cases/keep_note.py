"""What is meant for colleagues never reaches the customer."""

import re
import unicodedata
from datetime import datetime

from bot.domain.messages import Direction, MessageStatus
from bot.storage.cards import add_mention
from bot.storage.leads import Lead, lock_lead
from bot.storage.messages import Message, album, mark_failed, part_of_album
from bot.storage.notes import add_note, is_internal_album
from bot.storage.outbox import drop_answers
from bot.storage.prompts import close_prompt, open_routes
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.promised_notices import say
from bot.use_cases.promises import customer_lane, refresh_cards
from bot.use_cases.team_message import NobodyToTell, NoteKept, Taken, TeamMessage

INTERNAL = "//"
_NOTE_COMMAND = re.compile(r"/note(?:@\w+)?(?!\w)", re.IGNORECASE)


def visible(text: str) -> str:
    """The text from its first visible letter on: direction marks and joiners hide nothing."""
    hidden = 0
    while hidden < len(text) and (text[hidden].isspace() or unicodedata.category(text[hidden]) == "Cf"):
        hidden += 1
    return text[hidden:]


def is_note(text: str) -> bool:
    shown = visible(text)
    return shown.startswith(INTERNAL) or _NOTE_COMMAND.match(shown) is not None


def is_command(text: str) -> bool:
    """A mistyped command is no word for a customer either."""
    return visible(text).startswith("/")


def note_text(text: str) -> str:
    shown = visible(text)
    if shown.startswith(INTERNAL):
        return shown.removeprefix(INTERNAL).strip()
    return _NOTE_COMMAND.sub("", shown, count=1).strip()


def is_internal(tx: Tx, message: TeamMessage, mate: Teammate) -> bool:
    """Its words say so, or what it replies to, or another part of the same album."""
    if message.reply_to_colleague or is_note(message.text):
        return True
    return message.album_id is not None and is_internal_album(tx, mate.id, message.album_id)


def keep_note(tx: Tx, addressed: list[Lead], mate: Teammate, message: TeamMessage, now: datetime) -> Taken:
    if message.album_id is not None:
        _take_back_album(tx, mate, message, now)
    lead = lock_lead(tx, addressed[0].id) if len(addressed) == 1 else None
    text = note_text(message.text)
    if lead is None:
        if message.private and text:
            say(tx, message.chat_id, "note.where", now, thread_id=message.thread_id, reply_to=message.message_id)
        return NobodyToTell()
    if text or message.album_id is not None:
        add_note(tx, lead.id, mate.id, text, now, message.album_id)
    add_mention(tx, lead.id, message.chat_id, message.message_id)
    refresh_cards(tx, lead.id, now)
    return NoteKept(lead.id)


def note_of_edit(tx: Tx, message: Message, text: str, now: datetime) -> None:
    """An answer was edited into a note: what has not gone out yet stays here."""
    if message.lead_id is not None and message.author_id is not None:
        add_note(tx, message.lead_id, message.author_id, note_text(text), now, None)
    if message.status is MessageStatus.PENDING:
        _withhold(tx, message, now)


def _take_back_album(tx: Tx, mate: Teammate, message: TeamMessage, now: datetime) -> None:
    """Parts that came before the one which says that the album is for colleagues."""
    earlier = part_of_album(tx, message.chat, message.album_id or "")
    if earlier is not None:
        _withhold(tx, earlier, now)
    for prompt in open_routes(tx, mate.id, message.chat_id, now):
        if prompt.data["message"]["album_id"] == message.album_id:
            close_prompt(tx, prompt.id)


def _withhold(tx: Tx, message: Message, now: datetime) -> None:
    parts = [message]
    if message.album_id is not None:
        parts = album(tx, message.conversation_id, message.album_id, Direction.OUTBOUND)
    unsent = {part.id for part in parts if part.status is MessageStatus.PENDING}
    for number in unsent:
        mark_failed(tx, number, "why.note")
    drop_answers(tx, customer_lane(message.conversation_id), unsent, now)
