"""What a visitor's words mean: one message, and a lead in front of the right people."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.domain.policy import Policy
from bot.locales import Texts
from bot.ports import Act, Answer, Clock, RawEvent
from bot.use_cases.show_in_window import receive_from_window
from integrations.webchat.identity import Identity
from integrations.webchat.words import CHANNEL, Wrong, message_of, read_words, signed


def words_event(visitor: str, frame: Mapping[str, Any], at: datetime, identity: Identity | None = None) -> RawEvent:
    """One visitor's words run in order; the browser's own id makes a repetition the same event."""
    raw = {"visitor": visitor, "said": dict(frame), "at": at.isoformat()}
    if identity is not None:
        raw["identity"] = asdict(identity)
    return RawEvent(CHANNEL, f"{visitor}:{frame['id']}", f"{CHANNEL}:{visitor}", raw)


class WindowInterpreter:
    """`consents` are the words beside our boxes by purpose and version."""

    def __init__(self, policy: Policy, texts: Texts, consents: Mapping[tuple[str, str], str], clock: Clock) -> None:
        self._policy, self._texts, self._consents, self._clock = policy, texts, consents, clock

    def event(self, raw: Mapping[str, Any]) -> RawEvent:
        return words_event(raw["visitor"], raw["said"], datetime.fromisoformat(raw["at"]), _identity(raw))

    async def interpret(self, event: RawEvent) -> Act:
        raw = event.raw
        words = read_words(raw["said"], self._policy.region)
        if isinstance(words, Wrong):
            raise TypeError("what was accepted is not acceptable any more")
        guest = self._texts.plain("chat.guest", number=raw["visitor"][:4].upper())
        message = message_of(words, raw["visitor"], guest, self._consents, datetime.fromisoformat(raw["at"]))
        message = signed(message, _identity(raw))
        return Act(
            receive_from_window, (message, self._policy, self._clock.now(), words.file), lambda number: Answer(number)
        )

    async def answer(self, event: RawEvent, answer: Answer) -> None:
        """The receiver has told the browser already."""


def _identity(raw: Mapping[str, Any]) -> Identity | None:
    return Identity(**raw["identity"]) if "identity" in raw else None
