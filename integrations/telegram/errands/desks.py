"""What all errands at an owner's desk share: its topic is made, lost and made again."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.ports import OutboxItem
from bot.storage.cards import desk_place, drop_card
from bot.storage.desks import Desk, get_desk, set_thread
from bot.storage.messages import Message, get_message
from bot.storage.outbox import drop_lane
from bot.storage.store.base import Tx
from bot.storage.tables import outbox
from bot.storage.topics import is_known_topic
from bot.use_cases.promised_words import last_words, relay_to_owner
from bot.use_cases.promises import desk_lane, remove_message, show_desk_card
from bot.use_cases.recognise_topic import keep_topic
from integrations.telegram.client import Call
from integrations.telegram.errands.base import Again, Nothing, PlainErrand, Prepared, Result, Verdict, chat_of
from integrations.telegram.refusals import Refusal


class DeskErrand(PlainErrand, ABC):
    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        if call.step == "topic":
            keep_topic(tx, item.payload["lead"], call.params["chat_id"], result["message_thread_id"], now)
            return Again()
        if call.step == "reopen":
            return Again({key: value for key, value in item.payload.items() if key != "reopen"})
        if missed_its_topic(call, result):
            # A deleted topic of a private chat can let the message through into the main chat.
            remove_message(tx, call.params["chat_id"], result["message_id"], now)
            rebuild_desk(tx, item.payload["lead"], now)
            return None
        return self.landed(tx, item, call, result, now)

    @abstractmethod
    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Result:
        """What has arrived at the desk is written down."""

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal is Refusal.TOPIC_GONE:
            rebuild_desk(tx, item.payload["lead"], now)
            return None
        if refusal is Refusal.TOPIC_CLOSED:
            return Again({**item.payload, "reopen": True})
        return super().refused(tx, item, call, refusal, now)


class RemoveTopicErrand(PlainErrand):
    """Payload: `thread`, of a topic that was made twice; `close` where the bot may not delete it."""

    can_wait = False

    def prepare(self, tx: Tx, item: OutboxItem, now: datetime) -> Prepared:  # noqa: ARG002
        place = {"chat_id": chat_of(item), "message_thread_id": item.payload["thread"]}
        if is_known_topic(tx, *place.values()):
            return Nothing("a talk goes on there by now")
        return Call("closeForumTopic" if item.payload.get("close") else "deleteForumTopic", place)

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal is Refusal.TOPIC_GONE:
            return None
        if refusal is Refusal.NO_RIGHTS and not item.payload.get("close"):
            return Again({**item.payload, "close": True})
        return super().refused(tx, item, call, refusal, now)


def reopen_call(item: OutboxItem, desk: Desk) -> Call | None:
    if item.payload.get("reopen") and desk.thread_id is not None:
        params = {"chat_id": desk.chat_id, "message_thread_id": desk.thread_id}
        return Call("reopenForumTopic", params, step="reopen")
    return None


def missed_its_topic(call: Call, result: Any) -> bool:
    asked = call.params.get("message_thread_id")
    return (
        asked is not None and isinstance(result, dict) and "chat" in result and result.get("message_thread_id") != asked
    )


def rebuild_desk(tx: Tx, lead_id: int, now: datetime) -> None:
    """The topic was deleted: a new one gets the head card, the last messages, and whatever still had to come."""
    desk = get_desk(tx, lead_id)
    if desk is None:
        return
    replayed = {message.id: message for message in [*_still_to_come(tx, desk), *last_words(tx, lead_id)]}
    set_thread(tx, lead_id, None)
    drop_card(tx, lead_id, desk_place(desk.teammate_id))
    drop_lane(tx, desk_lane(desk), now, kinds=("card", "relay"))
    show_desk_card(tx, desk, now)
    for message in sorted(replayed.values(), key=lambda message: (message.at, message.id)):
        relay_to_owner(tx, desk, message, now)


def _still_to_come(tx: Tx, desk: Desk) -> list[Message]:
    waiting = tx.scalars(
        sa.select(outbox.c.payload).where(
            outbox.c.lane == desk_lane(desk), outbox.c.status == "pending", outbox.c.kind == "relay"
        )
    )
    found = [get_message(tx, payload["message"]) for payload in waiting.all()]
    return [message for message in found if message is not None]
