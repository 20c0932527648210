"""The queue of updates: identifiers, retention, confirmation, and the troubles a queue can have."""

import asyncio
from collections import deque
from dataclasses import dataclass

import orjson

from integrations.telegram.sandbox.changes import Changes
from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.state import Json
from integrations.telegram.sandbox.words import words

ALL_KINDS = words(
    "message edited_message channel_post edited_channel_post business_connection business_message"
    " edited_business_message deleted_business_messages guest_message message_reaction message_reaction_count"
    " inline_query chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll"
    " poll_answer my_chat_member chat_member chat_join_request chat_boost removed_chat_boost managed_bot"
)
DEFAULT_KINDS = ALL_KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
DAY = 86_400.0
# Identifiers start from the clock, a thousand a second, so that a restarted sandbox never reuses one.
_EPOCH, _IDS_PER_SECOND = 1_700_000_000, 1_000


@dataclass(slots=True)
class Update:
    id: int
    kind: str
    body: bytes
    queue: str
    expires: float
    copies: int = 0


@dataclass(slots=True)
class _Event:
    kind: str
    payload: bytes
    queue: str
    expires: float


class UpdateQueue:
    def __init__(self, clock: Clock) -> None:
        self.arrivals, self.confirmations = Changes(), Changes()
        self.pending: dict[int, Update] = {}
        self.allowed = DEFAULT_KINDS
        self._clock = clock
        self._next_id = int((clock.now() - _EPOCH) * _IDS_PER_SECOND)
        self._repeats: deque[Update] = deque()
        self._duplicate = self._hold = 0
        self._hold_seconds = 0.0
        self._swapping = False
        self._swapped: _Event | None = None
        self._late: set[asyncio.Task[None]] = set()

    def emit(self, kind: str, payload: Json, queue: str, lifetime: float = DAY) -> None:
        if kind not in self.allowed:
            return
        event = _Event(kind, orjson.dumps(payload), queue, self._clock.now() + lifetime)
        if self._hold > 0:
            self._hold -= 1
            task = asyncio.get_running_loop().create_task(
                self._enter_late(event, self._clock.now() + self._hold_seconds)
            )
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        elif self._swapping:
            self._swapping, self._swapped = False, event
        else:
            self._enter(event)
            if self._swapped is not None:
                swapped, self._swapped = self._swapped, None
                self._enter(swapped)

    def allow(self, kinds: list[str] | None) -> None:
        if kinds is not None:
            self.allowed = frozenset(kinds) & ALL_KINDS or DEFAULT_KINDS

    def duplicate(self, count: int) -> None:
        self._duplicate += count

    def reorder(self) -> None:
        """The next two events change places; their identifiers still ascend."""
        self._swapping = True

    def hold(self, count: int, seconds: float) -> None:
        self._hold, self._hold_seconds = count, seconds

    def calm(self) -> None:
        self._duplicate = self._hold = 0
        self._swapping = False
        if self._swapped is not None:
            swapped, self._swapped = self._swapped, None
            self._enter(swapped)

    def fetch(self, offset: int, limit: int) -> list[Update]:
        if offset < 0:
            for update_id in list(self.pending)[:offset]:
                del self.pending[update_id]
        else:
            self._confirm_before(offset)
        self.expire()
        batch = [self._repeats.popleft() for _ in range(min(limit, len(self._repeats)))]
        for update in self.pending.values():
            if len(batch) >= limit:
                break
            batch.append(update)
        return batch

    def confirm(self, update: Update) -> None:
        self.pending.pop(update.id, None)
        self.confirmations.touch()

    def clear(self) -> None:
        self.pending.clear()
        self._repeats.clear()

    def expire(self) -> None:
        now = self._clock.now()
        for update in [update for update in self.pending.values() if update.expires <= now]:
            del self.pending[update.id]

    def stop(self) -> None:
        for task in self._late:
            task.cancel()

    def _confirm_before(self, offset: int) -> None:
        while self.pending:
            update_id = next(iter(self.pending))
            if update_id >= offset:
                return
            update = self.pending.pop(update_id)
            if update.copies > 0:
                update.copies -= 1
                self._repeats.append(update)

    async def _enter_late(self, event: _Event, when: float) -> None:
        await self._clock.sleep_until(when)
        self._enter(event)

    def _enter(self, event: _Event) -> None:
        update_id, self._next_id = self._next_id, self._next_id + 1
        body = b'{"update_id":%d,"%s":%s}' % (update_id, event.kind.encode(), event.payload)
        update = Update(update_id, event.kind, body, event.queue, event.expires)
        if self._duplicate > 0:
            self._duplicate -= 1
            update.copies = 1
        self.pending[update_id] = update
        self.arrivals.touch()
