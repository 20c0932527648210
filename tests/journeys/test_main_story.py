"""A customer writes, Anna is faster than Boris, a sale is made, a lead comes back, and everybody reads the numbers."""

from pathlib import Path

import pytest

from tests.journeys.stage import on_stage

pytestmark = pytest.mark.journey


async def test_the_main_story(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox = stage.sandbox
        await stage.opens_bot(stage.anna, stage.boris)
        ivan = await sandbox.create("Иван", "Петров")
        await sandbox.start(ivan, "yandex__autumn__kitchen")
        await sandbox.send(ivan, ivan, "Сколько стоит кухня 3 метра?")

        card = await stage.card(stage.sales, "Иван Петров")
        assert "Сколько стоит кухня" in card["text"]
        assert "yandex" in card["text"] and "autumn" in card["text"]

        won = await stage.tap(stage.anna, stage.sales, card, "Беру")
        assert "Ваш лид" in won["text"]
        late = await stage.tap(stage.boris, stage.sales, card, "claim:1")
        assert late["show_alert"] and "Анна" in late["text"]

        relayed = await stage.card(stage.anna, "Сколько стоит кухня 3 метра?")
        await sandbox.send(stage.anna, stage.anna, "Здравствуйте, Иван! От 90 000.", reply_to=relayed["message_id"])
        await stage.card(ivan, "От 90 000")
        await sandbox.send(ivan, ivan, "Берём!")
        await stage.card(stage.anna, "Берём!")
