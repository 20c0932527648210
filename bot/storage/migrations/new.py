"""`python -m bot.storage.migrations.new "What changed."` writes the next migration from the tables; read it over."""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from bot.storage.migrate import VERSIONS, alembic_config, migrating_engine

FIRST = "0001_beginning.py"


def write_next(message: str, versions: Path = VERSIONS) -> Path:
    """Compares the tables with what all migrations up to now make, and writes down the difference."""
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04}"
    config = alembic_config(versions)
    with tempfile.TemporaryDirectory() as folder:
        engine = migrating_engine(sa.URL.create("sqlite", database=str(Path(folder, "empty.db"))))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            config.attributes["batch"] = number != "0001"
            if number != "0001":
                command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    written = Path(ScriptDirectory.from_config(config).get_revision(number).path)
    _tidy(written)
    return written


def _tidy(file: Path) -> None:
    file.write_text(re.sub(r"\n *# ###.*", "", file.read_text("utf-8")), "utf-8")
    for arguments in (["check", "--fix", "--select", "I,F401"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "-q", str(file)], check=True)  # noqa: S603


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.storage.migrations.new", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("message", nargs="?", help="what the migration does")
    what.add_argument("--beginning", action="store_true", help=f"write {FIRST} anew; only until the first release")
    chosen = parser.parse_args()
    if chosen.beginning:
        later = sorted(file.name for file in VERSIONS.glob("[0-9]*.py") if file.name != FIRST)
        if later:
            parser.error(f"{', '.join(later)} already follow {FIRST}")
        (VERSIONS / FIRST).unlink(missing_ok=True)
    write_next("Beginning." if chosen.beginning else chosen.message)


if __name__ == "__main__":
    main()
