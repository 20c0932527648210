"""A masked number shown to its owner alone, the pages of a lead, and a person forgotten while the bot runs."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.journeys.stage import PATIENCE_SECONDS, Stage, on_stage

pytestmark = pytest.mark.journey

PAIRS = [("sqlite", "ru"), ("postgresql", "en")]
NUMBER = "+7 916 555-01-42"


@pytest.mark.parametrize(("database_url", "locale"), PAIRS, indirect=["database_url"])
async def test_who_sees_what_of_a_person(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale, MASK_CONTACTS="true") as stage:
        await stage.opens_bot(stage.anna, stage.boris)
        ivan = await stage.sandbox.create("Аристарх", "Забывакин")
        await stage.sandbox.start(ivan, "yandex__autumn__kitchen")
        await stage.sandbox.send(ivan, ivan, f"Сколько стоит кухня? {NUMBER}")
        await the_number_is_the_owners(stage)
        await the_lead_has_pages(stage)
        await he_is_forgotten(stage)
        assert await stage.sandbox.violations() in (None, [])


async def the_number_is_the_owners(stage: Stage) -> None:
    card = await stage.card(stage.sales, "Забывакин")
    assert NUMBER not in card["text"] and "+7 916 •••-••-42" in card["text"]
    await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
    head = await stage.card(stage.anna, "Забывакин")
    told = await stage.tap(stage.anna, stage.anna, head, stage.says("button.show_contact"))
    assert told["text"] == stage.says("tap.contact_sent")
    await stage.card(stage.anna, NUMBER, predicate=lambda message: "Сколько" not in message["text"])


async def the_lead_has_pages(stage: Stage) -> None:
    await stage.sandbox.send(stage.boris, stage.boris, "/lead 1")
    page = await stage.card(stage.boris, "autumn")
    await stage.tap(stage.boris, stage.boris, page, stage.says("page.audit"))
    audit = await stage.card(stage.boris, stage.says("audit.contact_revealed"))
    assert audit["message_id"] == page["message_id"]
    await stage.tap(stage.boris, stage.boris, audit, stage.says("page.messages"))
    said = await stage.card(stage.boris, "Сколько стоит кухня?")
    assert NUMBER not in said["text"]


async def he_is_forgotten(stage: Stage) -> None:
    command = [sys.executable, "-m", "bot", "forget", "lead:1"]
    running = await asyncio.create_subprocess_exec(
        *command, env=stage.bot.environment, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    told = (await running.communicate())[0].decode()
    assert running.returncode == 0 and "Забывакин" not in told

    async def nothing_stands() -> bool:
        for chat in (stage.sales, stage.marketing, stage.anna, stage.boris):
            for message in await stage.sandbox.messages(chat, from_bot=True, deleted=False):
                if "Забывакин" in (words := message.get("text", "")) or "Сколько" in words or NUMBER in words:
                    return False
        return True

    await stage.sandbox.wait_until(nothing_stands, PATIENCE_SECONDS, "something still tells of him")
    await stage.sandbox.send(stage.boris, stage.boris, "/lead 1")
    await stage.card(stage.boris, stage.plain("lead.forgotten", at="…").partition("…")[0].strip())
