"""Failures in one plain line each."""

import asyncpg
import sqlalchemy as sa

from bot.domain.errors import GembaError
from bot.runtime.leader import AlreadyRunningError


class UnexpectedError(GembaError):
    """A mistake of ours, named by its place: a command never shows a traceback."""

    def __init__(self, error: Exception) -> None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else "nowhere"
        super().__init__(f"Unexpected {type(error).__name__} at {place}: {one_line(error)}")


def in_words(error: Exception) -> str | None:
    """What a person can do something about; None for what only a programmer can."""
    match error:
        case GembaError() | AlreadyRunningError():
            return one_line(error)
        case sa.exc.ArgumentError():
            return "DATABASE_URL: not an address; write sqlite:///path or postgresql://…"
        case sa.exc.DBAPIError():
            return f"The database does not answer: {one_line(error.orig or error)}"
        case asyncpg.PostgresError() | asyncpg.InterfaceError() | ConnectionError() | TimeoutError():
            return f"The database does not answer: {one_line(error)}"
        case OSError(filename=str(name), strerror=str(why)):
            return f"{name}: {why}"
        case OSError():
            return one_line(error)
    return None


def one_line(error: BaseException) -> str:
    """The first line of its text, which names no values of rows; its kind where there is none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
