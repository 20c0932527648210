"""What the product and every part of it stand on: settings, store, rules, words and time."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.domain.errors import NewerSchemaError
from bot.domain.policy import Policy, SlaPolicy
from bot.domain.scoring import Rules, default_rules, load_rules
from bot.domain.working_time import WorkingHours
from bot.locales import Texts
from bot.ports import Clock
from bot.runtime.clocks import open_clock
from bot.runtime.hours import read_hours
from bot.settings import Settings, SettingsError
from bot.storage.schema import is_current
from bot.storage.store import Store, open_store
from bot.storage.store.place import refuse_beside_rescued

BACKENDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Foundation:
    settings: Settings
    clock: Clock
    store: Store
    policy: Policy
    texts: Texts
    hours: WorkingHours


def read_rules(settings: Settings) -> Rules:
    """Raises `TomlFileError` with file, line and what is wrong."""
    return load_rules(settings.scoring_file) if settings.scoring_file else default_rules()


def read_policy(settings: Settings, rules: Rules, hours: WorkingHours) -> Policy:
    return Policy(
        rules,
        settings.currency,
        settings.conversations,
        settings.admin_ids,
        region=settings.country,
        sla=SlaPolicy(
            claim=timedelta(minutes=settings.claim_minutes),
            answer=timedelta(minutes=settings.answer_minutes),
            reoffer=timedelta(minutes=settings.reoffer_minutes),
        ),
        hours=hours,
        mask_contacts=settings.mask_contacts,
        privacy_url=settings.privacy_url,
    )


def database_url(settings: Settings) -> str:
    """Raises SettingsError where it is no address of a database that we can use."""
    try:
        parsed = sa.make_url(settings.store_url)
    except (sa.exc.ArgumentError, ValueError):  # the latter for a port that is no number
        raise SettingsError("DATABASE_URL: not an address; write sqlite:///path or postgresql://…") from None
    if parsed.get_backend_name() not in BACKENDS:
        raise SettingsError(f"DATABASE_URL: {parsed.get_backend_name()} is not supported; sqlite or postgresql is")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SettingsError("DATABASE_URL: a database in memory would forget everything; name a file")
    if "sslmode" in parsed.query:
        raise SettingsError(f"DATABASE_URL: write ?ssl={parsed.query['sslmode']} instead of sslmode")
    return settings.store_url


def lock_file(settings: Settings) -> Path:
    """Beside the file that it keeps for one process: whoever names that file finds the lock, too."""
    return _database_file(settings).with_suffix(".lock")


def _database_file(settings: Settings) -> Path:
    return Path(sa.make_url(settings.store_url).database or "").absolute()


def _keep_private(database: Path) -> None:
    """What was made under another umask, or put there by hand, is for our user alone all the same."""
    for file in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        if file.is_file() and file.stat().st_mode & 0o077 and file.stat().st_uid == os.getuid():
            file.chmod(0o600)


async def _bring_up_to_date(settings: Settings, clock: Clock) -> None:
    """What a migration needs is loaded when there is one."""
    url = database_url(settings)
    if url.startswith("sqlite"):
        database = _database_file(settings)
        refuse_beside_rescued(database)
        _keep_private(database)
        if not is_current(url):
            from bot.storage.migrate import migrate

            await migrate(url, settings.data_dir / "backups", clock.now())
        return
    from bot.storage.migrate import schema_state

    state = await schema_state(url)
    if state.kind == "newer":
        raise NewerSchemaError
    if state.kind != "current":
        raise SettingsError("DATABASE_URL: this database is not at our schema yet; run `python -m bot migrate` first")


@asynccontextmanager
async def open_foundation(settings: Settings) -> AsyncIterator[Foundation]:
    """The store is open and its schema is ours; on SQLite it is brought up to date first."""
    rules, hours, clock = read_rules(settings), read_hours(settings), open_clock(settings.clock_file)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    await _bring_up_to_date(settings, clock)
    store = open_store(settings.store_url)
    policy = read_policy(settings, rules, hours)
    try:
        yield Foundation(settings, clock, store, policy, Texts(settings.locale, settings.zone), hours)
    finally:
        await store.close()
