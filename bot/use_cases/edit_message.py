"""A message was edited, on either side; the old text is kept."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.errors import EditBeforeMessageError
from bot.domain.messages import InboundMessage, MessageStatus
from bot.domain.policy import Policy
from bot.storage.messages import Message, edit_message, get_message, message_at
from bot.storage.places import get_desk
from bot.storage.store.base import Tx
from bot.storage.tables import channel_identities, conversations
from bot.use_cases.promises import refresh_cards, relay_edit_to_owner, send_answer_edit
from bot.use_cases.receive_message import AlreadyReceived, Received, receive_message

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
    if not edit_message(tx, message, edited.text, now) or message.lead_id is None:
        return None
    desk = get_desk(tx, message.lead_id)
    if desk is not None:
        relay_edit_to_owner(tx, desk, _reread(tx, message), now)
    refresh_cards(tx, message.lead_id, now)
    return None


def edit_answer(tx: Tx, chat: str, external_id: str, text: str, now: datetime) -> bool:
    """A teammate corrected himself. An answer still on its way goes out corrected; False when it is none of ours."""
    message = message_at(tx, chat, external_id)
    if message is None or message.chat != chat or not edit_message(tx, message, text, now):
        return False
    if message.status is MessageStatus.SENT:
        address = tx.execute(
            sa.select(channel_identities.c.channel, channel_identities.c.external_id)
            .select_from(conversations.join(channel_identities))
            .where(conversations.c.id == message.conversation_id)
        ).one()
        send_answer_edit(tx, _reread(tx, message), address.channel, address.external_id, now)
    return True


def _reread(tx: Tx, message: Message) -> Message:
    return get_message(tx, message.id) or message
