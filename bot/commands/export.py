"""`export`: rows of a range of local days, for spreadsheets and other programs."""

from datetime import date, timedelta
from pathlib import Path

from bot.commands.data import open_data, texts_of
from bot.settings import Settings
from bot.use_cases.export_rows import Dataset, FileFormat, Progress, export_rows


async def export(
    settings: Settings,
    dataset: str,
    file_format: str,
    out: Path,
    first: date | None,
    last: date | None,
    progress: Progress,
) -> str:
    """`last` belongs to the range, as a manager expects of «с 1 по 30»."""
    if out.is_dir():
        raise IsADirectoryError(21, "is a folder; name a file", str(out))
    if not out.parent.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(out.parent))
    end = last + timedelta(days=1) if last else None
    async with open_data(settings) as store:
        rows = await export_rows(
            store, Dataset(dataset), FileFormat(file_format), out, settings.timezone, first, end, progress
        )
    return texts_of(settings).plain("cli.exported", rows=rows, file=out)
