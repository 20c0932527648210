"""The administrator's commands. Wrong use exits 2 with one plain line; failures exit 1 with one, never a traceback."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.exceptions import TyperException

from bot.settings import SettingsError, load_settings

R = TypeVar("R")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="Gemba")
failed_app = typer.Typer(help="What could not be taken in or sent out.")
score_app = typer.Typer(help="Why a lead has the points it has.")
app.add_typer(failed_app, name="failed")
app.add_typer(score_app, name="score")

INTERRUPTED = 130

WHO = "a contact's id, lead:15, a phone, an e-mail, @username"


class Role(StrEnum):
    ALL = "all"
    WEB = "web"
    WORKER = "worker"


class Rows(StrEnum):
    LEADS = "leads"
    MESSAGES = "messages"
    EVENTS = "events"
    FEEDBACK = "feedback"
    PERSON = "person"


class RowFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class ReportPeriod(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ReportAudience(StrEnum):
    SALES = "sales"
    MARKETING = "marketing"
    MANAGERS = "managers"


class ReportFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PNG = "png"


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2026-11-30") from None
    if not 1970 <= day.year <= 2200:
        raise typer.BadParameter(f"{text!r} is too far away")
    return day


def main() -> None:
    os.umask(0o077)  # what lies in our files is of people: for our user alone, the database too
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal of a small alphabet
    code = 0
    try:
        code = app(prog_name="python -m bot", standalone_mode=False) or 0
        sys.stdout.flush()
    except TyperException as error:
        _leave(_usage(error), error.exit_code)
    except SettingsError as error:
        _leave(str(error), 2)
    except BrokenPipeError:
        _stop_writing()
        code = 1
    except Exception as error:
        from bot.commands import WrongUseError
        from bot.commands.troubles import in_words

        if isinstance(error, WrongUseError):
            _leave(str(error), 2)
        line = in_words(error)
        if line is None:
            raise
        _leave(line, 1)
    sys.exit(code)


@app.command()
def run(role: Annotated[Role, typer.Option(help="What this process does.")] = Role.ALL) -> None:
    """Starts the bot with the settings of the environment or .env."""
    from bot.app import run as run_app
    from bot.runtime.logs import configure_logs

    settings = load_settings()
    configure_logs(settings.log_format)
    asyncio.run(run_app(settings, role, lambda line: print(line, flush=True)))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page is served; 0 takes a free one.")] = 8081,
) -> None:
    """A simulated Telegram and the bot in it, with no account and no token."""
    from bot.demo import run_demo

    asyncio.run(run_demo(port, lambda line: print(line, flush=True)))


@app.command()
def check() -> None:
    """Says what is on, what is off, and what to do: token, chats, rights, updates, database, files, clock."""
    from bot.commands.check import as_table, is_fine
    from bot.commands.check import check as run_check
    from bot.commands.output import show

    findings = _finish(run_check())
    show(as_table(findings))
    if not is_fine(findings):
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Brings the database to the tables of this version; what is in it is copied into DATA_DIR/backups first."""
    from bot.commands.migrate import migrate_database

    print(_finish(migrate_database(load_settings())))


@app.command()
def export(
    rows: Annotated[Rows, typer.Argument(help="What to export.")],
    out: Annotated[Path, typer.Option(help="The file; it appears only when it is whole.")],
    file_format: Annotated[RowFormat, typer.Option("--format", help="csv opens in Excel as it is.")] = RowFormat.CSV,
    first: Annotated[
        date | None, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="The first day, local.")
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="The last day, local; it belongs to the range."),
    ] = None,
    contact: Annotated[str | None, typer.Option(metavar="CONTACT", help=f"Whose data `person` is: {WHO}.")] = None,
) -> None:
    """Writes leads, messages, events or feedback to a file; `person`: all that is stored of one, as JSON."""
    if (contact is None) is (rows is Rows.PERSON):
        raise typer.BadParameter("`export person` needs --contact, and nothing else takes it")
    if contact is not None:
        _export_person(contact, out)
        return
    from bot.commands.export import export as run_export
    from bot.commands.output import progress

    if first and last and last < first:
        raise typer.BadParameter(f"--to {last} is before --from {first}")
    settings = load_settings()
    with progress(out.name) as told:
        line = _finish(run_export(settings, rows, file_format, out, first, last, told))
    print(line)


