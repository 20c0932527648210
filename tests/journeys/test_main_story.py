"""A customer writes, Anna is faster than Boris, a sale is made, a lead comes back, and everybody reads the numbers."""

from pathlib import Path

import pytest

from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey


async def test_the_main_story(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        await stage.opens_bot(stage.anna, stage.boris)
        await anna_sells_a_kitchen(stage)
        await boris_rejects_a_freebie_hunter(stage)
        await the_morning_brings_the_numbers(stage)
        assert await stage.sandbox.violations() in (None, [])


async def anna_sells_a_kitchen(stage: Stage) -> None:
    sandbox = stage.sandbox
    ivan = await sandbox.create("Иван", "Петров")
    await sandbox.start(ivan, "yandex__autumn__kitchen")
    await stage.card(ivan, "Здравствуйте")
    await sandbox.send(ivan, ivan, "Сколько стоит кухня 3 метра?")

    card = await stage.card(stage.sales, "Иван Петров")
    assert "Сколько стоит кухня" in card["text"]
    assert "yandex" in card["text"] and "«autumn»" in card["text"] and "kitchen" in card["text"]

    won = await stage.tap(stage.anna, stage.sales, card, "Беру")
    assert "Ваш лид" in won["text"]
    late = await stage.tap(stage.boris, stage.sales, card, "claim:1")
    assert late["show_alert"] and "Анна" in late["text"]
    await stage.card(stage.sales, "Ведёт Анна")

    head = await stage.card(stage.anna, "Иван Петров")
    relayed = await stage.card(stage.anna, "Сколько стоит кухня 3 метра?", after=head["message_id"])
    answer = await sandbox.send(
        stage.anna, stage.anna, "Здравствуйте, Иван! От 90 000.", reply_to=relayed["message_id"]
    )
    await stage.card(ivan, "От 90 000")
    await stage.until_ticked(stage.anna, answer)
    await sandbox.send(ivan, ivan, "Берём!")
    await stage.card(stage.anna, "Берём!")

    await stage.tap(stage.anna, stage.anna, head, "Продажа")
    question = await stage.card(stage.anna, "какая сумма")
    await sandbox.send(stage.anna, stage.anna, "95 000 кухня Осень", reply_to=question["message_id"])
    await stage.card(stage.sales, "95 000 ₽ · кухня Осень")
    assert not [m for m in await sandbox.messages(ivan, from_bot=True) if "95 000" in m["text"]]


async def boris_rejects_a_freebie_hunter(stage: Stage) -> None:
    sandbox = stage.sandbox
    oleg = await sandbox.create("Олег <3")
    await sandbox.start(oleg, "vk__spring")
    await sandbox.send(oleg, oleg, "Хочу заказать, но денег нет совсем")
    card = await stage.card(stage.sales, "Олег <3")
    await stage.tap(stage.boris, stage.sales, card, "Беру")
    head = await stage.card(stage.boris, "Олег <3")
    await stage.tap(stage.boris, stage.boris, head, "Не наш лид")
    choosing = await stage.card(stage.boris, "Почему не наш лид?")
    told = await stage.tap(stage.boris, stage.boris, choosing, "Нет бюджета")
    assert "маркетинг" in told["text"]

    feedback = await stage.card(stage.marketing, "Нет бюджета")
    assert "Борис" in feedback["text"] and "vk" in feedback["text"] and "денег нет" in feedback["text"]
    await stage.tap(stage.maria_marketer, stage.marketing, feedback, "Согласен")
    await stage.card(stage.marketing, "Согласны · Мария")


async def the_morning_brings_the_numbers(stage: Stage) -> None:
    await stage.sandbox.advance(21 * 3600 + 60)  # Wednesday, 09:01 in Moscow
    for chat in (stage.sales, stage.marketing, stage.managers):
        digest = await stage.card(chat, "Сводка")
        digest["text"] = digest["text"].replace("\u00a0", " ")
        assert "2 новых лида" in digest["text"]
        assert "Передано продажам 2 · взято 2" in digest["text"]
        assert "1 продажа · 95 000 ₽" in digest["text"]
        assert "Нет бюджета: 1 (vk 1)" in digest["text"]
    managers = await stage.card(stage.managers, "Сводка")
    assert "Анна" in managers["text"] and "Борис" in managers["text"]
