"""`make demo`: everything lives in a temporary folder and is gone afterwards."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tzlocal import get_localzone_name

from bot.demo.firm import Firm, found_firm
from bot.demo.history import live_through
from bot.demo.keeper import BotKeeper
from bot.demo.shop import shop_routes
from bot.demo.theatre import Theatre
from bot.demo.words import WORDS
from bot.domain.policy import Policy
from bot.domain.public_holidays import PublicHolidays
from bot.domain.scoring import default_rules
from bot.domain.working_time import WorkingHours
from bot.locales import Texts
from bot.storage.migrate import migrate
from bot.storage.store import open_store
from integrations.telegram.sandbox.running import RunningSandbox, run_sandbox

Announce = Callable[[str], None]

HOURS = "Mon-Fri 09:00-18:00"
COUNTRY = "RU"
BEGINS_AT = time(10, 40)
"""The demo's clock starts at this time of a working day, whatever the hour is: nobody sells kitchens at night."""


async def run_demo(port: int, announce: Announce) -> None:
    """Until SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    locale = os.environ.get("LOCALE") or "ru"
    locale = locale if locale in WORDS else "en"
    with tempfile.TemporaryDirectory(prefix="gemba-demo-") as folder:
        async with staged(port, locale, Path(folder), announce):
            await stopping.wait()


@asynccontextmanager
async def staged(port: int, locale: str, folder: Path, announce: Announce) -> AsyncIterator[Theatre]:
    """The page is there at once; the firm's past and the bot come while one looks at it."""
    calendar = PublicHolidays(COUNTRY)
    hours = WorkingHours.parse(HOURS, get_localzone_name(), calendar.is_holiday, calendar.is_workday)
    clock = folder / "clock.json"
    now = datetime.now(UTC)
    clock.write_text(json.dumps({"offset_seconds": (opening(now, hours) - now).total_seconds()}))
    bot_url = f"http://127.0.0.1:{free_port()}"
    theatre = Theatre(locale, hours)
    routes = [*theatre.routes(), *shop_routes(locale, bot_url)]
    async with run_sandbox(port, clock_file=clock, more=routes) as sandbox:
        firm = await found_firm(sandbox.client, WORDS[locale], locale)
        environment = _environment(sandbox, firm, folder, locale, bot_url)
        keeper = BotKeeper(environment, bot_url, folder / "bot.log")
        theatre.opens(sandbox, firm, keeper)
        announce(f"\n  Open {sandbox.url}\n")
        announce("  The bot is starting; the page shows when it is there. Stop with Ctrl-C.\n")
        playing = asyncio.create_task(_play(theatre, firm, folder, await sandbox.client.now()))
        try:
            yield theatre
        finally:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing


async def _play(theatre: Theatre, firm: Firm, folder: Path, now: float) -> None:
    """The past, then the bot, then this morning; until cancelled."""
    url = f"sqlite:///{folder / 'data' / 'gemba.db'}"
    zone = ZoneInfo(theatre.hours.zone)
    moment = datetime.fromtimestamp(now, UTC)
    (folder / "data").mkdir()
    await migrate(url, folder, moment)
    store = open_store(url)
    try:
        policy = Policy(
            default_rules(),
            "RUB",
            "private",
            frozenset({firm.manager.telegram_id}),
            region=COUNTRY,
            hours=theatre.hours,
        )
        words = WORDS[theatre.locale]
        await store.write(live_through, firm, words, theatre.locale, policy, zone, moment)
        await theatre.play(store, Texts(theatre.locale, zone))
    finally:
        await store.close()


def opening(now: datetime, hours: WorkingHours) -> datetime:
    """This morning, or that of the last working day before."""
    local = now.astimezone(ZoneInfo(hours.zone))
    day = local.date() if local.time() >= BEGINS_AT else local.date() - timedelta(days=1)
    day = day if hours.is_working_day(day) else hours.working_day_before(day)
    return datetime.combine(day, BEGINS_AT, ZoneInfo(hours.zone))


def free_port() -> int:
    """One that nobody has: the bot keeps it over restarts, because the pages of the site know it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(sandbox: RunningSandbox, firm: Firm, folder: Path, locale: str, bot_url: str) -> Mapping[str, str]:
    """What the README asks a person to set, for the simulated Telegram."""
    page = sandbox.url
    return {
        **os.environ,
        "BOT_TOKEN": sandbox.token,
        "TELEGRAM_API_URL": sandbox.url,
        "TELEGRAM_MODE": "polling",
        "SALES_CHAT_ID": str(firm.sales),
        "MARKETING_CHAT_ID": str(firm.marketing),
        "MANAGERS_CHAT_ID": str(firm.managers),
        "ADMIN_IDS": str(firm.manager.telegram_id),
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": "",
        "LOCALE": locale,
        "TIMEZONE": get_localzone_name(),
        "WORKING_HOURS": HOURS,
        "COUNTRY": COUNTRY,
        "DIGEST_TIME": "09:00",
        "CLOCK_FILE": str(folder / "clock.json"),
        "HTTP_PORT": bot_url.rpartition(":")[2],
        "PUBLIC_URL": bot_url,
        "ALLOWED_ORIGINS": f"{page} {page.replace('127.0.0.1', 'localhost')}",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
