"""Export leads, messages, events or feedback to a file that appears only when it is whole."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.kpi.periods import day_start
from bot.storage.export_queries import Dataset, columns, key_bounds, page
from bot.storage.store import Store
from bot.storage.types import UtcTime
from bot.use_cases.write_rows import FileFormat, Row, RowWriter, open_writer

__all__ = ["Dataset", "FileFormat", "export_rows"]

PAGE_KEYS = 2_000

Progress = Callable[[int, int], None]
"""Told after each page how many keys of how many are done."""


async def export_rows(
    store: Store,
    dataset: Dataset,
    file_format: FileFormat,
    out: Path,
    zone: str,
    first: date | None = None,
    end: date | None = None,
    progress: Progress = lambda _done, _total: None,
) -> int:
    """Writes the rows of the local days `first` up to, not including, `end` to `out`; returns how many there are.

    Each page is a read of its own and rows added meanwhile stay out. Raises OSError; `out` is then as it was before.
    """
    if first and end and end <= first:
        raise ValueError(f"the range is empty: it must end after {first}, not on {end}")
    since, until = (day_start(day, zone) if day else None for day in (first, end))
    part = _part_beside(out)
    try:
        writer = await asyncio.to_thread(open_writer, part, file_format, _header(dataset), dataset.value)
        try:
            rows = await _copy(store, dataset, writer, ZoneInfo(zone), since, until, progress)
        finally:
            await asyncio.to_thread(writer.close)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return rows


async def _copy(
    store: Store,
    dataset: Dataset,
    writer: RowWriter,
    zone: ZoneInfo,
    since: datetime | None,
    until: datetime | None,
    progress: Progress,
) -> int:
    bounds = await store.read(key_bounds, dataset, since, until)
    if bounds is None:
        return 0
    low, high = bounds
    times = _times(dataset)
    written = 0
    for start in range(low, high + 1, PAGE_KEYS):
        end = min(start + PAGE_KEYS, high + 1)
        found = await store.read(page, dataset, start, end, since, until)
        rows = [_with_local_times(row, times, zone) for row in found]
        await asyncio.to_thread(writer.write, rows)
        written += len(rows)
        progress(end - low, high + 1 - low)
    return written


def _times(dataset: Dataset) -> frozenset[str]:
    return frozenset(str(column.key) for column in columns(dataset) if isinstance(column.type, UtcTime))


def _header(dataset: Dataset) -> list[str]:
    times, header = _times(dataset), []
    for column in columns(dataset):
        name = str(column.key)
        header += [name, f"{name}_local"] if name in times else [name]
    return header


def _with_local_times(row: Mapping[str, Any], times: frozenset[str], zone: ZoneInfo) -> Row:
    """Beside each time in UTC, what a clock on the wall showed then."""
    cells: dict[str, Any] = {}
    for name, value in row.items():
        cells[name] = value
        if name in times:
            cells[f"{name}_local"] = value and value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return cells


def _part_beside(out: Path) -> Path:
    """A new file only its owner can read, on the same disk, so that the rename is one step."""
    descriptor, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent)
    os.close(descriptor)
    return Path(name)
