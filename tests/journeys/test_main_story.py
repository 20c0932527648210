"""A customer writes, Anna is faster than Boris, a sale is made, a lead comes back, and everybody reads the numbers."""

from pathlib import Path

import pytest

from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey

PAIRS = [
    ("sqlite", "polling", "ru"),
    ("sqlite", "webhook", "en"),
    ("postgresql", "polling", "en"),
    ("postgresql", "webhook", "ru"),
]


@pytest.mark.parametrize(("empty_database_url", "mode", "locale"), PAIRS, indirect=["empty_database_url"])
async def test_the_main_story(tmp_path: Path, empty_database_url: str, mode: str, locale: str) -> None:
    async with on_stage(tmp_path, database=empty_database_url, mode=mode, locale=locale) as stage:
        await stage.opens_bot(stage.anna, stage.boris)
        await anna_sells_a_kitchen(stage)
        await boris_rejects_a_lead(stage)
        await somebody_only_looks_around(stage)
        await the_morning_brings_the_numbers(stage)
        assert await stage.sandbox.violations() in (None, [])
        assert await stage.refusals() == 0


async def anna_sells_a_kitchen(stage: Stage) -> None:
    sandbox, says = stage.sandbox, stage.says
    ivan = await sandbox.create("Иван", "Петров", language_code=stage.texts.locale)
    await sandbox.start(ivan, "yandex__autumn__kitchen")
    await stage.card(ivan, says("greet.welcome"))
    await sandbox.send(ivan, ivan, "Сколько стоит кухня 3 метра?")

    card = await stage.card(stage.sales, "Иван Петров")
    for word in ("Сколько стоит кухня", "yandex", "«autumn»", "kitchen", says("band.sales_accepted")):
        assert word in card["text"]

    first = await stage.tap(stage.anna, stage.sales, card, says("button.claim"))
    assert first["text"] == says("tap.claimed")
    second = await stage.tap(stage.boris, stage.sales, card, (0, 0))
    assert second["show_alert"] and "Анна" in second["text"]
    await stage.card(stage.sales, stage.plain("card.claimed", owner="Анна Смирнова"))

    head = await stage.card(stage.anna, "Иван Петров")
    relayed = await stage.card(stage.anna, "Сколько стоит кухня 3 метра?", after=head["message_id"])
    answer = await sandbox.send(
        stage.anna, stage.anna, "Здравствуйте, Иван! От 90 000.", reply_to=relayed["message_id"]
    )
    await stage.card(ivan, "От 90 000")
    await stage.until_ticked(stage.anna, answer)
    await sandbox.send(ivan, ivan, "Берём!")
    await stage.card(stage.anna, "Берём!")

    await stage.tap(stage.anna, stage.anna, head, says("button.won"))
    question = await stage.card(stage.anna, "15000")
    await sandbox.send(stage.anna, stage.anna, "95 000 кухня Осень", reply_to=question["message_id"])
    await stage.card(stage.sales, f"{stage.texts.money(9_500_000, 'RUB')} · кухня Осень")
    assert not [m for m in await sandbox.messages(ivan, from_bot=True) if "95 000" in m["text"]]


async def boris_rejects_a_lead(stage: Stage) -> None:
    sandbox, says = stage.sandbox, stage.says
    oleg = await sandbox.create("Олег <3")
    await sandbox.start(oleg, "vk__spring")
    await sandbox.send(oleg, oleg, "Хочу заказать, но денег нет совсем")
    card = await stage.card(stage.sales, "Олег <3")
    await stage.tap(stage.boris, stage.sales, card, says("button.claim"))
    head = await stage.card(stage.boris, "Олег <3")
    await stage.tap(stage.boris, stage.boris, head, says("button.reject"))
    choosing = await stage.card(stage.boris, stage.plain("card.choose_reject"))
    told = await stage.tap(stage.boris, stage.boris, choosing, says("reject.no_budget"))
    assert told["text"] == says("tap.rejected")

    feedback = await stage.card(stage.marketing, says("reject.no_budget"))
    for word in ("Борис", "vk", "«spring»", "денег нет"):
        assert word in feedback["text"]
    await stage.tap(stage.maria_marketer, stage.marketing, feedback, says("button.agree"))
    await stage.card(stage.marketing, says("feedback.agreed", by="Мария"))


async def somebody_only_looks_around(stage: Stage) -> None:
    """Below the handoff threshold: marketing sees him, sales does not."""
    sandbox = stage.sandbox
    petr = await sandbox.create("Пётр")
    await sandbox.send(petr, petr, "пришлите бесплатный чек-лист")
    await stage.card(stage.marketing, "Пётр")
    assert not [m for m in await sandbox.messages(stage.sales, from_bot=True) if "Пётр" in m["text"]]


async def the_morning_brings_the_numbers(stage: Stage) -> None:
    await stage.sandbox.advance(21 * 3600 + 60)  # Wednesday, 09:01 in Moscow
    was = stage.says("digest.change", before=0)
    revenue = stage.texts.money(9_500_000, "RUB")
    average = stage.says("digest.average", average=revenue)
    won = f"{stage.plain('digest.won', count=1, change=was)} · {revenue} · {average}"
    handed = stage.says("digest.handed_over", count=2, claimed=2, not_worked=1, share=stage.texts.percent(0.5))
    for chat in (stage.sales, stage.marketing, stage.managers):
        digest = await stage.card(chat, "☀️")
        assert stage.plain("digest.leads", count=3, change=was) in digest["text"]
        assert handed in digest["text"]
        assert won in digest["text"]
        assert f"{stage.says('reject.no_budget')}: 1 (vk 1)" in digest["text"]
    managers = await stage.card(stage.managers, "☀️")
    assert "Анна" in managers["text"] and "Борис" in managers["text"]
