"""A clock that another process can move: the demo and the tests make it the next morning."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ports import Clock, SystemClock


class FileClock:
    """Real time plus the offset that a small JSON file holds; without the file, real time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changed = -1
        self._offset = timedelta(0)

    def now(self) -> datetime:
        try:
            changed = os.stat(self._file).st_mtime_ns  # noqa: PTH116 - called for every event; Path costs more
        except FileNotFoundError:
            return datetime.now(UTC)
        if changed != self._changed:
            self._offset = timedelta(seconds=json.loads(self._file.read_bytes())["offset_seconds"])
            self._changed = changed
        return datetime.now(UTC) + self._offset


def open_clock(file: Path | None) -> Clock:
    return SystemClock() if file is None else FileClock(file)
