"""A database with a worked day in it, and the commands called as a person calls them."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog

from bot import cli
from bot.settings import Settings
from bot.storage.store import Tx, open_store

Called = tuple[int, str, str]
"""Exit code, output, errors."""

R = TypeVar("R")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No `.env` and no variable of the machine reaches a command."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALE", "en")
    yield


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database of our schema; `DATABASE_URL` names it."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


def within(url: str, unit: Callable[..., R], *args: Any) -> R:
    """One unit of work of the test itself."""

    async def run() -> R:
        store = open_store(url)
        try:
            return await store.write(unit, *args)
        finally:
            await store.close()

    return asyncio.run(run())


def everything(tx: Tx, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.execute(table.select().order_by(table.c.id)).mappings()]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Called]]:
    def run(*arguments: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["bot", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out, shown.err

    yield run
    structlog.reset_defaults()  # `run` makes logs go to what is captured here, and the next test has none of that
    logging.getLogger().handlers.clear()
