"""`check`: probes for real what the product needs, and says in plain words what to do."""

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import sqlalchemy as sa
from rich.table import Table
from rich.text import Text

from bot.commands.data import is_sqlite, state_of, texts_of
from bot.commands.troubles import one_line
from bot.domain.errors import GembaError
from bot.domain.policy import Policy
from bot.domain.scoring import default_rules, load_rules
from bot.domain.toml_file import TomlFileError
from bot.foundation import database_url
from bot.locales import LOCALES, Texts
from bot.runtime.clocks import open_clock
from bot.runtime.hours import read_hours
from bot.settings import OFFICIAL_API, Settings, SettingsError, environment, load_settings
from bot.storage.migrate import SchemaState
from bot.storage.store import Tx, open_store
from bot.storage.tables import marks
from bot.storage.team import PURPOSES, TeamChats, get_team_chats
from bot.use_cases.administer import has_admin
from integrations.forms.loading import load_forms
from integrations.telegram.checkup import WEBHOOK_PORTS, Finding, Findings, State, check_telegram

NEEDED_BYTES = 500 * 1024**2
"""Less free space than this, and SQLite may soon be unable to write."""

MEGABYTE = 1024**2
STYLES = {State.ON: "green", State.WRONG: "bold red", State.OFF: "dim"}


async def check() -> list[Finding]:
    try:
        settings = load_settings()
    except SettingsError as error:
        return [_bad_settings(str(error))]
    return await examine(settings)


async def examine(settings: Settings) -> list[Finding]:
    """Everything that can be looked at, in the order in which a person sets it up."""
    texts = texts_of(settings)
    now = open_clock(settings.clock_file).now()
    house = Findings(texts)
    chats, administered = await _check_database(settings, house)
    _check_folder(settings, house)
    _check_rules(settings, house)
    _check_forms(settings, house)
    _check_hours(settings, house, now)
    _check_address(settings, house)
    return [*await check_telegram(settings, texts, chats, administered, now), *house.all]


def is_fine(findings: list[Finding]) -> bool:
    return all(finding.state is not State.WRONG for finding in findings)


def as_table(findings: list[Finding]) -> Table:
    """What to do stands under what is so."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(min_width=12)
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(Text(finding.state, STYLES[finding.state]), Text(finding.about), Text(finding.said))
        if finding.remedy:
            table.add_row("", "", Text(f"→ {finding.remedy}", "bold" if finding.state is State.WRONG else "dim"))
    return table


def _bad_settings(line: str) -> Finding:
    locale = os.environ.get("LOCALE", "")
    house = Findings(Texts(locale if locale in LOCALES else LOCALES[0], UTC))
    house.wrong(house.say("about_settings"), "settings_bad", "do_settings", why=line)
    return house.all[0]


async def _check_database(settings: Settings, house: Findings) -> tuple[TeamChats, bool]:
    """The chats in effect and whether anybody administers the bot: by the store, or else by the settings."""
    about = house.say("about_database")
    named = TeamChats({purpose: chat_id for purpose, chat_id in _wanted(settings).items() if chat_id is not None})
    try:
        state = await state_of(settings)
        _tell_schema(settings, house, state)
        if state.kind != "current":
            return named, bool(settings.admin_ids)
        store = open_store(database_url(settings))
        try:
            chats = await store.read(chats_in_effect, _wanted(settings))
            policy = Policy(default_rules(), settings.currency, settings.conversations, settings.admin_ids)
            administered = await store.read(has_admin, policy)
        finally:
            await store.close()
    except SettingsError as error:
        house.wrong(about, "database_bad", "do_settings", why=one_line(error))
    except (GembaError, OSError, sa.exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = one_line(getattr(error, "orig", None) or error)
        house.wrong(about, "database_bad", "do_database_file" if is_sqlite(settings) else "do_database", why=why)
    else:
        for purpose in PURPOSES:
            if (chat_id := named.bound.get(purpose)) not in (None, chats.bound.get(purpose)):
                house.off(f"{purpose.upper()}_CHAT_ID", "env_overruled", "do_overruled", chat_id=chat_id)
        return chats, administered
    return named, bool(settings.admin_ids)


def _tell_schema(settings: Settings, house: Findings, state: SchemaState) -> None:
    """On SQLite `run` brings the tables up to date itself, after a copy; on PostgreSQL a person says when."""
    about, kind = house.say("about_database"), "SQLite" if is_sqlite(settings) else "PostgreSQL"
    match state.kind:
        case "current":
            house.on(about, "schema_current", kind=kind, revision=state.revision)
        case "newer":
            house.wrong(about, "schema_newer", "do_schema_newer", kind=kind, revision=state.revision)
        case "empty" | "behind" if is_sqlite(settings):
            house.off(about, f"schema_{state.kind}", "do_run", kind=kind, revision=state.revision, steps=state.steps)
        case _:
            house.wrong(
                about, f"schema_{state.kind}", "do_migrate", kind=kind, revision=state.revision, steps=state.steps
            )


def chats_in_effect(tx: Tx, wanted: dict[str, int | None]) -> TeamChats:
    """What `run` would go by: a stored binding, unless the environment was changed since it was last read."""
    bound = dict(get_team_chats(tx).bound)
    for purpose, chat_id in wanted.items():
        if chat_id is None:
            continue
        read_last = tx.scalar(sa.select(marks.c.value).where(marks.c.name == f"env:{purpose}"))
        if purpose not in bound or read_last != str(chat_id):
            bound[purpose] = chat_id
    return TeamChats(bound)


def _wanted(settings: Settings) -> dict[str, int | None]:
    return {
        "sales": settings.sales_chat_id,
        "marketing": settings.marketing_chat_id,
        "managers": settings.managers_chat_id,
    }


def _check_folder(settings: Settings, house: Findings) -> None:
    folder, about = settings.data_dir, "DATA_DIR"
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))
    free = shutil.disk_usage(there).free  # first: on a full disk no file can be made either
    if free < NEEDED_BYTES:
        house.wrong(about, "disk_full", "do_disk", folder=folder, free=free // MEGABYTE)
    elif not there.is_dir() or not _takes_files(there):
        house.wrong(about, "folder_closed", "do_folder", folder=folder)
    else:
        house.on(about, "folder_fine", folder=folder, free=free // MEGABYTE)


def _takes_files(folder: Path) -> bool:
    """Tried for real: rights alone say nothing of a disk that is mounted for reading."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"1")
    except OSError:
        return False
    return True


