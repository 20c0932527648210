"""Telegram's rates: a sliding window each for all calls, a private chat, and a group with all its topics.

A private chat may have one message a second on average, in bursts of three within three seconds.
"""

import math
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, field

from integrations.telegram.sandbox.clock import Clock
from integrations.telegram.sandbox.errors import too_many_requests


@dataclass(slots=True)
class Rates:
    overall_per_second: int = 30
    private_per_second: float = 1.0
    private_burst: int = 3
    group_per_minute: int = 20


@dataclass(slots=True)
class _Window:
    calls: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0

    def wait(self, now: float, cost: int, limit: int, seconds: float) -> float:
        """Seconds until the cost fits; a call that is larger than the limit fits an empty window."""
        while self.calls and self.calls[0] <= now - seconds:
            self.calls.popleft()
        excess = len(self.calls) + min(cost, limit) - limit
        fits = self.calls[excess - 1] + seconds - now if excess > 0 else 0.0
        return max(fits, self.closed_until - now, 0.0)


class RateLimiter:
    def __init__(self, clock: Clock, rates: Rates | None = None) -> None:
        self.rates = rates or Rates()
        self.refused: dict[int, int] = defaultdict(int)
        self._clock = clock
        self._overall = _Window()
        self._chats: dict[int, _Window] = defaultdict(_Window)

    def take(self, chat_id: int, cost: int) -> None:
        """Take the cost from the rates, or refuse with the time to wait; a wait once told is held to."""
        now = self._clock.now()
        window, limit, seconds = self._chat(chat_id)
        chat_wait = window.wait(now, cost, limit, seconds) if limit else 0.0
        overall = self.rates.overall_per_second
        wait = max(chat_wait, self._overall.wait(now, cost, overall, 1.0) if overall else 0.0)
        if wait > 0:
            window.closed_until = max(window.closed_until, now + chat_wait)
            self.refused[chat_id] += 1
            raise too_many_requests(max(1, math.ceil(wait)))
        window.calls.extend([now] * (cost if limit else 0))
        self._overall.calls.extend([now] * (cost if overall else 0))

    def _chat(self, chat_id: int) -> tuple[_Window, int, float]:
        if chat_id < 0:
            return self._chats[chat_id], self.rates.group_per_minute, 60.0
        rate, burst = self.rates.private_per_second, self.rates.private_burst
        return self._chats[chat_id], burst if rate else 0, burst / rate if rate else 0.0

    def report(self) -> dict[str, object]:
        return {"rates": asdict(self.rates), "refused": {str(chat): n for chat, n in self.refused.items()}}
