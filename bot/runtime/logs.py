"""Structured logs: what happened to which row, never who wrote what."""

import contextlib
import logging
import sys
from typing import Any, Literal, TextIO, cast

import structlog

PERSONAL = frozenset({"text", "name", "phone", "email", "username", "token", "payload", "raw"})


def configure_logs(form: Literal["console", "json"]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutValues("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("aiogram").setLevel(logging.ERROR)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _blank_personal,
            _trace_without_values,
            _on_one_line,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Forgiving(sys.stderr))),
    )


class _Forgiving:
    """A line that cannot be written, on a full disk or a pipe that was closed, is no reason to stop working."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, words: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(words)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def _blank_personal(_logger: Any, _method: str, event: Any) -> Any:
    for key in PERSONAL & event.keys():
        event[key] = "…"
    return event


def _trace_without_values(_logger: Any, _method: str, event: Any) -> Any:
    """Where it broke, without the error's own text: a database driver quotes the row it choked on."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _places(error)
    return event


def _on_one_line(_logger: Any, _method: str, event: Any) -> Any:
    """Some ids are what a stranger's form has chosen: on a terminal they may not speak for us, nor clear it."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in value)
    return event


class _WithoutValues(logging.Formatter):
    """The same for what libraries log, the scheduler's and the web server's errors among them."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library names it
        error = ei[1]
        return f"{type(error).__name__} at {_places(error)}"

    def formatStack(self, stack_info: str) -> str:  # noqa: ARG002, N802
        return ""


def _places(error: BaseException) -> str:
    """The innermost ones; how the database library gets from one of its files to the next helps nobody."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__"))
        if not name.startswith("sqlalchemy."):
            places.append(f"{name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-6:])
