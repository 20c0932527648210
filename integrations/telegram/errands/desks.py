"""What all errands at an owner's desk share: its topic is made, lost and made again."""

from datetime import datetime
from typing import Any

from bot.ports import OutboxItem
from bot.storage.leads import get_lead
from bot.storage.places import Desk, drop_card, get_desk, set_thread
from bot.storage.store.base import Tx
from bot.use_cases.promises import conversation_of, desk_place, open_desk, remove_message
from integrations.telegram.client import Call
from integrations.telegram.errands.base import Again, PlainErrand, Verdict
from integrations.telegram.refusals import Refusal


class DeskErrand(PlainErrand):
    def done(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Again | None:
        if call.step == "topic":
            set_thread(tx, item.payload["lead"], result["message_thread_id"])
            return Again()
        if call.step == "reopen":
            return Again({key: value for key, value in item.payload.items() if key != "reopen"})
        if missed_its_topic(call, result):
            # A deleted topic of a private chat can let the message through into the main chat.
            remove_message(tx, call.params["chat_id"], result["message_id"], now)
            rebuild_desk(tx, item.payload["lead"], now)
            return None
        return self.landed(tx, item, call, result, now)

    def landed(self, tx: Tx, item: OutboxItem, call: Call, result: Any, now: datetime) -> Again | None:
        raise NotImplementedError

    def refused(self, tx: Tx, item: OutboxItem, call: Call, refusal: Refusal, now: datetime) -> Verdict:
        if refusal is Refusal.TOPIC_GONE:
            rebuild_desk(tx, item.payload["lead"], now)
            return None
        if refusal is Refusal.TOPIC_CLOSED:
            return Again({**item.payload, "reopen": True})
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
    """The topic was deleted: a new one gets the head card and the last messages."""
    desk, lead = get_desk(tx, lead_id), get_lead(tx, lead_id)
    if desk is None or lead is None:
        return
    set_thread(tx, lead_id, None)
    drop_card(tx, lead_id, desk_place(desk.teammate_id))
    open_desk(tx, desk, conversation_of(tx, lead.contact_id), now)
