"""A visitor filled in a form."""

from datetime import datetime, timedelta

from bot.domain.messages import InboundMessage
from bot.domain.policy import Policy
from bot.storage.messages import same_words_between
from bot.storage.people import lock_person
from bot.storage.store.base import Tx
from bot.use_cases.receive_message import receive_message
from bot.use_cases.set_aside import set_aside

IMPATIENCE = timedelta(minutes=1)
"""The same words from the same person within it are a second press of the button."""


def receive_form(
    tx: Tx, message: InboundMessage, policy: Policy, now: datetime, sign_of_robot: str | None = None
) -> str:
    """The number of the submission: of this one, or of the one that it repeats. A robot gets one like everybody."""
    lock_person(tx, message.channel, message.sender.external_id)
    repeated = same_words_between(
        tx, message.channel, message.sender.external_id, message.text, now - IMPATIENCE, now + IMPATIENCE
    )
    if repeated is not None:
        return repeated
    if sign_of_robot is not None:
        set_aside(tx, message, sign_of_robot, policy, now)
    else:
        receive_message(tx, message, policy, now)
    return message.external_id
