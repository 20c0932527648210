"""A message was edited, on either side; the old text is kept."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.contacts import find_email, find_phone
from bot.domain.errors import EditBeforeMessageError
from bot.domain.leads import OPEN
from bot.domain.messages import Direction, InboundMessage, MessageKind, MessageStatus
from bot.domain.policy import Policy
from bot.storage.desks import get_desk
from bot.storage.leads import lock_lead
from bot.storage.messages import Message, edit_message, message_at
from bot.storage.people import learn_contact
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, conversations
from bot.storage.team import roles_of, teammate_by_telegram
from bot.use_cases.claim_lead import owner_name
from bot.use_cases.keep_note import is_command, is_note, note_of_edit
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import relay_edit_to_owner, send_answer_edit
from bot.use_cases.promises import refresh_cards
from bot.use_cases.receive_message import AlreadyReceived, Received, receive_message, score_and_hand_off
from bot.use_cases.route_message import correct_waiting
from bot.use_cases.team import Person

PATIENCE = timedelta(minutes=10)
"""How long an edit waits for its message; then it is taken as the message itself, so that nothing is lost."""


def edit_inbound_message(
    tx: Tx, edited: InboundMessage, policy: Policy, now: datetime
) -> Received | AlreadyReceived | None:
    message = message_at(tx, edited.chat, edited.external_id)
    if message is None:
        if now - edited.at < PATIENCE:
            raise EditBeforeMessageError
        return receive_message(tx, edited, policy, now)
    if message.direction is not Direction.INBOUND or message.chat != edited.chat:
        return None  # somebody who was a teammate when he wrote it
    if not edit_message(tx, message, edited.text, edited.edited_at or now) or message.lead_id is None:
        return None
    lead = lock_lead(tx, message.lead_id)
    if lead is None:
        return None
    learn_contact(tx, lead.contact_id, find_phone(edited.text, policy.region), find_email(edited.text))
    if lead.status in OPEN:
        lead = score_and_hand_off(tx, lead, policy, now, since=message.at)
    desk = get_desk(tx, lead.id)
    if desk is not None and desk.teammate_id == lead.owner_id:
        relay_edit_to_owner(tx, desk, message, now)
    refresh_cards(tx, lead.id, now)
    return None


def edit_answer(
    tx: Tx,
    chat: str,
    external_id: str,
    text: str,
    person: Person,
    policy: Policy,
    now: datetime,
    edited_at: datetime | None = None,
) -> bool:
    """A teammate corrected himself; False when it changes nothing for the customer.

    The correction follows its message, also one that is just being sent. Made into a note, it goes no further.
    """
    mate = teammate_by_telegram(tx, person.telegram_id)
    message = message_at(tx, chat, external_id)
    if mate is None or not roles_of(tx, person.telegram_id, policy.admins):
        return False
    if message is None:
        return correct_waiting(tx, mate, int(chat.rpartition(":")[2]), int(external_id), text, now)
    if message.chat != chat or message.author_id != mate.id or message.text == text:
        return False
    lead = lock_lead(tx, message.lead_id) if message.lead_id is not None else None
    if lead is None or message.status is MessageStatus.FAILED or (message.kind is MessageKind.TEXT and not text):
        return False
    if lead.owner_id != mate.id:
        owner = owner_name(tx, lead)
        _tell(tx, message, "refused.not_yours" if owner else "refused.nobodys", now, owner=owner or "")
        return False
    if is_note(text):
        note_of_edit(tx, message, text, now)
        if message.status is MessageStatus.SENT:
            _tell(tx, message, "refused.note_too_late", now)
        return False
    if is_command(text):  # a quick reply stands in the chat as its command
        return False
    if not edit_message(tx, message, text, edited_at or now):
        return False
    address = tx.execute(
        sa.select(channel_identities.c.channel, channel_identities.c.external_id)
        .select_from(conversations.join(channel_identities))
        .where(conversations.c.id == message.conversation_id)
    ).one()
    send_answer_edit(tx, message, address.channel, address.external_id, now)
    return True


def _tell(tx: Tx, message: Message, text: str, now: datetime, **values: Any) -> None:
    chat_id = int(message.chat.rpartition(":")[2])
    say(tx, chat_id, text, now, thread_id=message.thread_id, reply_to=int(message.external_id), **values)
