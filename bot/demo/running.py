"""The demo: a sandbox Telegram with a small firm in it, and the real bot over real HTTP."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tzlocal import get_localzone_name

from bot.demo_site import serving_site
from bot.demo_story import WORDS, Story, Words, seconds_since_last_workday
from bot.locales import Texts
from integrations.telegram.sandbox.client import SandboxClient
from integrations.telegram.sandbox.running import RunningSandbox, run_sandbox

Announce = Callable[[str], None]

RESTART_PAUSE_SECONDS = 1.0
STOP_SECONDS = 15.0
SETTLING_SECONDS = 3.0
"""Until the last ticks of the day stand under its messages: what is late is dropped."""


@dataclass(frozen=True, slots=True)
class Firm:
    """The people of the demo and their chats, by their ids in the sandbox."""

    customer: int
    anna: int
    boris: int
    marketer: int
    manager: int
    sales: int
    marketing: int
    managers: int


async def run_demo(port: int, announce: Announce) -> None:
    """Until SIGINT or SIGTERM. Everything lives in a temporary folder and is gone afterwards."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    zone = ZoneInfo(get_localzone_name())
    locale = os.environ.get("LOCALE") or "ru"
    words, texts = WORDS.get(locale, WORDS["en"]), Texts(locale if locale in WORDS else "en", zone)
    with tempfile.TemporaryDirectory(prefix="gemba-demo-") as folder:
        back = seconds_since_last_workday(datetime.now(UTC), zone)
        clock_file(Path(folder)).write_text(json.dumps({"offset_seconds": -back}))
        bot_port, site_port = free_ports()
        bot_url, site_url = (f"http://127.0.0.1:{number}" for number in (bot_port, site_port))
        async with (
            run_sandbox(port, clock_file=clock_file(Path(folder))) as sandbox,
            serving_site(texts.locale, bot_url, site_port),
        ):
            firm = await found_firm(sandbox.client, words, texts.locale)
            environment = {
                **_environment(sandbox, firm, Path(folder), texts.locale),
                "HTTP_PORT": str(bot_port),
                "PUBLIC_URL": bot_url,
                "ALLOWED_ORIGINS": site_url,
            }
            announce(f"\n  Open {sandbox.url}/?people={_seats(firm)}\n")
            announce(f"  The firm's site, with a chat and a form on it: {site_url}")
            bot = asyncio.create_task(_keep_running(environment, announce))
            told = asyncio.create_task(_tell(sandbox, firm, words, texts, back, announce))
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait({told, stop}, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                told.result()
            await stop
            for task in (told, bot):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _tell(
    sandbox: RunningSandbox, firm: Firm, words: Words, texts: Texts, back: float, announce: Announce
) -> None:
    """The page is there at once. On it the last working day goes by in a few seconds; then a customer writes."""
    announce("  The firm is living through its last working day: you can watch it.")
    client = sandbox.client
    for teammate in (firm.anna, firm.boris, firm.marketer, firm.manager):
        await client.start(teammate)
    await Story(client, texts, words, firm.sales, firm.marketing).live(firm.anna, firm.boris, firm.marketer)
    await asyncio.sleep(SETTLING_SECONDS)
    await client.advance(back)
    await client.start(firm.customer, "yandex__autumn__kitchen")
    await client.send(firm.customer, firm.customer, words.first_words)
    claim = texts.plain("button.claim")
    announce(f"  {words.customer[0]}, a customer, has just written: let {words.anna[0]} tap «{claim}», and answer.")
    announce("  «Next morning», at the top right, brings the digest. Stop with Ctrl-C.\n")


def free_ports() -> tuple[int, int]:
    """Two that nobody has: the bot keeps its own over restarts, because the pages of the site know it."""
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def clock_file(folder: Path) -> Path:
    return folder / "clock.json"


async def found_firm(sandbox: SandboxClient, words: Words, locale: str) -> Firm:
    """A customer, two salespeople, a marketer and a manager, and the three chats of the firm."""
    await sandbox.set_bot(first_name="Gemba", has_topics_enabled=True)
    customer = await sandbox.create(*words.customer, username="ivan_p", language_code=locale)
    anna = await sandbox.create(*words.anna, username="anna", language_code=locale)
    boris = await sandbox.create(*words.boris, username="boris", language_code=locale)
    marketer = await sandbox.create(*words.marketer, username="maria", language_code=locale)
    manager = await sandbox.create(*words.manager, username="victor", language_code=locale)
    return Firm(
        customer,
        anna,
        boris,
        marketer,
        manager,
        sales=await sandbox.create_group(words.sales, members=[anna, boris], admins=[manager]),
        marketing=await sandbox.create_group(words.marketing, members=[marketer], admins=[manager]),
        managers=await sandbox.create_group(words.managers, admins=[manager]),
    )


def _seats(firm: Firm) -> str:
    """Who looks at which chat when the page opens."""
    seats = {
        firm.customer: firm.customer,
        firm.anna: firm.sales,
        firm.boris: firm.sales,
        firm.marketer: firm.marketing,
        firm.manager: firm.managers,
    }
    return ",".join(f"{person}@{chat}" for person, chat in seats.items())


def _environment(sandbox: RunningSandbox, firm: Firm, folder: Path, locale: str) -> dict[str, str]:
    """What the README asks a person to set, for the simulated Telegram."""
    return {
        **os.environ,
        "BOT_TOKEN": sandbox.token,
        "TELEGRAM_API_URL": sandbox.url,
        "TELEGRAM_MODE": "polling",
        "SALES_CHAT_ID": str(firm.sales),
        "MARKETING_CHAT_ID": str(firm.marketing),
        "MANAGERS_CHAT_ID": str(firm.managers),
        "ADMIN_IDS": str(firm.manager),
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": "",
        "LOCALE": locale,
        "TIMEZONE": get_localzone_name(),
        "CLOCK_FILE": str(clock_file(folder)),
    }


async def _keep_running(environment: dict[str, str], announce: Announce) -> None:
    """Starts the bot, and again whenever it dies: one may kill it and see that nothing is lost."""
    while True:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            code = await bot.wait()
        except asyncio.CancelledError:
            bot.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bot.wait(), STOP_SECONDS)
            raise
        announce(f"  The bot ended ({code}); starting it again.")
        await asyncio.sleep(RESTART_PAUSE_SECONDS)
