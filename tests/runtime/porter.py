"""A network of the tests' own, and a delivery that works for it."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.ports import Budget, Clock, OutboxItem, Outcome, Settled
from bot.runtime.delivery import Delivery
from bot.storage.outbox import Priority, finish, promise
from bot.storage.store import Store

PATIENCE_SECONDS = 60.0


class Porter:
    """Carries what it is given; a closed gate keeps what goes to a destination in flight."""

    name = "post"

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.began: list[str] = []
        self.done: list[str] = []
        self.rooms: list[int] = []
        self.in_flight: defaultdict[str, int] = defaultdict(int)
        self.most_in_flight = 0
        self.allowed: dict[str, Budget] = {}
        self.decide: Callable[[OutboxItem], Outcome | Exception | None] = lambda _item: None
        self._gates: defaultdict[str, asyncio.Event] = defaultdict(_open)

    def close(self, destination: str) -> None:
        self._gates[f"post:{destination}"].clear()

    def open(self, destination: str) -> None:
        self._gates[f"post:{destination}"].set()

    def budgets(self, destination: str) -> tuple[Budget, ...]:
        return tuple(budget for name, budget in self.allowed.items() if name in (destination, "all"))

    async def carry(self, item: OutboxItem, room: int) -> Outcome:
        self.began.append(item.kind)
        self.rooms.append(room)
        self.in_flight[item.destination] += 1
        assert self.in_flight[item.destination] == 1
        self.most_in_flight = max(self.most_in_flight, sum(self.in_flight.values()))
        try:
            await self._gates[item.destination].wait()
            outcome = self.decide(item)
        finally:
            self.in_flight[item.destination] -= 1
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is None:
            outcome = Settled()
        if isinstance(outcome, Settled):
            await self._store.write(finish, item, self._clock.now(), calls=outcome.calls)
            self.done.append(item.kind)
        return outcome


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


async def put(store: Store, clock: Clock, kind: str, to: str = "a", **more: Any) -> None:
    """Promises an item that is known by its kind; each has a lane of its own unless told otherwise."""
    more = {"lane": kind, "priority": Priority.ANSWER, "now": clock.now(), **more}
    await store.write(lambda tx: promise(tx, kind, destination=f"post:{to}", **more))


@asynccontextmanager
async def delivering(store: Store, porter: Porter, clock: Clock, **more: Any) -> AsyncIterator[Delivery]:
    delivery = Delivery(store, [porter], clock, **more)
    task = asyncio.create_task(delivery.run())
    try:
        await until(lambda: delivery._counted_at)  # it has looked once: what is put now is new
        yield delivery
    finally:
        delivery.stop()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await task


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0.005)  # the tests' own look at what other tasks do