def _check_rules(settings: Settings, house: Findings) -> None:
    about = house.say("about_scoring")
    try:
        rules = load_rules(settings.scoring_file) if settings.scoring_file else default_rules()
    except TomlFileError as error:
        house.wrong(about, "scoring_bad", "do_scoring", why=one_line(error))
        return
    key = "scoring_own" if settings.scoring_file else "scoring_default"
    house.on(about, key, file=settings.scoring_file, rules=len(rules.rules))


def _check_forms(settings: Settings, house: Findings) -> None:
    about = house.say("about_forms")
    if settings.forms_file is None:
        house.on(about, "forms_plain")
        return
    try:
        forms = load_forms(settings.forms_file, environment())
    except TomlFileError as error:
        house.wrong(about, "forms_bad", "do_forms", why=one_line(error))
        return
    named = [f"{name} ({form.preset})" if form.preset else name for name, form in forms.items()]
    house.on(about, "forms_own", forms=", ".join(named) or "–")
    if open_to_all := [name for name, form in forms.items() if form.secret is None and form.keeps_errors]:
        house.off(about, "forms_open", "do_forms_secret", forms=", ".join(open_to_all))


def _check_hours(settings: Settings, house: Findings, now: datetime) -> None:
    about = house.say("about_hours")
    try:
        hours = read_hours(settings)
    except SettingsError as error:
        house.wrong(about, "hours_bad", "do_settings", why=one_line(error))
        return
    local = now.astimezone(settings.zone).strftime("%H:%M")
    key = "hours_open" if hours.is_open(now) else "hours_closed"
    house.on(about, key, hours=settings.working_hours, zone=settings.timezone, local=local)


def _check_address(settings: Settings, house: Findings) -> None:
    about, url = "PUBLIC_URL", settings.public_url
    if url is None:
        house.off(about, "url_none")
        return
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    to_telegram = settings.telegram_mode == "webhook" and settings.telegram_api_url == OFFICIAL_API
    if to_telegram and port not in WEBHOOK_PORTS:
        house.wrong(about, "url_port", "do_url_port", port=port)
    elif parts.scheme == "https":
        house.on(about, "url_fine", host=parts.hostname)
    else:
        house.off(about, "url_plain", host=parts.hostname)
