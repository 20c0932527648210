"""Carries the outbox to Telegram: one call an item at a time, every refusal by its name."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
import structlog

from bot.ports import Budget, Clock, Later, OutboxItem, Outcome, Settled, Unreachable
from bot.storage.outbox import again, finish, hold
from bot.storage.store import Store, Tx
from bot.use_cases.bind_chats import migrate_group
from bot.use_cases.join_team import close_bot
from bot.use_cases.raise_alarm import raise_alarm
from integrations.telegram.client import Call, TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.errands.base import Again, Errand, Hold, Nothing, chat_of
from integrations.telegram.html import without_markup
from integrations.telegram.refusals import Refusal, name_refusal

log = structlog.get_logger(__name__)

PRIVATE_BURST_SECONDS = 3
"""Telegram tolerates short bursts in a private chat: a second's allowance may be used within three."""

CHAT_PAUSE = timedelta(minutes=5)
"""How long what is for a lost chat waits before it is tried again."""

MOST_ATTEMPTS = 8
STORE_PAUSE_SECONDS = 1.0


class TelegramCarrier:
    name = "telegram"

    def __init__(
        self,
        store: Store,
        client: TelegramClient,
        errands: dict[str, Errand],
        clock: Clock,
        *,
        global_rate: int,
        chat_rate: int,
        group_rate: int,
    ) -> None:
        self._store, self._client, self._errands, self._clock = store, client, errands, clock
        self._global_rate, self._chat_rate, self._group_rate = global_rate, chat_rate, group_rate

    def budgets(self, destination: str) -> tuple[Budget, ...]:
        group = destination.rpartition(":")[2].startswith("-")
        wanted = [(self.name, self._global_rate, 1.0)]
        if group:
            wanted.append((destination, self._group_rate, 60.0))
        else:
            wanted.append((destination, self._chat_rate * PRIVATE_BURST_SECONDS, float(PRIVATE_BURST_SECONDS)))
        return tuple(Budget(name, calls, seconds) for name, calls, seconds in wanted if calls)

    async def carry(self, item: OutboxItem) -> Outcome:
        now = self._clock.now()
        if item.expires_at is not None and item.expires_at <= now:
            return await self._settle(0, item, finish, item, now, calls=0, error="expired")
        errand = self._errands[item.kind]
        try:
            prepared = await self._store.read(errand.prepare, item, now)
        except Exception as error:
            log.exception("errand.prepare_failed", kind=item.kind, item=item.id)
            return await self._settle(0, item, _stumble, item, type(error).__name__, now)
        if isinstance(prepared, Nothing):
            return await self._settle(0, item, finish, item, now, calls=0)
        if isinstance(prepared, Hold):
            return await self._settle(0, item, hold, item.destination)
        return await self._make(errand, item, _plain(prepared) if item.payload.get("plain") else prepared)

    async def _make(self, errand: Errand, item: OutboxItem, call: Call) -> Outcome:
        try:
            result = await self._client.call(call.method, call.params)
        except TelegramUnreachableError as error:
            return Unreachable(str(error))
        except TelegramError as error:
            if error.retry_after is not None:
                return Later(error.retry_after)
            refusal = name_refusal(error)
            if refusal is Refusal.BAD_TOKEN:
                return Unreachable(f"{call.method}: {error.code}, is BOT_TOKEN right?")
            return await self._settle(1, item, _refused, errand, item, call, refusal, error, self._clock.now())
        return await self._settle(_parts(call), item, _done, errand, item, call, result, self._clock.now())

    async def _settle(
        self, charged: int, item: OutboxItem, unit: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Outcome:
        """The call is made and cannot be unmade: what came of it is written down, however long the store is away."""
        for attempt in count():
            try:
                await self._store.write(unit, *args, **kwargs)
            except Exception as error:
                if attempt >= 3 and unit in (_done, _refused) and not _store_is_down(error):
                    # The store works and this unit does not: without this the item would be sent for ever.
                    await self._store.write(finish, item, self._clock.now(), error=type(error).__name__)
                    return Settled(charged)
                log.exception("errand.settle_failed", kind=item.kind, item=item.id)
                await asyncio.sleep(STORE_PAUSE_SECONDS)
            else:
                break
        return Settled(charged)


def _done(tx: Tx, errand: Errand, item: OutboxItem, call: Call, result: Any, now: datetime) -> None:
    more = errand.done(tx, item, call, result, now)
    if isinstance(more, Again):
        again(tx, item, payload=more.payload)
    else:
        finish(tx, item, now, calls=_parts(call))


def _refused(
    tx: Tx, errand: Errand, item: OutboxItem, call: Call, refusal: Refusal, error: TelegramError, now: datetime
) -> None:
    """What holds for every errand first; the rest only the errand knows."""
    match refusal:
        case Refusal.NOT_MODIFIED:
            finish(tx, item, now)
        case Refusal.MIGRATED:
            migrate_group(tx, chat_of(item), int(error.parameters["migrate_to_chat_id"]), now)
            again(tx, item)
        case Refusal.BAD_MARKUP if not item.payload.get("plain"):
            again(tx, item, payload={**item.payload, "plain": True})
        case Refusal.CHAT_LOST | Refusal.NO_RIGHTS if chat_of(item) < 0:
            raise_alarm(tx, chat_of(item), "chat_lost" if refusal is Refusal.CHAT_LOST else "no_rights", now)
            again(tx, item, at=now + CHAT_PAUSE)
        case Refusal.BLOCKED | Refusal.NOT_OPENED | Refusal.CHAT_LOST if _is_teammate_errand(item):
            close_bot(tx, chat_of(item))
            hold(tx, item.destination)
        case _:
            verdict = errand.refused(tx, item, call, refusal, now)
            if isinstance(verdict, Again) and item.attempts < MOST_ATTEMPTS:
                again(tx, item, payload=verdict.payload)
            else:
                failure = "too many attempts" if isinstance(verdict, Again) else verdict
                finish(tx, item, now, error=failure)
                if failure:
                    log.warning("errand.refused", kind=item.kind, item=item.id, refusal=failure)


def _stumble(tx: Tx, item: OutboxItem, error: str, now: datetime) -> None:
    """Our own mistake: a few more tries, then a failure that `failed list` shows."""
    if item.attempts >= MOST_ATTEMPTS:
        finish(tx, item, now, calls=0, error=error)
    else:
        again(tx, item, at=now + timedelta(seconds=2**item.attempts))


def _is_teammate_errand(item: OutboxItem) -> bool:
    return item.kind not in ("answer", "answer_edit", "greet")


def _parts(call: Call) -> int:
    return len(call.params["message_ids"]) if "message_ids" in call.params else 1


def _plain(call: Call) -> Call:
    params = {key: value for key, value in call.params.items() if key != "parse_mode"}
    for name in ("text", "caption"):
        if name in params:
            params[name] = without_markup(params[name])
    return Call(call.method, params, call.step)


def _store_is_down(error: BaseException) -> bool:
    return isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, OSError))
