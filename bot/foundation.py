"""What the product and every part of it stand on: settings, store, rules, words and time."""

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


async def _bring_up_to_date(settings: Settings, clock: Clock) -> None:
    """What a migration needs is loaded when there is one."""
    url = settings.store_url
    if url.startswith("sqlite"):
        refuse_beside_rescued(Path(sa.make_url(url).database or "").absolute())
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
