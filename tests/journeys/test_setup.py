"""The administrator's evening: a token, a code, three groups."""

import re
from pathlib import Path

import pytest

from integrations.telegram.sandbox.running import DEFAULT_TOKEN
from tests.journeys.process import ROOT
from tests.journeys.stage import on_stage

pytestmark = pytest.mark.journey


async def test_the_chats_are_bound_by_taps(tmp_path: Path) -> None:
    """Nothing but a token is set: the code makes the administrator, /setup binds each group."""
    async with on_stage(tmp_path, SALES_CHAT_ID="", MARKETING_CHAT_ID="", MANAGERS_CHAT_ID="", ADMIN_IDS="") as stage:
        sandbox, says = stage.sandbox, stage.says
        ivan = await sandbox.create("Иван")
        await sandbox.send(ivan, ivan, "Хочу заказать кухню")  # before anybody is there to read it

        code = re.search(r"/setup (\w+)", stage.bot.log.read_text())
        assert code is not None
        await sandbox.send(stage.boris, stage.boris, "/setup 00000000")
        await sandbox.start(stage.chief)
        await sandbox.send(stage.chief, stage.chief, f"/setup {code[1]}")
        await stage.card(stage.chief, says("setup.admin_now"))
        await sandbox.send(stage.boris, stage.boris, f"/setup {code[1]}")  # it works once

        await sandbox.send(stage.anna, stage.sales, "/setup")
        await stage.card(stage.sales, says("setup.only_admins"))
        for chat, purpose in ((stage.sales, "sales"), (stage.marketing, "marketing"), (stage.managers, "managers")):
            await sandbox.send(stage.chief, chat, "/setup")
            choice = await stage.card(chat, says("setup.choose"))
            await stage.tap(stage.chief, chat, choice, says(f"button.bind_{purpose}"))
            await stage.card(chat, says("setup.done", purpose=says(f"purpose.{purpose}")))

        card = await stage.card(stage.sales, "Хочу заказать кухню")
        told = await stage.tap(stage.anna, stage.sales, card, says("button.claim"))
        assert told["url"], "Anna has not opened the bot: the tap takes her there"


async def test_the_five_steps_of_the_readme(tmp_path: Path) -> None:
    """Word by word, as a small firm follows them: one chat for all, which gets one combined digest."""
    steps = (ROOT / "README.md").read_text("utf-8").partition("## Real Telegram")[2]
    example = (ROOT / "docker" / "env.example").read_text("utf-8")
    assert "`cp docker/env.example .env` and write it after `BOT_TOKEN=`" in steps
    (tmp_path / ".env").write_text(example.replace("\nBOT_TOKEN=\n", f"\nBOT_TOKEN={DEFAULT_TOKEN}\n"))
    async with on_stage(
        tmp_path, topics=True, BOT_TOKEN="", SALES_CHAT_ID="", MARKETING_CHAT_ID="", MANAGERS_CHAT_ID="", ADMIN_IDS=""
    ) as stage:
        sandbox, chief = stage.sandbox, stage.chief
        code = re.search(r"/setup \w+", stage.bot.log.read_text())
        assert code is not None
        await sandbox.start(chief)
        await sandbox.send(chief, chief, code[0])
        await stage.card(chief, stage.says("setup.admin_now"))

        await sandbox.send(chief, stage.sales, "/setup")
        (button,) = re.findall("«(Всё в одном чате)»", steps)
        await stage.tap(chief, stage.sales, await stage.card(stage.sales, stage.says("setup.choose")), button)

        (link,) = re.findall(r"t\.me/<bot>\?start=(\w+)", steps)
        lena = await sandbox.create("Лена")
        await sandbox.start(lena, link)
        await sandbox.send(lena, lena, "пришлите бесплатный чек-лист")
        card = await stage.card(stage.sales, "Лена")
        for mark in link.split("__"):
            assert mark in card["text"]

        await sandbox.send(chief, chief, "/customer")
        await stage.card(chief, stage.plain("customer.on"))
        await sandbox.send(chief, chief, "Сколько стоит кухня?")
        await stage.card(stage.sales, "Сколько стоит кухня?")
        await sandbox.send(chief, chief, "/customer")
        await stage.card(chief, stage.plain("customer.off"))
        code_of_check, told, _ = await stage.bot.command("check")
        assert code_of_check == 0, told

        await sandbox.advance(21 * 3600 + 60)
        await stage.card(stage.sales, "☀️")
        await sandbox.advance(3600)
        await stage.bot.stop()
        await stage.bot.start()
        digests = [m for m in await sandbox.messages(stage.sales, from_bot=True) if "☀️" in m["text"]]
        assert len(digests) == 1
