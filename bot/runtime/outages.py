"""Is the other side away, or is it one item that it chokes on? And who may try, and when."""

import time

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_OF_UNTRIED_SECONDS = 5.0
"""What was not tried yet may look sooner: the trouble can be with those that were."""

LONGEST_SET_ASIDE_SECONDS = 10.0
"""In an outage: long enough for another lane's turn, short enough when the outage is over."""

WAIT_FOR_PROBE_SECONDS = 1.0
SUSPECT_AFTER = 2


class Outage:
    """While it lasts one probe goes at a time, with growing pauses, each time the one tried least.

    An item that fails again and again while others pass is no outage: it alone waits longer and longer.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._failed_at = 0.0
        self._probe: int | None = None
        self._probed: dict[int, int] = {}
        self._faults: dict[int, int] = {}

    @property
    def is_on(self) -> bool:
        return self._failures > 0

    def begin(self, item_id: int) -> int:
        """A call begins; what is returned is handed to `failed`."""
        if self.is_on:
            self._probe = item_id
        return self._failures

    def failed(self, item_id: int, begun: int) -> float | None:
        """No word from the other side. Seconds that this item alone shall wait, when the fault may be its own."""
        self._release(item_id)
        if begun != self._failures:
            return None  # the outage began, or ended, while this call was under way: it tells nothing new
        if not self.is_on:
            faults = self._faults[item_id] = self._faults.get(item_id, 0) + 1
            if faults > SUSPECT_AFTER:
                return _pause(faults)
        tries = self._probed[item_id] = self._probed.get(item_id, 0) + 1
        self._failures += 1
        self._failed_at = time.monotonic()
        return min(_pause(tries), LONGEST_SET_ASIDE_SECONDS) if tries > 1 else None

    def answered(self, item_id: int) -> None:
        self._faults.pop(item_id, None)
        self.end()

    def end(self) -> None:
        self._failures = 0
        self._probe = None
        self._probed.clear()

    def set_aside(self, item_id: int) -> None:
        """The call was not made after all."""
        self._release(item_id)

    def tried(self, item_id: int) -> int:
        """How often in this outage."""
        return self._probed.get(item_id, 0)

    def wait(self, item_id: int) -> float:
        """Real seconds until this item may be tried."""
        if not self.is_on:
            return 0.0
        if self._probe is not None:
            return WAIT_FOR_PROBE_SECONDS
        pause = _pause(self._failures)
        if item_id not in self._probed:
            pause = min(pause, LONGEST_PAUSE_OF_UNTRIED_SECONDS)
        return max(0.0, self._failed_at + pause - time.monotonic())

    def _release(self, item_id: int) -> None:
        if self._probe == item_id:
            self._probe = None


def _pause(failures: int) -> float:
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)
