"""A clock that another process can move: the demo and the tests make it the next morning."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from bot.ports import Clock, SystemClock


class FileClock:
    """Real time plus what a small JSON file holds; without the file, real time.

    By `offset_seconds` time passes. By `set_by_seconds` the clock is wrong: it alone was set, and no time has passed.
    """

    def __init__(self, file: Path) -> None:
        self._file, self._real = file, SystemClock()
        self._changed = -1
        self._passed = self._set_by = timedelta(0)

    def now(self) -> datetime:
        self._read()
        return self._real.now() + self._passed + self._set_by

    def steady(self) -> datetime:
        self._read()
        return self._real.steady() + self._passed

    def _read(self) -> None:
        try:
            changed = os.stat(self._file).st_mtime_ns  # noqa: PTH116 - called for every event; Path costs more
        except FileNotFoundError:
            self._passed = self._set_by = timedelta(0)
            return
        if changed != self._changed:
            held = json.loads(self._file.read_bytes())
            self._passed = timedelta(seconds=held["offset_seconds"])
            self._set_by = timedelta(seconds=held.get("set_by_seconds", 0.0))
            self._changed = changed


def open_clock(file: Path | None) -> Clock:
    return SystemClock() if file is None else FileClock(file)
