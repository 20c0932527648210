"""Commands, rights, and people who come and go."""

from pathlib import Path

import pytest

from tests.journeys.stage import on_stage
from tests.journeys.test_conversations import claimed

pytestmark = pytest.mark.journey


async def test_who_leaves_the_team_loses_his_leads(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.anna, stage.boris)
        ivan, card = await claimed(stage, "Иван", "Хочу заказать стол")
        await stage.card(stage.anna, "Хочу заказать стол", replied=True)
        await sandbox.kick(stage.anna, stage.sales)
        again = await stage.card(stage.sales, "Иван", after=card["message_id"])
        before = len(await sandbox.messages(stage.anna))
        await sandbox.send(ivan, ivan, "Вы где?")
        await stage.tap(stage.boris, stage.sales, again, says("button.claim"))
        await stage.card(stage.boris, "Вы где?", replied=True)
        await sandbox.send(stage.anna, stage.anna, "Я ещё тут!")
        told = await sandbox.messages(ivan)
        assert "Я ещё тут!" not in str(told)
        shown = (await sandbox.messages(stage.anna))[before:]
        assert "Вы где?" not in str([m for m in shown if m.get("text") == "Вы где?"])


async def test_a_stranger_gets_nothing(tmp_path: Path) -> None:
    """Somebody outside the team who gets hold of a button or a command."""
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        thief = await sandbox.create("Вор")
        other = await sandbox.create_group("Чужие", admins=[thief])
        await sandbox.send(thief, other, "/setup")
        await stage.card(other, says("setup.only_admins"))
        ivan = await sandbox.create("Иван")
        await sandbox.send(ivan, ivan, "Хочу заказать стол")
        await stage.card(stage.sales, "Иван")
        await sandbox.send(thief, thief, "/queue")
        await stage.card(stage.sales, "Вор")  # he is a customer like any other
        assert "Иван" not in str(await sandbox.messages(thief, from_bot=True))


async def test_the_commands(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.anna)
        await sandbox.send(stage.anna, stage.anna, "/queue")
        await stage.card(stage.anna, says("queue.empty"))
        await claimed(stage, "Иван", "Хочу заказать стол")
        olga = await sandbox.create("Ольга")
        await sandbox.send(olga, olga, "Хочу заказать стул")
        await stage.card(stage.sales, "Ольга")
        await sandbox.send(stage.anna, stage.anna, "/my")
        mine = await stage.card(stage.anna, stage.plain("my.head", count=1))
        assert "Иван" in mine["text"]
        await sandbox.send(stage.anna, stage.anna, "/queue")
        queue = await stage.card(stage.anna, stage.plain("queue.head", count=2))
        assert "Ольга" in queue["text"]
        await stage.tap(stage.anna, stage.anna, queue, "Ольга")
        await sandbox.send(stage.anna, stage.anna, "/lead 2")
        lead = await stage.card(stage.anna, stage.plain("lead.head", number=2))
        assert "стул" in lead["text"]
        await sandbox.send(stage.anna, stage.anna, "/lead 999")
        await stage.card(stage.anna, says("lead.unknown", number=999))
        await sandbox.send(stage.anna, stage.anna, "/digest")
        await stage.card(stage.anna, "☀️")
        await sandbox.send(stage.anna, stage.anna, "/help")
        await stage.card(stage.anna, "/queue")
        await sandbox.send(stage.anna, stage.anna, "/customer")
        await stage.card(stage.anna, says("customer.on"))
        await sandbox.send(stage.anna, stage.anna, "Хочу заказать шкаф")
        await stage.card(stage.sales, "Хочу заказать шкаф")
        await sandbox.send(stage.anna, stage.anna, "/customer")
        await stage.card(stage.anna, says("customer.off"))


async def test_a_group_that_becomes_a_supergroup(tmp_path: Path) -> None:
    """The binding, the cards and what waits follow to the new chat."""
    async with on_stage(tmp_path, kind="group") as stage:
        sandbox, says = stage.sandbox, stage.says
        ivan = await sandbox.create("Иван")
        await sandbox.send(ivan, ivan, "Хочу заказать стол")
        await stage.card(stage.sales, "Иван")
        moved = await sandbox.migrate(stage.sales)
        await stage.card(moved, "Иван", predicate=stage.has_button(says("button.claim")))
        olga = await sandbox.create("Ольга")
        await sandbox.send(olga, olga, "Хочу заказать стул")
        await stage.card(moved, "Ольга")
        await stage.kill()
        await stage.bot.start()
        lev = await sandbox.create("Лев")
        await sandbox.send(lev, lev, "Хочу заказать шкаф")
        await stage.card(moved, "Лев")


async def test_releasing_shows_the_card_anew(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        says = stage.says
        await stage.opens_bot(stage.anna)
        _, card = await claimed(stage, "Иван", "Хочу заказать стол")
        head = await stage.card(stage.anna, "Иван", predicate=stage.has_button(says("button.more")))
        await stage.tap(stage.anna, stage.anna, head, says("button.more"))
        head = await stage.card(stage.anna, "Иван", predicate=stage.has_button(says("button.release")))
        told = await stage.tap(stage.anna, stage.anna, head, says("button.release"))
        assert told["text"] == says("tap.released")
        again = await stage.card(stage.sales, "Иван", after=card["message_id"])
        assert says("button.claim") in str(again["reply_markup"])
