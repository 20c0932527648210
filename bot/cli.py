"""The administrator's commands. Wrong use exits 2 with one plain line; failures exit 1."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any

import typer

from bot.domain.errors import GembaError
from bot.settings import Settings, SettingsError, load_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Gemba")


class Role(StrEnum):
    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def main() -> None:
    try:
        app()
    except SettingsError as error:
        _leave(str(error), 2)
    except GembaError as error:
        _leave(str(error), 1)


@app.command()
def run(role: Annotated[Role, typer.Option(help="What this process does.")] = Role.ALL) -> None:
    """Starts the bot with the settings of the environment or .env."""
    from bot.app import run as run_app
    from bot.runtime.leader import AlreadyRunningError
    from bot.runtime.logs import configure_logs

    settings = load_settings()
    configure_logs(settings.log_format)
    try:
        asyncio.run(run_app(settings, role, lambda line: print(line, flush=True)))
    except AlreadyRunningError as error:
        _leave(str(error), 1)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page is served; 0 takes a free one.")] = 8081,
) -> None:
    """A simulated Telegram and the bot in it, with no account and no token."""
    from bot.demo import run_demo

    asyncio.run(run_demo(port, lambda line: print(line, flush=True)))


def with_settings(work: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work(load_settings()))


def _leave(line: str, code: int) -> None:
    print(line, file=sys.stderr)
    sys.exit(code)
