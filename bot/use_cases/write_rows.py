"""Write rows to a file as csv, xlsx or jsonl, page by page, so that neither memory nor a formula gets out of hand."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO

import orjson
import xlsxwriter

Row = Mapping[str, Any]
"""Cells by column: text, numbers, None, aware times (UTC), naive times (local), or JSON values."""

SHEET_ROWS = 1_048_575
CELL_LENGTH = 32_767  # what Excel can hold; XlsxWriter would leave out a longer text without a word
_STARTS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_AFTER_BREAK = re.compile(r"(?<=[;\r\n])(?=[ \t]*[=+\-@＝＋－＠])")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class RowWriter(Protocol):
    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def open_writer(path: Path, file_format: FileFormat, columns: Sequence[str], title: str) -> RowWriter:
    match file_format:
        case FileFormat.CSV:
            return _CsvWriter(path, columns)
        case FileFormat.XLSX:
            return _XlsxWriter(path, columns, title)
        case FileFormat.JSONL:
            return _JsonlWriter(path)


def guarded(text: str) -> str:
    """Text a spreadsheet would run as a formula gets a leading apostrophe; plain numbers and phones stay.

    So does each part of it after a semicolon or a line break: where a comma is the decimal mark, as in Russia, Excel
    breaks a file at semicolons, and heeds no quotation mark in the middle of what it takes for a cell.
    """
    text = _AFTER_BREAK.sub("'", text)
    if text.startswith(_STARTS_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A whole small table. To a file it goes as `utf-8-sig`, or Excel guesses another alphabet."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(columns)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return table.getvalue()


def iso(at: datetime) -> str:
    """Aware: UTC with a Z. Naive: the local wall clock, without a zone."""
    return at.isoformat().replace("+00:00", "Z") if at.tzinfo else at.isoformat(" ", "seconds")


class _CsvWriter:
    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow(columns)
        self._columns = columns

    def write(self, rows: Sequence[Row]) -> None:
        self._csv.writerows([_csv_cell(row[column]) for column in self._columns] for row in rows)

    def close(self) -> None:
        self._file.close()


class _JsonlWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            cells = {name: iso(cell) if isinstance(cell, datetime) else cell for name, cell in row.items()}
            self._file.write(orjson.dumps(cells, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._file.close()


class _XlsxWriter:
    """Text is always written as text, never as a formula, a link or a number, so phones keep their plus."""

    def __init__(self, path: Path, columns: Sequence[str], title: str) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._wall_clock = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._columns, self._title, self._sheets = columns, title, 0
        self._next_sheet()

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if self._line > SHEET_ROWS:
                self._next_sheet()
            for column, name in enumerate(self._columns):
                self._cell(column, row[name])
            self._line += 1

    def close(self) -> None:
        self._book.close()

    def _next_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._title if self._sheets == 1 else f"{self._title} {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._columns):
            self._sheet.write_string(0, column, name)
        self._line = 1

    def _cell(self, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, datetime) and value.tzinfo is None:
            self._sheet.write_datetime(self._line, column, value, self._wall_clock)
        elif isinstance(value, int | float):
            self._sheet.write_number(self._line, column, value)
        else:
            self._sheet.write_string(self._line, column, _text(value)[:CELL_LENGTH])


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, int | float) else guarded(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()
