"""The journal of Bot API calls, bounded in length."""

from collections import deque
from typing import Any

from integrations.telegram.sandbox.state import Json


class Journal:
    def __init__(self, length: int = 10_000) -> None:
        self._calls: deque[Json] = deque(maxlen=length)
        self._count = 0

    def add(self, time: float, method: str, params: Json, status: int, answer: Any) -> None:
        self._count += 1
        self._calls.append(
            {"n": self._count, "time": time, "method": method, "params": params, "status": status, "answer": answer}
        )

    def after(self, n: int) -> list[Json]:
        skip = max(0, len(self._calls) - (self._count - n))
        return [call for index, call in enumerate(self._calls) if index >= skip]
