"""What a start loads, and that the lean aiogram reads updates as the whole one does."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.migrate import migrate
from bot.storage.schema import is_current, newest_revision
from tests.conftest import MovableClock

RARE = ("alembic", "mako", "sqlalchemy.orm", "asyncpg", "phonenumbers", "dateparser", "matplotlib", "openpyxl")
"""Large, and needed by few starts, or never while the bot runs."""

START = f"""
import sys
import bot.app
loaded = [name for name in {RARE!r} if name in sys.modules]
assert not loaded, loaded
"""

READ = """
import json, sys
{first}
from aiogram import types
assert types.Message.__pydantic_complete__ is not {lean}
chat = {{"id": 5, "type": "private", "first_name": "Иван"}}
message = {{"message_id": 7, "date": 1767225600, "chat": chat, "from": {{"id": 5, "is_bot": False, "first_name": "И"}}}}
tap = {{"id": "1", "from": message["from"], "chat_instance": "1", "data": "c:1",
    "message": {{"message_id": 7, "chat": chat, "date": 0}}}}
quoted = {{**message, "text": "да", "reply_to_message": {{**message, "photo": [], "media_group_id": "8"}}}}
member = {{"user": message["from"], "status": "member"}}
joined = {{"chat": chat, "from": message["from"], "date": 1, "old_chat_member": member,
    "new_chat_member": {{**member, "status": "left"}}}}
for number, body in enumerate(({{"message": quoted}}, {{"callback_query": tap}}, {{"chat_member": joined}})):
    read = types.Update.model_validate({{"update_id": number, **body}})
    print(read.event_type, type(read.event).__name__, repr(read))
try:
    raise ValueError("x")
except ValueError as error:
    print(type(types.ErrorEvent(update=read, exception=error).update).__name__)
"""


def told(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_start_loads_nothing_rare() -> None:
    told(START)


def test_the_lean_aiogram_reads_as_the_whole_one() -> None:
    lean, whole = (
        told(READ.format(first=first, lean=lean)) for first, lean in (("import bot.lean_aiogram", True), ("", False))
    )
    assert lean == whole
    assert "InaccessibleMessage" in lean
    assert lean.rstrip().endswith("Update")


async def test_a_current_database_needs_no_migration(tmp_path: Path, clock: MovableClock) -> None:
    url = f"sqlite:///{tmp_path / 'gemba.db'}"
    assert not is_current(url), "there is none yet"
    done = await migrate(url, tmp_path, clock.now())
    assert done.after == newest_revision()
    assert is_current(url)


@pytest.mark.parametrize("content", [b"", b"no database at all"])
def test_what_is_no_database_of_ours_is_not_current(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gemba.db").write_bytes(content)
    assert not is_current(f"sqlite:///{tmp_path / 'gemba.db'}")
