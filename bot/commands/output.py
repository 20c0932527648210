"""How commands show what they found, on a terminal and elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.storage.backup import Progress as Told

WIDE = 1_000
"""Columns where nobody looks at a screen: every row stays one line, for grep and for tests."""


def show(*parts: RenderableType) -> None:
    """Coloured and as wide as the terminal; elsewhere plain text without padding."""
    if sys.stdout.isatty():
        Console(highlight=False).print(*parts, sep="\n")
    else:
        sys.stdout.write(as_text(*parts))


def as_text(*parts: RenderableType) -> str:
    paper = StringIO()
    Console(file=paper, width=WIDE, color_system=None, highlight=False, legacy_windows=False).print(*parts, sep="\n")
    return "".join(f"{line.rstrip()}\n" for line in paper.getvalue().splitlines())


@contextmanager
def progress(name: str) -> Iterator[Told]:
    """A bar beside the output, on a terminal only. It may be told from another thread."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def write_whole(file: Path, content: bytes) -> None:
    """The file has all of it or is as it was before. Raises OSError."""
    if file.is_dir():
        raise IsADirectoryError(21, "is a folder; name a file", str(file))
    if not file.parent.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(file.parent))
    with NamedTemporaryFile(prefix=f".{file.name}.", suffix=".part", dir=file.parent, delete=False) as part:
        try:
            part.write(content)
            part.flush()
            Path(part.name).replace(file)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
