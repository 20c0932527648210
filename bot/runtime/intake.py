"""Takes events in: each is acknowledged only after it is committed together with its effects."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Self

import structlog

from bot.domain.errors import EditBeforeMessageError, LeadershipLostError, MisreadError, StoreUnavailableError
from bot.ports import Act, Answer, Clock, Interpreter, RawEvent
from bot.runtime.metrics import EVENTS, EVENTS_DONE, INTAKE_SECONDS
from bot.storage.intake import (
    Failure,
    due_failures,
    record_failure,
    record_retry_failure,
    retry_event,
    take_event,
)
from bot.storage.store import Store, is_away

log = structlog.get_logger(__name__)


class Intake:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._interpreters: dict[str, Interpreter] = {}
        self._lanes: dict[str, _Lane] = {}

    def add(self, source: str, interpreter: Interpreter) -> None:
        self._interpreters[source] = interpreter

    @property
    def under_way(self) -> int:
        return sum(lane.users for lane in self._lanes.values())

    async def take(self, event: RawEvent) -> Answer | None:
        """Returns when the event may be acknowledged, with what its unit answered; None where it is to be retried.

        Raises `StoreUnavailableError` when it may not. What waits behind it then may not either: all of it is
        delivered again, in the same order.
        """
        began = time.perf_counter()
        async with self._lane(event) as lane:
            if lane.is_broken:
                raise StoreUnavailableError
            try:
                answer = await self._commit(event)
            except StoreUnavailableError:
                lane.is_broken = True
                EVENTS.labels("refused").inc()
                raise
            INTAKE_SECONDS.observe(time.perf_counter() - began)
        if answer is not None:
            await self._answer(event, answer)
        return answer

    async def retry_due(self, store: Store | None = None) -> int:
        """Tries again what failed before and is due; how many now went well. `store` is the leader's.

        What came from a source that is no longer ours, a bot of another token for instance, stays as it is.
        """
        store, done = store or self._store, 0
        for failure in await store.read(due_failures, self._clock.now(), list(self._interpreters)):
            done += await self._retry(store, failure)
        return done

    async def _commit(self, event: RawEvent) -> Answer | None:
        interpreter = self._interpreters[event.source]
        write = self._store.write_first if event.urgent else self._store.write
        try:
            answer = await _perform(
                await interpreter.interpret(event), lambda act: write(take_event, event, act, self._clock.now())
            )
        except Exception as error:
            await self._keep(event, error)
            return None
        EVENTS_DONE.inc()
        return answer

    async def _keep(self, event: RawEvent, error: Exception) -> None:
        """The event itself is stored, to be tried again; one poisonous event never blocks the rest.

        Where it is the store that failed, nothing is kept: tried again later it would come behind the next one.
        """
        if is_away(error):
            raise StoreUnavailableError from error
        if not isinstance(error, EditBeforeMessageError):
            log.exception("intake.failed", source=event.source, event_id=event.external_id, exc_info=error)
        try:
            await self._store.write(record_failure, event, _named(error), self._clock.now())
        except Exception as store_error:
            raise StoreUnavailableError from store_error
        EVENTS.labels("failed").inc()

    async def _retry(self, store: Store, failure: Failure) -> bool:
        interpreter = self._interpreters[failure.source]
        try:
            event = interpreter.event(failure.raw)
            async with self._lane(event):
                act = await interpreter.interpret(event)
                await _perform(act, lambda act: store.write(retry_event, failure.id, act))
        except LeadershipLostError:
            raise
        except Exception as error:
            await store.write(record_retry_failure, failure, _named(error), self._clock.now())
            return False
        log.info("intake.retried", source=failure.source, event_id=failure.external_id, attempts=failure.attempts)
        return True

    async def _answer(self, event: RawEvent, answer: Answer) -> None:
        """The work is committed; an answer that does not arrive is a pity, not a failure."""
        try:
            await self._interpreters[event.source].answer(event, answer)
        except Exception as error:
            log.warning("intake.answer_failed", source=event.source, error=type(error).__name__)

    def _lane(self, event: RawEvent) -> "_Lane":
        """Events of one lane one after another, in the order in which they came."""
        lane = self._lanes.get(event.lane)
        if lane is None:
            lane = self._lanes[event.lane] = _Lane(self._lanes, event.lane)
        return lane


class _Lane:
    """It is among the `others` as long as somebody is in it or waits for it."""

    __slots__ = ("_lock", "_name", "_others", "is_broken", "users")

    def __init__(self, others: "dict[str, _Lane]", name: str) -> None:
        self._others, self._name = others, name
        self._lock, self.users, self.is_broken = asyncio.Lock(), 0, False

    async def __aenter__(self) -> Self:
        self.users += 1
        try:
            await self._lock.acquire()
        except BaseException:  # cancelled while it waited
            self._leave()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self.users -= 1
        if self.users == 0:
            del self._others[self._name]


async def _perform(act: Act | None, write: Callable[[Act | None], Awaitable[Answer | None]]) -> Answer | None:
    """What it seemed to mean, or else what it turns out to mean."""
    try:
        return await write(act)
    except MisreadError:
        if act is None or act.otherwise is None:
            raise
        return await write(await act.otherwise())


def _named(error: Exception) -> str:
    """What kind of error and where, never its text: that may quote a customer."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{where}"