@app.command()
def report(
    period: Annotated[ReportPeriod, typer.Option(help="The local day, the week from Monday, or the month.")] = (
        ReportPeriod.DAY
    ),
    day: Annotated[
        date | None,
        typer.Option(
            "--date", parser=_day, metavar="YYYY-MM-DD", help="A day in the period; without it, the last that is over."
        ),
    ] = None,
    audience: Annotated[ReportAudience, typer.Option(help="Whose report it is.")] = ReportAudience.MANAGERS,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="text is the digest, png its picture.")
    ] = ReportFormat.TEXT,
    out: Annotated[Path | None, typer.Option(help="A file; without it, the report is printed.")] = None,
) -> None:
    """The numbers of a day, a week or a month, as in the digest."""
    from bot.commands.output import write_whole
    from bot.commands.report import as_file
    from bot.commands.report import report as run_report

    if form is ReportFormat.PNG and out is None and sys.stdout.isatty():
        raise typer.BadParameter("a picture is no text for a terminal; name a file with --out")
    content = _finish(run_report(load_settings(), period, day, audience, form))
    if out is not None:
        write_whole(out, as_file(content, form))
    elif isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        print(content, end="")


@score_app.command("explain")
def score_explain(
    lead: Annotated[int, typer.Argument(min=1, max=2**63 - 1, metavar="LEAD", help="The number on the card.")],
) -> None:
    """Every reason with its points, as of now."""
    from bot.commands.score import explain_lead

    print("\n".join(_finish(explain_lead(load_settings(), lead))))


@failed_app.command("list")
def failed_list() -> None:
    """What failed, by the kind of error; nothing that a customer wrote."""
    from bot.commands.failed import list_failed
    from bot.commands.output import show

    show(_finish(list_failed(load_settings())))


@failed_app.command("retry")
def failed_retry() -> None:
    """All of it is due at once; the running bot takes it from there."""
    from bot.commands.failed import retry_all

    print(_finish(retry_all(load_settings())))


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; nothing is overwritten.")]) -> None:
    """The whole database in one checked file, made while the bot runs."""
    from bot.commands.backup import back_up
    from bot.commands.output import progress

    settings = load_settings()
    with progress(file.name) as told:
        line = _finish(back_up(settings, file, told))
    print(line)


@app.command("move-to")
def move_to(
    database: Annotated[str, typer.Argument(metavar="URL", help="postgresql://user:password@host/name, empty.")],
) -> None:
    """Everything from SQLite to another, empty database, compared row by row; the old one stays as it is."""
    from bot.commands.move import move_to as run_move
    from bot.commands.output import progress

    with progress("rows") as told:
        line = _finish(run_move(load_settings(), database, told))
    print(line)


@app.command()
def forget(
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help=WHO.capitalize() + ".")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask on a terminal.")] = False,
) -> None:
    """Erases one person everywhere, also from our chats; what he brought to the numbers stays, without him."""
    from bot.commands.data import texts_of
    from bot.commands.people import find_person, forget_person, who

    settings = load_settings()
    person = _finish(find_person(settings, contact))
    if sys.stdin.isatty() and not yes:
        print(who(settings, person))
        if not typer.confirm(texts_of(settings).plain("cli.forget_sure")):
            raise typer.Exit(1)
    print(_finish(forget_person(settings, person)))


def _export_person(contact: str, out: Path) -> None:
    from bot.commands.people import find_person, write_person

    settings = load_settings()
    print(_finish(write_person(settings, _finish(find_person(settings, contact)), out)))


def _finish(work: Coroutine[Any, Any, R]) -> R:
    """Runs a command to its end; our own mistakes, too, are told in one line."""
    from bot.commands import WrongUseError
    from bot.commands.troubles import UnexpectedError, in_words

    try:
        return asyncio.run(work)
    except (SettingsError, WrongUseError):
        raise
    except Exception as error:
        if in_words(error) is None:
            raise UnexpectedError(error) from error
        raise


def _usage(error: TyperException) -> str:
    """The complaint without typer's boxes, and where the help is."""
    complaint = " ".join(error.format_message().split()).replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{complaint}. Help: {context.command_path if context else 'python -m bot'} --help"


def _leave(line: str, code: int) -> NoReturn:
    print(line, file=sys.stderr)
    sys.exit(code)


def _stop_writing() -> None:
    """Whoever read the output has left: what is still buffered goes nowhere, and nobody hears of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
