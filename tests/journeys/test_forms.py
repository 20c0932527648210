"""A visitor fills in a form on the site: the lead stands before the team, once, and survives a kill."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.stage import on_stage

pytestmark = pytest.mark.journey

FILLED = {
    "name": "Ольга <b>",
    "phone": "8 916 123-45-67",
    "message": "Сколько стоит кухня? Хочу купить",
    "utm_source": "yandex",
    "utm_campaign": "Осень",
    "page": "https://shop.example/kitchen",
    "Бюджет": "300 000",
    "submission_id": "a-1",
}


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_a_form_becomes_a_lead(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale) as stage, aiohttp.ClientSession() as http:
        address = f"{stage.bot.url}/forms/callback"

        async def submits(**more: Any) -> tuple[int, Any]:
            async with http.post(address, json={**FILLED, **more}) as response:
                return response.status, await response.json()

        await stage.opens_bot(stage.anna)
        status, first = await submits()
        assert (status, first["status"]) == (202, "accepted")
        again = await asyncio.gather(*(submits() for _ in range(5)))
        assert {body["id"] for _, body in again} == {first["id"]}
        card = await stage.card(stage.sales, "Ольга <b>")
        for words in ("Сколько стоит кухня", "yandex", "«Осень»", "+7 916 123-45-67", stage.says("channel.form")):
            assert words in card["text"]

        await stage.kill()
        await stage.bot.start()
        assert await submits() == (202, first)
        shown = [m for m in await stage.sandbox.messages(stage.sales, from_bot=True) if "Ольга" in m["text"]]
        assert len(shown) in (1, 2)  # the kill may have cut off the call that had just shown it
        await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
        await stage.card(stage.anna, "Бюджет: 300 000")
        await stage.sandbox.send(stage.anna, stage.anna, "Здравствуйте!")
        await stage.card(stage.anna, stage.plain("refused.one_way"))
