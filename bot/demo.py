"""The demo: a sandbox Telegram with a small firm in it, and the real bot over real HTTP."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tzlocal import get_localzone_name

from integrations.telegram.sandbox.client import SandboxClient
from integrations.telegram.sandbox.running import RunningSandbox, run_sandbox

Announce = Callable[[str], None]

RESTART_PAUSE_SECONDS = 1.0
STOP_SECONDS = 15.0
FIRST_WORDS = "Здравствуйте! Сколько стоит кухня 3 метра и когда сможете замерить?"


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
    with tempfile.TemporaryDirectory(prefix="gemba-demo-") as folder:
        async with _sandbox(port, Path(folder)) as sandbox:
            firm = await found_firm(sandbox.client)
            bot = asyncio.create_task(_keep_running(_environment(sandbox, firm, Path(folder)), announce))
            await _open_doors(sandbox.client, firm)
            announce(f"\n  Open {sandbox.url}/?people={_seats(firm)}\n")
            announce("  Иван, a customer, has just written. Let Анна tap «Беру» in «Продажи» and answer him.")
            announce("  «Next morning», at the top right, brings the digest. Stop with Ctrl-C.\n")
            await stopping.wait()
            bot.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await bot


def _sandbox(port: int, folder: Path) -> contextlib.AbstractAsyncContextManager[RunningSandbox]:
    return run_sandbox(port, clock_file=folder / "clock.json")


async def found_firm(sandbox: SandboxClient) -> Firm:
    """A customer, two salespeople, a marketer and a manager, and the three chats of the firm."""
    await sandbox.set_bot(first_name="Gemba", has_topics_enabled=True)
    customer = await sandbox.create("Иван", "Петров", username="ivan_p")
    anna = await sandbox.create("Анна", "Смирнова", username="anna")
    boris = await sandbox.create("Борис", "Орлов", username="boris")
    marketer = await sandbox.create("Мария", "Котова", username="maria")
    manager = await sandbox.create("Виктор", "Лаптев", username="victor")
    return Firm(
        customer,
        anna,
        boris,
        marketer,
        manager,
        sales=await sandbox.create_group("Продажи", members=[anna, boris], admins=[manager]),
        marketing=await sandbox.create_group("Маркетинг", members=[marketer], admins=[manager]),
        managers=await sandbox.create_group("Руководители", admins=[manager]),
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


async def _open_doors(sandbox: SandboxClient, firm: Firm) -> None:
    """The team opens the bot, and the first customer writes."""
    for teammate in (firm.anna, firm.boris, firm.marketer, firm.manager):
        await sandbox.start(teammate)
    await sandbox.start(firm.customer, "yandex__autumn__kitchen")
    await sandbox.send(firm.customer, firm.customer, FIRST_WORDS)


def _environment(sandbox: RunningSandbox, firm: Firm, folder: Path) -> dict[str, str]:
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
        "HTTP_PORT": "0",
        "TIMEZONE": get_localzone_name(),
        "CLOCK_FILE": str(folder / "clock.json"),
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
