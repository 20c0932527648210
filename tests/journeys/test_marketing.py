"""Marketing's side: who is not ready yet, and what sales gave back."""

from pathlib import Path

import pytest

from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey


async def rejected_by_boris(stage: Stage, name: str, reason: str) -> int:
    sandbox, says = stage.sandbox, stage.says
    person = await sandbox.create(name)
    await sandbox.send(person, person, f"Хочу заказать, {name}")
    card = await stage.card(stage.sales, name)
    await stage.tap(stage.boris, stage.sales, card, says("button.claim"))
    head = await stage.card(stage.boris, name)
    await stage.tap(stage.boris, stage.boris, head, says("button.reject"))
    choosing = await stage.card(stage.boris, name, predicate=stage.has_button(says(f"reject.{reason}")))
    await stage.tap(stage.boris, stage.boris, choosing, says(f"reject.{reason}"))
    return person


async def test_a_marketer_answers_and_hands_over(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.maria_marketer)
        lena = await sandbox.create("Лена")
        await sandbox.send(lena, lena, "пришлите бесплатный чек-лист")
        card = await stage.card(stage.marketing, "Лена")
        await stage.tap(stage.maria_marketer, stage.marketing, card, says("button.answer"))
        asked = await stage.card(stage.maria_marketer, "чек-лист", replied=True)
        await sandbox.send(stage.maria_marketer, stage.maria_marketer, "Держите!", reply_to=asked["message_id"])
        await stage.card(lena, "Держите!")
        head = await stage.card(stage.maria_marketer, "Лена", predicate=stage.has_button(says("button.hand_to_sales")))
        await stage.tap(stage.maria_marketer, stage.maria_marketer, head, says("button.hand_to_sales"))
        offered = await stage.card(stage.sales, "Лена")
        await stage.tap(stage.anna, stage.sales, offered, says("button.claim"))


async def test_a_dispute_is_settled_by_a_manager(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        says = stage.says
        await stage.opens_bot(stage.boris)
        await rejected_by_boris(stage, "Олег", "no_budget")
        feedback = await stage.card(stage.marketing, "Олег")
        await stage.tap(stage.maria_marketer, stage.marketing, feedback, says("button.dispute"))
        choosing = await stage.card(
            stage.marketing, "Олег", predicate=stage.has_button(says("button.dispute_silently"))
        )
        await stage.tap(stage.maria_marketer, stage.marketing, choosing, says("button.dispute_silently"))
        dispute = await stage.card(stage.managers, "Олег")
        await stage.tap(stage.chief, stage.managers, dispute, says("button.overturn"))
        await stage.card(stage.marketing, says("feedback.overturned", by="Виктор"))
        offered = await stage.card(
            stage.sales, "Олег", after=dispute["message_id"], predicate=stage.has_button(says("button.claim"))
        )
        told = await stage.tap(stage.anna, stage.sales, offered, says("button.claim"))
        assert told["url"] or told["text"]


async def test_a_warmed_up_lead_comes_back_to_sales_by_itself(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.boris)
        nina = await rejected_by_boris(stage, "Нина", "free_only")
        feedback = await stage.card(stage.marketing, "Нина")
        await stage.tap(stage.maria_marketer, stage.marketing, feedback, says("button.warm_up"))
        choosing = await stage.card(stage.marketing, "Нина", predicate=stage.has_button(says("button.warm_month")))
        await stage.tap(stage.maria_marketer, stage.marketing, choosing, says("button.warm_month"))
        await stage.card(stage.marketing, says("feedback.nurtured", day="", by="").strip(" ·"))
        await sandbox.send(nina, nina, "Решила: хочу купить, выставьте счёт")
        await stage.card(stage.sales, "выставьте счёт", predicate=stage.has_button(says("button.claim")))


async def test_a_thank_you_is_no_new_lead(tmp_path: Path) -> None:
    async with on_stage(tmp_path) as stage:
        sandbox, says = stage.sandbox, stage.says
        await stage.opens_bot(stage.anna)
        ivan = await sandbox.create("Иван")
        await sandbox.send(ivan, ivan, "Хочу заказать стол")
        card = await stage.card(stage.sales, "Иван")
        await stage.tap(stage.anna, stage.sales, card, says("button.claim"))
        head = await stage.card(stage.anna, "Иван", predicate=stage.has_button(says("button.won")))
        await stage.tap(stage.anna, stage.anna, head, says("button.won"))
        await sandbox.send(ivan, ivan, "Спасибо вам!")
        await stage.card(stage.anna, "Спасибо вам!", replied=True)
        notice = await stage.card(stage.anna, says("late_word", lead=1))
        await stage.tap(stage.anna, stage.anna, notice, says("button.new_request"))
        await stage.card(
            stage.anna, stage.plain("history.won", count=1), predicate=stage.has_button(says("button.won"))
        )
