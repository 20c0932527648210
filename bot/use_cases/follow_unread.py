"""An answer stands in a window and nobody looks: it goes where else the person is reached, or its writer is told."""

from datetime import datetime, timedelta

from bot.domain.leads import DeadlineKind
from bot.domain.policy import Policy
from bot.storage.deadlines import Deadline, get_deadline, set_deadline
from bot.storage.leads import Lead
from bot.storage.messages import Message, get_message
from bot.storage.people import ways_to_call
from bot.storage.store.base import Tx
from bot.storage.window import note_followed, other_talk, unread_answers
from bot.use_cases.deliver_answer import may_speak
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import greet, send_answer

READ_WITHIN = timedelta(minutes=5)
"""So long a visitor may look at the rest of the page, or at another one."""


def expect_reading(tx: Tx, lead_id: int, now: datetime) -> None:
    if get_deadline(tx, lead_id, DeadlineKind.UNREAD) is None:
        set_deadline(tx, lead_id, DeadlineKind.UNREAD, now + READ_WITHIN)


def follow_unread(tx: Tx, lead: Lead, deadline: Deadline, policy: Policy, now: datetime) -> None:  # noqa: ARG001
    """What he has read meanwhile, and what was followed up already, is left alone."""
    unread = unread_answers(tx, lead.contact_id)
    if not unread:
        return
    if (due_at := unread[0].at + READ_WITHIN) > now:
        set_deadline(tx, lead.id, DeadlineKind.UNREAD, due_at)
        return
    said = [message for line in unread if (message := get_message(tx, line.message_id)) is not None]
    said = [message for message in said if may_speak(tx, message, policy.admins)]
    elsewhere = other_talk(tx, lead.contact_id, unread[0].channel)
    for line in unread:
        note_followed(tx, line.conversation_id, line.number)
    if said and elsewhere is not None:
        talk, channel, address = elsewhere
        greet(tx, talk, channel, address, "greet.elsewhere", now)
        for message in said:
            send_answer(tx, message, channel, address, now, elsewhere=True)
    elif said and unread[0].is_first:
        tell_unread(tx, said[0], lead.contact_id, now)


def tell_unread(tx: Tx, message: Message, contact_id: int, now: datetime) -> None:
    """Its writer may call; said once until the visitor has come back."""
    phone, email = ways_to_call(tx, contact_id)
    contact = " · ".join(filter(None, (phone, email)))
    where, quoted = int(message.chat.rpartition(":")[2]), int(message.external_id)
    text = "told.unread" if contact else "told.unread_nowhere"
    say(tx, where, text, now, thread_id=message.thread_id, reply_to=quoted, contact=contact, lead=message.lead_id)
