"""Is the database still where it was opened? Who writes into a file that was deleted or moved feels nothing."""

import os
import sqlite3
import time
from contextlib import suppress
from glob import escape
from pathlib import Path

import structlog

from bot.domain.errors import GembaError, StoreUnavailableError

log = structlog.get_logger(__name__)

BESIDE = ("-wal", "-shm")
"""The log, in which the latest commits lie, and its index: without them the file alone is not the database."""

RESCUE_AGAIN_SECONDS = 30.0


class DisplacedError(StoreUnavailableError):
    """What is written now would be gone at the next start."""


class Place:
    """Watched by device and inode, as SQLite itself knows a file. One thread writes; any may `check`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._rescued: Path | None = None
        self._why_not = ""
        self._tried_at = -RESCUE_AGAIN_SECONDS

    def remember(self) -> None:
        """After a commit, when all that belongs to the database is there."""
        if not self._seen:
            paths = [str(self._file), *(f"{self._file}{ending}" for ending in BESIDE)]
            with suppress(OSError):  # at the next commit, then
                self._seen = tuple((path, found.st_dev, found.st_ino) for path in paths if (found := _stat(path)))

    def check(self) -> None:
        """Raises `DisplacedError` with what has happened. It costs a look at each name, a few microseconds."""
        for path, device, inode in self._seen:
            try:
                found = _stat(path)
            except OSError:
                continue  # it may not be looked at, which says nothing of it: SQLite, which has it open, would
            if found is None:
                raise DisplacedError(f"{path} is gone: somebody has deleted or moved it while it was in use")
            if (found.st_dev, found.st_ino) != (device, inode):
                raise DisplacedError(f"{path} is another file now: somebody has put it there while the old was in use")

    def is_well(self) -> None:
        """Back in its place it holds all that was rescued, and more; displaced again it is rescued again."""
        if self._rescued is not None:
            older = self._rescued.with_name(f"{self._rescued.name}.superseded")  # beside it no start is refused
            try:
                self._rescued.rename(older)
            except OSError as error:
                log.warning("store.copy_stays", file=str(self._rescued), error=type(error).__name__)
        self._rescued, self._tried_at = None, -RESCUE_AGAIN_SECONDS

    def rescue(self, holding: sqlite3.Connection) -> None:
        """All that the still open connection holds, in a new file beside the place; once."""
        if self._rescued is not None or time.monotonic() - self._tried_at < RESCUE_AGAIN_SECONDS:
            return
        from bot.storage.backup import copy_sqlite  # not needed on a good day

        try:
            file = next(name for name in map(self._numbered, range(1, 10_000)) if not name.exists())
            copy_sqlite(holding, file)
        except (GembaError, OSError, sqlite3.Error) as error:
            self._why_not, self._tried_at = str(error), time.monotonic()
            log.error("store.not_rescued", reason=self._why_not)
        else:
            self._rescued = file
            log.error("store.rescued", file=str(file))

    def in_words(self, error: DisplacedError) -> str:
        """What has happened, and what to do."""
        told = f"{error}. Nothing more is acknowledged, and what comes meanwhile is sent again. "
        if self._rescued is None:
            return (
                f"{told}Do not stop this process: it alone holds what was stored, and could not save it yet "
                f"({self._why_not.rstrip('.')}). Make room beside {self._file}; it tries again"
            )
        return (
            f"{told}All that was stored is in {self._rescued}. To go on: stop the process, move {self._file} with its "
            f"-wal and -shm away, as far as they are there, name the rescued file {self._file.name}, start"
        )

    def _numbered(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.stem}.rescued-{number}.db")


class RescuedCopyError(GembaError):
    """Beside the database lies a copy that was rescued from it: a start without it could be a loss that nobody sees."""


def refuse_beside_rescued(file: Path) -> None:
    """Raises `RescuedCopyError` until somebody has decided which of the two it is to be."""
    copies = sorted(file.parent.glob(f"{escape(file.stem)}.rescued-*.db"), key=lambda copy: copy.stat().st_mtime)
    if copies:
        raise RescuedCopyError(
            f"{copies[-1]} was rescued when the database was deleted, moved or replaced under the running process. "
            f"To go on with it: move {file} with its -wal and -shm away, and name the copy {file.name}. "
            "To go on without it: move the copy to another folder. Then start"
        )


def _stat(path: str) -> os.stat_result | None:
    """None where there is nothing. Before and after each commit: what `Path` adds to it costs four times as much."""
    try:
        return os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return None
