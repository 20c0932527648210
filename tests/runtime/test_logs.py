"""What happened to which row, never who wrote what."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import structlog

from bot.runtime.logs import PERSONAL, configure_logs

SECRET = "Иван +79261234567"


def _fail() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:text)"), {"text": SECRET})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logs("json")
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


def test_personal_fields_are_blank(told: io.StringIO) -> None:
    structlog.get_logger().info("happened", **dict.fromkeys(PERSONAL, SECRET), item=7)
    line = json.loads(told.getvalue())
    assert line["item"] == 7 and SECRET not in told.getvalue()


def test_an_error_is_told_by_kind_and_place_and_not_by_its_text(told: io.StringIO) -> None:
    try:
        _fail()
    except sa.exc.OperationalError as error:
        structlog.get_logger().exception("failed", exc_info=error)
    line = json.loads(told.getvalue())
    assert line["error"] == "OperationalError" and "tests.runtime.test_logs" in line["at"]
    assert "Иван" not in told.getvalue()


def test_no_word_of_a_stranger_speaks_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of a submission is whatever its sender likes."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logs("console")
    structlog.get_logger().warning("intake.failed", event_id="order:id:\x1b[2J\x9b31m\u2028\u202eзаявка\ud800")
    structlog.reset_defaults()
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable() and r"\x1b[2J\x9b31m\u2028\u202eзаявка\ud800" in line


@pytest.mark.parametrize("library", ["apscheduler.executors.default", "aiohttp.server", "asyncio"])
def test_so_it_is_by_the_libraries(told: io.StringIO, library: str) -> None:
    try:
        _fail()
    except sa.exc.OperationalError:
        logging.getLogger(library).exception("Job raised an exception")
    assert "OperationalError at " in told.getvalue() and "Иван" not in told.getvalue()
