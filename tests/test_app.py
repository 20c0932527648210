"""How the running product ends when one of its parts does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Gemba
from bot.foundation import Foundation, open_foundation
from bot.running import Running
from bot.settings import Settings
from bot.storage.store import open_store
from bot.storage.store.place import RescuedCopyError
from bot.storage.tables import marks
from integrations.telegram.client import TelegramClient
from integrations.telegram.introduction import Profile

ME = Profile(123456, "gemba_bot", False, True)


@pytest.fixture
async def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Foundation]:
    monkeypatch.chdir(tmp_path)
    async with open_foundation(Settings(bot_token="123456:TEST", data_dir=tmp_path)) as opened:
        yield opened


async def test_a_receiver_that_dies_does_not_end_well(base: Foundation, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dies(_self: Gemba) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Gemba, "_receive", dies)
    product = Gemba(base, TelegramClient("123456:TEST", "http://127.0.0.1:1"))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(product._work(ME), 20)


async def test_it_does_not_start_beside_a_rescued_copy_before_somebody_has_decided(tmp_path: Path) -> None:
    settings = Settings(bot_token="123456:TEST", data_dir=tmp_path)
    rescued = tmp_path / "gemba.rescued-1.db"
    rescued.touch()
    with pytest.raises(RescuedCopyError, match=str(rescued)):
        async with open_foundation(settings):
            pass
    rescued.rename(tmp_path / "kept elsewhere.db")
    async with open_foundation(settings):
        pass


async def test_a_database_made_anew_is_not_well(database_url: str) -> None:
    store = open_store(database_url)
    try:
        running = Running(store, None)
        assert (await running._database()).ok
        await store.write(lambda tx: marks.drop(tx))
        found = await running._database()
    finally:
        await store.close()
    assert not found.ok and "none of our tables" in found.figures["trouble"]
