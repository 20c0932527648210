"""A reaction on one side shows on the other: on the message itself, or on its copy."""

from datetime import datetime

from bot.domain.messages import Direction, Reaction
from bot.domain.policy import Policy
from bot.storage.leads import get_lead
from bot.storage.messages import Message, message_at
from bot.storage.people import reach_of
from bot.storage.store.base import Tx
from bot.storage.team import get_teammate, roles_of, teammate_by_telegram
from bot.use_cases.promised_notices import say
from bot.use_cases.promised_words import react_for_customer, react_for_owner


def pass_on_reaction(tx: Tx, reaction: Reaction, policy: Policy, now: datetime) -> None:
    """It answers nobody and stops no clock. What the bot may not set itself is said to the owner in words."""
    message = message_at(tx, reaction.chat, reaction.external_id)
    if message is None or message.chat == reaction.chat:  # no copy: nobody else sees this message
        return
    if message.direction is Direction.OUTBOUND:
        _show_owner(tx, message, reaction, policy, now)
    else:
        _show_customer(tx, message, reaction, policy, now)


def _show_owner(tx: Tx, message: Message, reaction: Reaction, policy: Policy, now: datetime) -> None:
    author = get_teammate(tx, message.author_id) if message.author_id is not None else None
    lead = get_lead(tx, message.lead_id) if message.lead_id is not None else None
    if author is None or lead is None or lead.owner_id != author.id:
        return
    if not roles_of(tx, author.telegram_id, policy.admins):
        return
    chat_id, message_id = int(message.chat.rpartition(":")[2]), int(message.external_id)
    if reaction.emoji is not None or reaction.taken_back:
        react_for_owner(tx, chat_id, message_id, reaction.emoji, now)
    else:
        say(tx, chat_id, "told.reaction", now, thread_id=message.thread_id, reply_to=message_id)


def _show_customer(tx: Tx, message: Message, reaction: Reaction, policy: Policy, now: datetime) -> None:
    mate = teammate_by_telegram(tx, reaction.person)
    lead = get_lead(tx, message.lead_id) if message.lead_id is not None else None
    if mate is None or lead is None or lead.owner_id != mate.id or not roles_of(tx, mate.telegram_id, policy.admins):
        return
    reach = reach_of(tx, message.conversation_id)
    if reach is None or not reach.open:
        return
    if reaction.emoji is not None or reaction.taken_back:
        react_for_customer(tx, message, reach.channel, reach.address, reaction.emoji, now)
    else:
        chat_id = int(reaction.chat.rpartition(":")[2])
        say(tx, chat_id, "refused.reaction", now, reply_to=int(reaction.external_id))
