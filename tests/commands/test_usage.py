"""Wrong use exits 2 with one plain line, failures exit 1 with one; a reader may leave, a person may press Ctrl-C."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.domain.kpi import Audience
from bot.storage.export_queries import Dataset
from bot.use_cases.write_rows import FileFormat
from tests.commands.conftest import Called

ROOT = Path(__file__).parents[2]
BROKEN_DATABASE = "postgresql://nobody:s3cret@127.0.0.1:1/none"


@pytest.mark.parametrize(
    ("arguments", "telling"),
    [
        ("", "Missing command"),
        ("chekc", "No such command 'chekc'"),
        ("import leads file", "No such command 'import'"),
        ("score", "Missing command"),
        ("score fit", "No such command 'fit'"),
        ("score evaluate", "No such command 'evaluate'"),
        ("score explain", "Missing argument 'LEAD'"),
        ("score explain ivan", "'LEAD'"),
        ("score explain 0", "'LEAD'"),
        ("score explain 99999999999999999999", "'LEAD'"),
        ("failed", "Missing command"),
        ("failed drop", "No such command 'drop'"),
        ("backup", "Missing argument 'FILE'"),
        ("backup a b", "unexpected extra argument"),
        ("export", "Missing argument"),
        ("export leads", "Missing option '--out'"),
        ("export people --out x", "'people' is not one of 'leads', 'messages', 'events', 'feedback'"),
        ("export leads --out x --format xls", "'xls' is not one of 'csv', 'xlsx', 'jsonl'"),
        ("export leads --out x --from 30.11.2026", "'30.11.2026' is no date; write it as 2026-11-30"),
        ("export leads --out x --to 9999-12-31", "too far away"),
        ("export leads --out x --from 2026-11-02 --to 2026-11-01", "--to 2026-11-01 is before --from 2026-11-02"),
        ("report --period year", "'year' is not one of 'day', 'week', 'month'"),
        ("report --period range", "'range' is not one of"),
        ("report --format pdf", "'pdf' is not one of 'text', 'json', 'csv', 'png'"),
        ("report --audience everybody", "'everybody' is not one of"),
        ("report --date 2026-13-01", "'2026-13-01' is no date"),
        ("report --date 2199-01-01", "has not come yet"),
        ("report --colour", "No such option: --colour"),
        ("run --role chef", "'chef' is not one of"),
    ],
)
def test_wrong_use(call: Callable[..., Called], arguments: str, telling: str) -> None:
    code, out, err = call(*arguments.split())
    assert (code, out) == (2, "")
    assert telling in err
    assert err.count("\n") == 1


READING = ["report", "score explain 1", "failed list", "failed retry", "export leads --out x.csv", "backup x.db"]


@pytest.mark.parametrize("command", READING)
def test_without_a_database_none_is_made(call: Callable[..., Called], tmp_path: Path, command: str) -> None:
    code, out, err = call(*command.split())
    assert (code, out) == (1, "")
    assert "No data yet" in err or "There is no database" in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*READING, "migrate"])
@pytest.mark.parametrize(
    ("setting", "value", "code", "telling"),
    [
        ("DATABASE_URL", BROKEN_DATABASE, 1, "does not answer"),
        ("DATABASE_URL", "nonsense", 2, "DATABASE_URL: not an address"),
        ("DATABASE_URL", "mysql://h/d", 2, "DATABASE_URL: mysql is not supported"),
        ("DATABASE_URL", "sqlite://", 2, "DATABASE_URL: a database in memory"),
        ("DATABASE_URL", "sqlite:///rubbish.db", 1, "not a database"),
        ("TIMEZONE", "Mars/Olympus", 2, "TIMEZONE: "),
    ],
)
def test_a_setting_that_is_wrong(
    call: Callable[..., Called],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    setting: str,
    value: str,
    code: int,
    telling: str,
) -> None:
    (tmp_path / "rubbish.db").write_bytes(b"not a database at all, only many letters" * 200)
    if command == "backup x.db" and "rubbish" in value:
        telling = "The backup could not be made"
    monkeypatch.setenv(setting, value)
    given, out, err = call(*command.split())
    assert (given, out) == (code, "")
    assert telling in err and err.strip()
    assert err.count("\n") == 1
    assert "s3cret" not in err


def test_our_own_mistake_is_one_line_that_names_its_place(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(*_: Any) -> None:
        raise KeyError("Иван")

    monkeypatch.setattr("bot.commands.score.explain_lead", stumble)
    code, _out, err = call("score", "explain", "1")
    assert code == 1
    assert err.startswith("Unexpected KeyError at tests.commands.test_usage:")
    assert err.count("\n") == 1


def test_the_choices_are_those_of_the_product() -> None:
    assert [*cli.Rows] == [*Dataset, "person"]
    assert [*cli.RowFormat] == [*FileFormat]
    assert [*cli.ReportAudience] == [*Audience]


def start(*arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def test_help_does_not_wait_for_heavy_libraries() -> None:
    look = (
        "import sys\nfrom bot import cli\nprint([m for m in ('aiogram', 'sqlalchemy', 'aiohttp') if m in sys.modules])"
    )
    out, err = start("-c", look).communicate(timeout=60)
    assert out.decode().strip() == "[]", err


def test_exit_codes_of_the_real_process() -> None:
    for arguments, code in ((["--help"], 0), (["chekc"], 2), (["report"], 1)):
        process = start("-m", "bot", *arguments)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert err.count(b"\n") == (code > 0)


def test_a_reader_who_leaves_is_no_trouble() -> None:
    process = start("-m", "bot", "check")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 1


async def test_ctrl_c_is_quiet() -> None:
    """A database that accepts a connection and says nothing: the command waits until it is interrupted."""
    connected = asyncio.Event()

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)  # its first words: from now on it waits for ours
        connected.set()
        await asyncio.Event().wait()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "report"),
        env={**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": f"postgresql://a:b@127.0.0.1:{port}/c"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.default_int_handler
        ),  # ignored where we run in the background
    )
    async with asyncio.timeout(60):
        await connected.wait()
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    server.close()
    assert (process.returncode, out, err) == (130, b"", b"")
