"""The owner's words go to the customer; nobody else's do."""

from datetime import datetime
from typing import Any

from bot.domain.leads import OPEN
from bot.domain.messages import Direction
from bot.domain.policy import LATE_WORD
from bot.storage.desks import is_introduced
from bot.storage.leads import Lead, lock_lead
from bot.storage.messages import add_message, last_answer_in, last_word_at, message_at
from bot.storage.people import Reach, reach_of
from bot.storage.store.base import Tx
from bot.storage.team import Teammate
from bot.use_cases.claim_lead import owner_name
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import conversation_of, introduce, send_answer
from bot.use_cases.team_message import AnswerTaken, NobodyToTell, Refused, SentOn, Taken, TeamMessage


def answer_customer(tx: Tx, lead_id: int, mate: Teammate, message: TeamMessage, now: datetime) -> Taken:
    lead = lock_lead(tx, lead_id)
    if lead is None:
        return NobodyToTell()
    if lead.owner_id != mate.id:
        owner = owner_name(tx, lead)
        if owner is None:
            return refuse(tx, message, mate, "refused.nobodys", now)
        return refuse(tx, message, mate, "refused.not_yours", now, owner=owner)
    if lead.status not in OPEN:
        return refuse(tx, message, mate, "refused.closed", now)
    conversation_id = conversation_of(tx, lead.contact_id)
    reach = reach_of(tx, conversation_id) if conversation_id is not None else None
    if conversation_id is None or reach is None:
        return refuse(tx, message, mate, "refused.no_conversation", now)
    if reach.one_way:
        return refuse(tx, message, mate, "refused.one_way", now)
    if reach.stopped:
        return refuse(tx, message, mate, "refused.stopped", now)
    known = _is_known(tx, conversation_id, lead, mate, now)
    quoted = message_at(tx, message.chat, str(message.reply_to)) if message.reply_to else None
    stored = add_message(
        tx,
        conversation_id=conversation_id,
        lead_id=lead.id,
        author_id=mate.id,
        direction=Direction.OUTBOUND,
        kind=message.kind,
        text=message.text,
        chat=message.chat,
        external_id=str(message.message_id),
        at=_date(tx, message, conversation_id, reach),
        file=message.file,
        album_id=message.album_id,
        reply_to_id=quoted.id if quoted else None,
        thread_id=message.thread_id,
    )
    if stored is None:
        return AnswerTaken()
    if not known:
        introduce(tx, stored, reach.channel, reach.address, now)
    send_answer(tx, stored, reach.channel, reach.address, now, from_store=message.ready)
    return SentOn(stored.id)


def _date(tx: Tx, message: TeamMessage, conversation_id: int, reach: Reach) -> datetime:
    """Never before what it answers, though that was said on another channel, by another clock."""
    if message.chat.startswith(f"{reach.channel}:"):
        return message.at
    return max(message.at, last_word_at(tx, conversation_id) or message.at)


def _is_known(tx: Tx, conversation_id: int, lead: Lead, mate: Teammate, now: datetime) -> bool:
    """Whether the customer knows already who is talking with him: nobody introduces himself twice in one talk."""
    last = last_answer_in(tx, conversation_id)
    if last is not None and last.author_id == mate.id:
        return last.lead_id == lead.id or now - last.at < LATE_WORD
    return is_introduced(tx, lead.id)


def refuse(tx: Tx, message: TeamMessage, mate: Teammate, text: str, now: datetime, **values: Any) -> Refused:
    """Told in the writer's private chat where there is one: the group's budget is for cards."""
    if message.private:
        say(tx, message.chat_id, text, now, thread_id=message.thread_id, reply_to=message.message_id, **values)
    elif mate.opened_at is not None:
        say(tx, mate.telegram_id, text, now, **values)
    return Refused(text)
