"""Carries the outbox to Telegram: one call an item at a time, every refusal by its name."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from bot.domain.errors import LeadershipLostError
from bot.ports import Ahead, Clock, Later, OutboxItem, Outcome, Settled, Unreachable, Wider
from bot.storage.leads import forgotten_among
from bot.storage.outbox import again, finish, hold, next_item, redirect
from bot.storage.store import Store, Tx
from bot.storage.tables import outbox, teammates
from bot.use_cases.bind_chats import migrate_group
from bot.use_cases.join_team import close_bot
from bot.use_cases.promised_erasures import note_mentions
from bot.use_cases.promises import team_destination
from bot.use_cases.raise_alarm import raise_alarm
from integrations.telegram.client import Call, TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.errands.base import Again, Errand, Hold, Landed, Nothing, Prepared, chat_of
from integrations.telegram.html import without_markup
from integrations.telegram.rates import Rates
from integrations.telegram.refusals import Refusal, name_refusal

log = structlog.get_logger(__name__)

CHAT_PAUSE = timedelta(minutes=5)
"""How long what is for a lost chat waits before it is tried again."""

MOST_REFUSALS = 8
"""In a row, without one step forward."""

MOST_STUMBLES = 8
FIRST_STORE_PAUSE_SECONDS = 0.1
LONGEST_STORE_PAUSE_SECONDS = 5.0


class TelegramCarrier:
    name = "telegram"

    def __init__(
        self, store: Store, client: TelegramClient, errands: dict[str, Errand], clock: Clock, rates: Rates
    ) -> None:
        self._store, self._client, self._errands, self._clock = store, client, errands, clock
        self.budgets = rates.budgets

    async def carry(self, item: OutboxItem, room: int) -> Outcome:
        now = self._clock.now()
        errand = self._errands[item.kind]
        if item.expires_at is not None and item.expires_at <= now:
            return await self._settle(0, item, _lose, errand, item, "expired", now)
        try:
            prepared = await self._store.read(_prepare, errand, item, now)
        except LeadershipLostError:
            raise
        except Exception as error:
            return await self._stumble(errand, item, error)
        return await self._act(item, prepared, room)

    async def _act(self, item: OutboxItem, prepared: Prepared, room: int) -> Outcome:
        errand, now = self._errands[item.kind], self._clock.now()
        if isinstance(prepared, Nothing):
            return await self._settle(0, item, _drop, errand, item, prepared, now)
        if isinstance(prepared, Hold):
            return await self._settle(0, item, hold, item.destination)
        call = _plain(prepared) if item.payload.get("plain") else prepared
        return Wider(_width(call)) if _width(call) > room else await self._make(errand, item, call, now)

    async def _make(self, errand: Errand, item: OutboxItem, call: Call, began: datetime) -> Outcome:
        try:
            result = await self._client.call(call.method, call.params, call.files)
        except TelegramUnreachableError as error:
            return Unreachable(str(error))
        except TelegramError as error:
            if error.retry_after is not None:
                return Later(error.retry_after)
            refusal = name_refusal(error)
            if refusal is Refusal.BAD_TOKEN:
                return Unreachable(f"{call.method}: {error.code}, is BOT_TOKEN right?")
            return await self._settle(1, item, _refused, errand, item, call, refusal, error, began, self._clock.now())
        except Exception as error:  # it could not even be written down
            return await self._stumble(errand, item, error)
        done = (errand, item, call, result, self._clock.now())
        return await self._settle(_width(call), item, _done, *done, look_ahead=True)

    async def _stumble(self, errand: Errand, item: OutboxItem, error: Exception) -> Outcome:
        log.exception("errand.stumbled", kind=item.kind, item=item.id, exc_info=error)
        return await self._settle(0, item, _stumble, errand, item, type(error).__name__, self._clock.now())

    async def _settle(
        self, charged: int, item: OutboxItem, unit: Callable[..., Any], *args: Any, look_ahead: bool = False
    ) -> Outcome:
        """The call is made and cannot be unmade: what came of it is written down, however long the store is away.

        Looking ahead, the same transaction reads what comes next.
        """
        pause, faults = FIRST_STORE_PAUSE_SECONDS, 0
        while True:
            try:
                if not look_ahead:
                    await self._store.write(unit, *args)
                    return Settled(charged)
                ahead = await self._store.write(_settle_and_look, self._errands, item, self._clock.now(), unit, *args)
                return Settled(charged, ahead and Ahead(ahead[0], partial(self._act, *ahead)))
            except LeadershipLostError:
                raise  # whoever leads now does it, and knows nothing of this call
            except Exception as error:
                look_ahead = False  # the fault may be in what comes next
                log.exception("errand.settle_failed", kind=item.kind, item=item.id, exc_info=error)
                faults += await self._store_works(item)
                if faults >= 3:
                    # The store works and this unit does not: without this the item would be sent for ever.
                    unit, args = _give_up, (item, charged, type(error).__name__, self._clock.now())
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_STORE_PAUSE_SECONDS)

    async def _store_works(self, item: OutboxItem) -> bool:
        """Told by a write of something: an empty one succeeds on a full disk."""
        try:
            await self._store.write(_touch, item)
        except LeadershipLostError:
            raise
        except Exception:
            return False
        return True


def _settle_and_look(
    tx: Tx, errands: dict[str, Errand], item: OutboxItem, now: datetime, unit: Callable[..., Any], *args: Any
) -> tuple[OutboxItem, Prepared] | None:
    unit(tx, *args)
    ahead = next_item(tx, item.destination, now)
    if ahead is None or (ahead.expires_at is not None and ahead.expires_at <= now):
        return None
    return ahead, _prepare(tx, errands[ahead.kind], ahead, now)


def _prepare(tx: Tx, errand: Errand, item: OutboxItem, now: datetime) -> Prepared:
    """Who is forgotten already is not told of, though his lead may stand in a list."""
    prepared = errand.prepare(tx, item, now)
    if not isinstance(prepared, Call) or not prepared.leads:
        return prepared
    forgotten = forgotten_among(tx, prepared.leads)
    return replace(prepared, leads=tuple(lead for lead in prepared.leads if lead not in forgotten))


def _done(tx: Tx, errand: Errand, item: OutboxItem, call: Call, result: Any, now: datetime) -> None:
    if call.leads:
        message_id = call.params.get("message_id") or result["message_id"]
        note_mentions(tx, call.leads, chat_of(item), message_id, now)
    more = errand.done(tx, item, call, result, now)
    if isinstance(more, Again):
        payload = item.payload if more.payload is None else more.payload
        again(tx, item, payload={key: value for key, value in payload.items() if key != "refused"})
        return
    finish(tx, item, now, calls=_width(call))
    if isinstance(more, Landed):
        # Promised anew while it was under way, it is pending still, and must know what is done already.
        pending = outbox.update().where(outbox.c.id == item.id, outbox.c.status == "pending")
        tx.execute(pending.values(payload=dict(more.payload)))


def _refused(
    tx: Tx,
    errand: Errand,
    item: OutboxItem,
    call: Call,
    refusal: Refusal,
    error: TelegramError,
    began: datetime,
    now: datetime,
) -> None:
    """What holds for every errand first; the rest only the errand knows."""
    match refusal:
        case Refusal.NOT_MODIFIED:
            _done(tx, errand, item, call, True, now)
        case Refusal.MIGRATED:
            new = int(error.parameters["migrate_to_chat_id"])
            if not migrate_group(tx, chat_of(item), new, now):
                redirect(tx, item.destination, team_destination(new))
            _try_again(tx, errand, item, item.payload, "migrated", now)
        case Refusal.BAD_MARKUP if not item.payload.get("plain"):
            again(tx, item, payload={**item.payload, "plain": True})
        case Refusal.CHAT_LOST | Refusal.NO_RIGHTS if chat_of(item) < 0 and errand.can_wait:
            raise_alarm(tx, chat_of(item), "chat_lost" if refusal is Refusal.CHAT_LOST else "no_rights", now)
            again(tx, item, at=now + CHAT_PAUSE)
        case Refusal.BLOCKED | Refusal.NOT_OPENED | Refusal.CHAT_LOST if chat_of(item) > 0 and not errand.to_customer:
            if _opened_at(tx, chat_of(item)) > began:
                _try_again(tx, errand, item, item.payload, refusal.name.lower(), now)
            else:
                close_bot(tx, chat_of(item))
                hold(tx, item.destination)
                if not errand.can_wait:
                    finish(tx, item, now, error=refusal.name.lower())
        case _:
            verdict = errand.refused(tx, item, call, refusal, now)
            if isinstance(verdict, Again):
                payload = item.payload if verdict.payload is None else verdict.payload
                _try_again(tx, errand, item, payload, refusal.name.lower(), now)
            else:
                finish(tx, item, now, error=verdict)
                if verdict:
                    log.warning("errand.refused", kind=item.kind, item=item.id, refusal=verdict)


def _try_again(tx: Tx, errand: Errand, item: OutboxItem, payload: Any, refusal: str, now: datetime) -> None:
    refusals = item.payload.get("refused", 0) + 1
    if refusals > MOST_REFUSALS:
        _lose(tx, errand, item, refusal, now, calls=1)
    else:
        again(tx, item, payload={**payload, "refused": refusals})


def _lose(tx: Tx, errand: Errand, item: OutboxItem, why: str, now: datetime, *, calls: int = 0) -> None:
    """It will not be done, and whoever counts on it is told."""
    finish(tx, item, now, calls=calls, error=why)
    errand.lost(tx, item, why, now)
    log.warning("errand.lost", kind=item.kind, item=item.id, why=why)


def _drop(tx: Tx, errand: Errand, item: OutboxItem, nothing: Nothing, now: datetime) -> None:
    finish(tx, item, now, calls=0)
    if nothing.told:
        errand.lost(tx, item, nothing.why, now)


def _opened_at(tx: Tx, telegram_id: int) -> datetime:
    """When the teammate opened the bot, the distant past when he has not; nobody can change it until the commit."""
    opened: datetime | None = tx.scalar(
        sa.select(teammates.c.opened_at).where(teammates.c.telegram_id == telegram_id).with_for_update()
    )
    return opened or datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _stumble(tx: Tx, errand: Errand, item: OutboxItem, error: str, now: datetime) -> None:
    """Our own mistake: a few more tries, then a failure that stays in the outbox for a person to see."""
    stumbles = item.payload.get("stumbles", 0) + 1
    if stumbles > MOST_STUMBLES:
        finish(tx, item, now, calls=0, error=error)
        errand.lost(tx, item, error, now)
    else:
        again(tx, item, payload={**item.payload, "stumbles": stumbles}, at=now + timedelta(seconds=2**stumbles))


def _give_up(tx: Tx, item: OutboxItem, calls: int, error: str, now: datetime) -> None:
    finish(tx, item, now, calls=calls, error=error)


def _touch(tx: Tx, item: OutboxItem) -> None:
    tx.execute(outbox.update().where(outbox.c.id == item.id).values(attempts=outbox.c.attempts + 1))


def _width(call: Call) -> int:
    """How many calls Telegram counts it for."""
    return len(call.params["message_ids"]) if "message_ids" in call.params else 1


def _plain(call: Call) -> Call:
    params = {key: value for key, value in call.params.items() if key != "parse_mode"}
    for name in ("text", "caption"):
        if name in params:
            params[name] = without_markup(params[name])
    return replace(call, params=params)
