"""What an errand is: the call to make, and what its answer means, as units of work."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.policy import Policy
from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.desks import Desk
from bot.storage.store.base import Tx
from bot.storage.team import teammate_by_telegram
from integrations.telegram.client import Call
from integrations.telegram.html import LONGEST_TOPIC, cut
from integrations.telegram.refusals import Refusal


def _at_ease(_destination: str) -> float:
    return math.inf


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every errand needs to know of the world."""

    texts: Texts
    policy: Policy
    bot_id: int
    private_topics: bool
    """Topics are switched on for the bot's private chats (`getMe.has_topics_enabled`)."""
    bot_username: str
    ease: Callable[[str], float] = _at_ease
    """How many messages to a destination may go at once, before what can wait must be spread over the minute."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do any more; `told` when somebody counts on it and has to hear why."""

    why: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits until the person opens the bot."""


@dataclass(frozen=True, slots=True)
class Again:
    """The item stays pending: one more call is needed, with this payload when it changed."""

    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """It is done. Should it have been promised anew meanwhile, it goes on with this payload."""

    payload: Mapping[str, Any]


Prepared = Call | Nothing | Hold
Result = Again | Landed | None
Verdict = Again | str | None
"""After a refusal: try again, a final failure in one word, or None for "it is fine as it is"."""


class Errand(Protocol):
    to_customer: bool
    """It goes to the person outside; else to one of us, who can be waited for."""

    can_wait: bool
    """It keeps its worth until an administrator has given the chat, or the rights, back to the bot."""

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:
        """Reads the state and says what to call."""
        ...

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        """Writes down what the call has brought about."""
        ...

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        """Decides what a named refusal means for this errand."""
        ...

    def lost(self, tx: Tx, item: OutboxItem, why: str, now: datetime) -> None:
        """It came to nothing otherwise than by a refusal: it expired, or its writer has lost the right to it."""
        ...


class PlainErrand:
    """The usual case: nothing to write down afterwards, a refusal is final."""

    to_customer = False
    can_wait = True

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.texts = around.texts

    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:  # noqa: ARG002
        return None

    def refused(
        self,
        tx: Tx,  # noqa: ARG002
        item: OutboxItem,  # noqa: ARG002
        call: Call,  # noqa: ARG002
        refusal: Refusal,
        now: datetime,  # noqa: ARG002
    ) -> Verdict:
        return refusal.name.lower()

    def lost(self, tx: Tx, item: OutboxItem, why: str, now: datetime) -> None:  # noqa: ARG002
        return None


def chat_of(item: OutboxItem) -> int:
    return int(item.destination.rpartition(":")[2])


def in_thread(params: dict[str, Any], thread_id: int | None) -> dict[str, Any]:
    if thread_id is not None:
        params["message_thread_id"] = thread_id
    return params


def replying_to(params: dict[str, Any], message_id: int | str | None) -> dict[str, Any]:
    if message_id is not None:
        params["reply_parameters"] = {"message_id": int(message_id), "allow_sending_without_reply": True}
    return params


def without_topic(item: OutboxItem, refusal: Refusal) -> Again | None:
    """The topic is gone or closed: what has no other home is said in the chat itself."""
    if refusal in (Refusal.TOPIC_GONE, Refusal.TOPIC_CLOSED) and not item.payload.get("no_topic"):
        return Again({**item.payload, "no_topic": True})
    return None


def desk_needs(tx: Tx, desk: Desk, name: Callable[[], str], around: Surroundings) -> Call | Hold | None:
    """What must come before anything is said at a desk: an open private chat, then a topic where there are topics."""
    if desk.chat_id > 0:
        mate = teammate_by_telegram(tx, desk.chat_id)
        if mate is None or mate.opened_at is None:
            return Hold()
    return topic_call(desk, name()) if needs_topic(desk, around) else None


def needs_topic(desk: Desk, around: Surroundings) -> bool:
    has_topics = around.private_topics if desk.chat_id > 0 else around.policy.conversations == "topics"
    return has_topics and desk.thread_id is None


def topic_call(desk: Desk, name: str) -> Call:
    return Call("createForumTopic", {"chat_id": desk.chat_id, "name": cut(name, LONGEST_TOPIC) or "…"}, "topic")
