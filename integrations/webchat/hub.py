"""Whose windows are open in this process, and that there is something new for them.

Nothing of a conversation is held here: a window that is woken reads the store from where it is.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator

import structlog

from bot.storage.store import Bell, Store
from bot.storage.window import newest_news
from integrations.webchat.words import CHANNEL

log = structlog.get_logger(__name__)

MOST_OF_A_VISITOR = 6
"""Windows of one visitor: tabs, and those that a broken line has not closed yet."""

MOST_OF_AN_ADDRESS = 100
"""A whole office may sit behind one address."""

MOST = 10_000

LOOK_SECONDS = 1.0
"""What another process has written, and was not heard of, is looked for this often."""

LOOKED_AT = 200


class TooManyError(Exception):
    """No more windows from there."""


class Hub:
    def __init__(self, store: Store, bell: Bell, look_seconds: float = LOOK_SECONDS) -> None:
        self._store, self._bell, self._look_seconds = store, bell, look_seconds
        bell.on(CHANNEL, self._wake_here)  # what it misses is found by looking
        self._open: dict[str, set[asyncio.Event]] = {}
        self._from: Counter[str] = Counter()
        self._watch: asyncio.Task[None] | None = None
        self._closing = False

    @contextlib.contextmanager
    def listening(self, visitor: str, address: str) -> Iterator[asyncio.Event]:
        """The event is set whenever there may be something new. Raises `TooManyError`."""
        own = self._open.get(visitor, set())
        total = self._from.total()
        if len(own) >= MOST_OF_A_VISITOR or self._from[address] >= MOST_OF_AN_ADDRESS or total >= MOST:
            raise TooManyError
        woken = asyncio.Event()
        self._open.setdefault(visitor, own).add(woken)
        self._from[address] += 1
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look())
        try:
            yield woken
        finally:
            own.discard(woken)
            if not own:
                self._open.pop(visitor, None)
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]

    @property
    def closing(self) -> bool:
        """The process ends: windows are to come again, to the next one."""
        return self._closing

    def wake(self, visitor: str) -> None:
        """His windows here, and on every other process."""
        self._wake_here(visitor)
        self._bell.ring(CHANNEL, visitor)

    def _wake_here(self, visitor: str) -> None:
        for woken in self._open.get(visitor, ()):
            woken.set()

    async def close(self) -> None:
        self._closing = True
        for visitor in list(self._open):
            self._wake_here(visitor)

    async def _look(self) -> None:
        """Wakes whom another process has something for, while anybody listens."""
        known: set[tuple[str, int]] | None = None
        while self._open and not self._closing:
            try:
                newest = await self._store.read(newest_news, CHANNEL, LOOKED_AT)
            except Exception as error:
                log.warning("webchat.look_failed", error=type(error).__name__)
            else:
                fresh = {} if known is None else {key: visitor for key, visitor in newest.items() if key not in known}
                too_many = len(fresh) >= LOOKED_AT  # there may be more that one look does not show
                for visitor in list(self._open) if too_many else fresh.values():
                    self._wake_here(visitor)
                known = set(newest)
            await asyncio.sleep(self._look_seconds)
