"""What `run` refuses before it begins, and who may read what it makes."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.app import run
from bot.foundation import lock_file, open_foundation
from bot.runtime.leader import AlreadyRunningError, holding_file_lock
from bot.settings import Settings, SettingsError


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(_env_file=None, bot_token="123456:TEST", data_dir=folder, http_port=0, **more)


@pytest.mark.parametrize(
    ("wrong", "role", "told"),
    [
        ({"database_url": "mysql://x/y"}, "all", "DATABASE_URL: mysql is not supported"),
        ({"database_url": "sqlite://"}, "all", "DATABASE_URL: a database in memory"),
        ({"database_url": "postgresql://127.0.0.1:abc/x"}, "all", "DATABASE_URL: not an address"),
        ({"database_url": "postgresql://x/y?sslmode=require"}, "all", r"DATABASE_URL: write \?ssl=require"),
        ({"telegram_proxy": "garbage"}, "all", "TELEGRAM_PROXY: write socks5://"),
        ({"telegram_proxy": "http://127.0.0.1:99999"}, "all", "TELEGRAM_PROXY: write socks5://"),
        ({}, "web", "--role web: on SQLite"),
    ],
)
async def test_a_bad_setting_is_one_line(tmp_path: Path, wrong: dict[str, str], role: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        await asyncio.wait_for(run(settings(tmp_path, **wrong), role, lambda _line: None), 30)


@pytest.mark.parametrize("name", ["sales_chat_id", "marketing_chat_id", "claim_minutes", "answer_minutes"])
def test_a_number_that_nothing_can_hold(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        settings(tmp_path, **{name: 10**22})


async def test_one_file_is_one_process_whatever_the_folder(tmp_path: Path) -> None:
    """The lock lies beside the database: another DATA_DIR is no way around it."""
    url = f"sqlite:///{tmp_path / 'gemba.db'}"
    one, other = (settings(tmp_path / folder, database_url=url) for folder in ("one", "other"))
    async with holding_file_lock(lock_file(one)):
        with pytest.raises(AlreadyRunningError):
            await run(other, "all", lambda _line: None)


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_what_a_command_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    told = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "BOT_TOKEN": "123456:TEST"}
    subprocess.run([sys.executable, "-m", "bot", "migrate"], env=told, check=True, umask=0o022, capture_output=True)
    assert mode(tmp_path / "data" / "gemba.db") == 0o600
    assert mode(tmp_path / "data") == 0o700


async def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "gemba.db"
    file.touch()
    file.chmod(0o644)
    async with open_foundation(settings(tmp_path)):
        assert mode(file) == 0o600
        assert {mode(each) for each in tmp_path.glob("gemba.db-*")} <= {0o600}
