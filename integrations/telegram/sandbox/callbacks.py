"""Taps on inline buttons and what the bot answered to them."""

from collections import OrderedDict
from dataclasses import dataclass

from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.errors import ApiError, bad_request
from integrations.telegram.sandbox.state import Json

LIFETIME = 150.0
_KEPT = 10_000
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(slots=True)
class Tap:
    id: str
    person: int
    chat_id: int
    message_id: int
    data: str
    at: float
    answer: Json | None = None


class Taps:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taps: OrderedDict[str, Tap] = OrderedDict()

    def add(self, tap: Tap) -> None:
        self._taps[tap.id] = tap
        if len(self._taps) > _KEPT:
            self._taps.popitem(last=False)

    def find(self, tap_id: str) -> Tap | None:
        return self._taps.get(tap_id)

    def open(self, tap_id: str) -> Tap:
        """A tap that may still be answered; an answered one may not be answered again."""
        tap = self._taps.get(tap_id)
        if tap is None or tap.answer is not None or self._clock.now() - tap.at > LIFETIME:
            raise _too_old()
        return tap


def _too_old() -> ApiError:
    return bad_request(TOO_OLD)
