"""Rings in every other process of ours that there is something new to look at.

A courtesy: what it rings for stands in the store already, and whoever hears nothing looks there now and then.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import structlog

log = structlog.get_logger(__name__)

CHANNEL = "gemba"
MOST_WAITING = 1_000
"""Words not yet rung; more than that is found by looking."""

FLOCK_SECONDS = 0.01
"""What is rung within it goes out together."""

HEARTBEAT_SECONDS = 10.0
PAUSE_SECONDS = 1.0

Hear = Callable[[str], None]


class Bell:
    """For one process alone: there is nobody else to hear it."""

    def __init__(self) -> None:
        self._hearers: dict[str, list[Hear]] = defaultdict(list)
        self.hears = False
        """Whether a ring of another process would be heard just now."""

    def on(self, name: str, hear: Hear) -> None:
        """`hear` gets the word that was rung; an empty one where anything may have been missed."""
        self._hearers[name].append(hear)

    def ring(self, name: str, word: str = "") -> None:
        """In the other processes, after what it tells of is committed."""

    async def run(self) -> None:
        """Until cancelled."""


class PostgresBell(Bell):
    """By LISTEN and NOTIFY, on a connection of its own.

    Not within the transactions that it tells of: PostgreSQL lets only one that notifies commit at a time.
    """

    def __init__(self, url: sa.URL) -> None:
        from bot.storage.store.postgres import postgres_engine  # large, and not needed on SQLite

        super().__init__()
        self._engine = postgres_engine(url, poolclass=sa.NullPool)
        self._waiting: dict[str, None] = {}
        self._wanted = asyncio.Event()

    def ring(self, name: str, word: str = "") -> None:
        if self.hears and len(self._waiting) < MOST_WAITING:
            self._waiting[f"{name} {word}"] = None
            self._wanted.set()

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:
                log.warning("bell.silent", error=type(error).__name__)
            finally:
                self.hears = False
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        """Until the connection breaks."""
        async with self._engine.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            await raw.add_listener(CHANNEL, self._heard)
            raw.add_termination_listener(lambda _connection: self._wanted.set())
            self.hears = True
            for name in self._hearers:
                self._tell(name, "")
            while True:
                words, self._waiting = list(self._waiting), {}
                self._wanted.clear()
                await raw.execute(
                    "SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word",
                    CHANNEL,
                    words,
                    timeout=HEARTBEAT_SECONDS,
                )
                await asyncio.sleep(FLOCK_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), HEARTBEAT_SECONDS)

    def _heard(self, connection: Any, sender: int, _channel: str, payload: object) -> None:
        if sender != connection.get_server_pid():
            name, _, word = str(payload).partition(" ")
            self._tell(name, word)

    def _tell(self, name: str, word: str) -> None:
        for hear in self._hearers.get(name, ()):
            hear(word)
