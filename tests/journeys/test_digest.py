"""The manager's breakfast: what to do first, the numbers, their picture, and any period that is asked for."""

from pathlib import Path
from typing import Any

import pytest

from integrations.telegram.sandbox.client import Json
from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey

PAIRS = [("sqlite", "ru"), ("postgresql", "en")]


@pytest.mark.parametrize(("database_url", "locale"), PAIRS, indirect=["database_url"])
async def test_the_managers_morning(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale) as stage:
        await stage.opens_bot(stage.anna, stage.boris, stage.chief)
        await two_customers_wait(stage)
        await a_rejection_is_disputed(stage)
        await stage.sandbox.advance(21 * 3600 + 60)  # Wednesday, 09:01 in Moscow
        await the_digest_begins_with_them(stage)
        await the_picture_follows(stage)
        await a_number_opens_the_lead(stage)
        await any_period_is_shown_at_once(stage)
        assert await stage.sandbox.violations() in (None, [])
        assert await stage.refusals() == 0


async def two_customers_wait(stage: Stage) -> None:
    """Ivan is Anna's and has no answer; nobody has taken Olga."""
    for name in ("Иван", "Ольга"):
        person = await stage.sandbox.create(name)
        await stage.sandbox.send(person, person, "Сколько стоит кухня?")
        card = await stage.card(stage.sales, name)
        if name == "Иван":
            await stage.tap(stage.anna, stage.sales, card, stage.says("button.claim"))
            await stage.card(stage.anna, name)


async def a_rejection_is_disputed(stage: Stage) -> None:
    oleg = await stage.sandbox.create("Олег")
    await stage.sandbox.send(oleg, oleg, "Сколько стоит шкаф?")
    card = await stage.card(stage.sales, "Олег")
    await stage.tap(stage.boris, stage.sales, card, stage.says("button.claim"))
    head = await stage.card(stage.boris, "Олег")
    await stage.tap(stage.boris, stage.boris, head, stage.says("button.reject"))
    choosing = await stage.card(stage.boris, stage.plain("card.choose_reject"))
    await stage.tap(stage.boris, stage.boris, choosing, stage.says("reject.spam"))
    feedback = await stage.card(stage.marketing, stage.says("reject.spam"))
    await stage.tap(stage.maria_marketer, stage.marketing, feedback, stage.says("button.dispute"))
    silently = stage.says("button.dispute_silently")
    asked = await stage.card(stage.marketing, "Олег", predicate=stage.has_button(silently))
    await stage.tap(stage.maria_marketer, stage.marketing, asked, silently)
    await stage.card(stage.managers, "Олег")


async def the_digest_begins_with_them(stage: Stage) -> None:
    told = await stage.card(stage.managers, "☀️")
    words = told["text"].replace("\u00a0", " ")
    lines = words.splitlines()
    first = lines.index(stage.plain("digest.first"))
    assert "Иван №1" in lines[first + 1] and stage.says("digest.waits_for", owner="Анна") in lines[first + 1]
    assert "Ольга №2" in lines[first + 2] and stage.says("digest.waits_unclaimed") in lines[first + 2]
    assert stage.says("digest.disputes_open", count=1) in lines[first + 3] and "Олег №3" in lines[first + 3]
    assert "Борис" in words and stage.plain("digest.people_head") in lines
    links = [entity["url"] for entity in told["entities"] if "url" in entity]
    card = await stage.card(stage.sales, "Ольга")
    assert f"https://t.me/c/{str(stage.sales)[4:]}/{card['message_id']}" in links
    assert any(url.endswith("?start=lead_2") for url in links)
    assert stage.plain("digest.people_head") not in (await stage.card(stage.sales, "☀️"))["text"]


async def the_picture_follows(stage: Stage) -> None:
    for chat in (stage.managers, stage.sales, stage.marketing):
        text = await stage.card(chat, "☀️")
        (picture,) = await stage.thing(chat, "photo")
        assert picture["message_id"] > text["message_id"]
        size = picture["photo"][-1]
        assert (size["width"], size["height"]) == (1080, 1350)


async def a_number_opens_the_lead(stage: Stage) -> None:
    await stage.sandbox.start(stage.chief, "lead_2")
    lead = await stage.card(stage.chief, stage.plain("lead.head", number=2))
    assert "Ольга" in lead["text"]


async def any_period_is_shown_at_once(stage: Stage) -> None:
    async def asks(words: str, answer: str, **more: Any) -> Json:
        await stage.sandbox.send(stage.chief, stage.chief, f"/digest {words}")
        return await stage.card(stage.chief, answer, **more)

    yesterday = await asks("вчера", "☀️")
    assert stage.plain("digest.leads", count=3, change=stage.says("digest.change", before=0)) in yesterday["text"]
    week = await asks("week", "☀️", after=yesterday["message_id"])
    assert stage.plain("digest.leads", count=3, change="") not in week["text"]  # the last whole week: before them
    await asks("когда-нибудь", stage.says("digest.which"))
