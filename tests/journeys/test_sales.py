"""A salesperson's day: a mis-tap, a colleague who takes over, ready words, and a sale that is corrected."""

from pathlib import Path

import pytest

from tests.journeys.stage import on_stage
from tests.journeys.test_conversations import claimed

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_a_salespersons_day(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale) as stage:
        sandbox, says, anna, boris = stage.sandbox, stage.says, stage.anna, stage.boris
        await stage.opens_bot(anna, boris)
        await sandbox.send(boris, boris, "/my")
        await stage.card(boris, says("my.empty"))
        ivan, card = await claimed(stage, "Иван", "Хочу заказать стол")

        head = await stage.card(anna, "Иван", predicate=stage.has_button(says("button.undo")))
        told = await stage.tap(anna, anna, head, says("button.undo"))
        assert told["text"] == says("tap.undone")
        await stage.card(stage.sales, "Иван", predicate=stage.has_button(says("button.claim")))
        await stage.tap(anna, stage.sales, card, says("button.claim"))

        await sandbox.send(anna, anna, "/t hi = Здравствуйте, {name}! Стол – {price}.")
        await stage.card(anna, "/t hi")
        await sandbox.send(anna, anna, "/t hi")
        question = await stage.card(anna, "price", predicate=lambda message: "hi" in message["text"], replied=False)
        await sandbox.send(anna, anna, "9000 ₽", reply_to=question["message_id"])
        await stage.card(ivan, "Здравствуйте, Иван! Стол – 9000 ₽.")

        head = await stage.card(anna, "Иван", predicate=stage.has_button(says("button.more")))
        await stage.tap(anna, anna, head, says("button.more"))
        head = await stage.card(anna, "Иван", predicate=stage.has_button(says("button.transfer")))
        await stage.tap(anna, anna, head, says("button.transfer"))
        head = await stage.card(anna, "Иван", predicate=stage.has_button("Борис"))
        await stage.tap(anna, anna, head, "Борис")
        question = await stage.card(anna, "Борис", predicate=stage.has_button(says("button.without_note")))
        await sandbox.send(anna, anna, "Любит торговаться", reply_to=question["message_id"])
        his = await stage.card(boris, "Любит торговаться")
        await stage.card(boris, "Анна Смирнова: Здравствуйте, Иван!")

        await stage.tap(boris, boris, his, says("button.won"))
        question = await stage.card(boris, "15000")
        await sandbox.send(boris, boris, "$500 стол", reply_to=question["message_id"])
        sold = await stage.card(
            boris, stage.texts.money(500_00, "USD"), predicate=stage.has_button(says("button.refund"))
        )
        await sandbox.send(boris, boris, "9 000 руб", reply_to=sold["message_id"])
        await stage.card(stage.sales, stage.texts.money(9_000_00, "RUB"))
        await stage.tap(boris, boris, sold, says("button.refund"))
        question = await stage.card(boris, "Иван", predicate=stage.has_button(says("button.refund_all")))
        await stage.tap(boris, boris, question, says("button.refund_all"))
        await stage.card(stage.sales, stage.texts.money(0, "RUB"))

        await sandbox.send(stage.chief, stage.chief, "/start")
        await sandbox.send(stage.chief, stage.chief, "/find ЗАКАЗАТЬ СТОЛ")
        hits = await stage.card(stage.chief, "Хочу заказать стол")
        await stage.tap(stage.chief, stage.chief, hits, "Иван")
        lead = await stage.card(stage.chief, "Иван", predicate=stage.has_button(says("button.reopen")))
        told = await stage.tap(stage.chief, stage.chief, lead, says("button.reopen"))
        assert told["text"] == says("tap.reopened")
        await stage.card(boris, "Иван", predicate=stage.has_button(says("button.won")), after=sold["message_id"])
        assert await sandbox.violations() in (None, [])
