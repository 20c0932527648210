"""Promised times, calls, what is put off, and who is away; with a kill while a reminder is due."""

from pathlib import Path

import pytest

from tests.journeys.stage import Stage, on_stage

pytestmark = pytest.mark.journey

HOUR = 3600
MINUTE = 60


@pytest.mark.parametrize(
    ("database_url", "locale", "killed"),
    [("sqlite", "ru", True), ("postgresql", "en", False)],
    indirect=["database_url"],
)
async def test_a_day_with_the_clock(tmp_path: Path, database_url: str, locale: str, *, killed: bool) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale) as stage:
        await stage.opens_bot(stage.anna, stage.boris)
        ivan, olga = await nobody_takes_two_leads(stage, killed=killed)
        await anna_lets_ivan_wait(stage)
        await anna_calls_olga(stage)
        await anna_puts_olga_off(stage, olga)
        await anna_goes_away(stage, olga)
        await boris_claims_a_former_customer_from_his_own_chat(stage, ivan)
        assert await stage.sandbox.violations() in (None, [])
        assert await stage.refusals() == 0


async def nobody_takes_two_leads(stage: Stage, *, killed: bool) -> list[int]:
    """One message for both, also when the process is killed while they are due; both are taken from there."""
    people = []
    for name in ("Иван", "Ольга"):  # one after another: the numbers of their leads are told later
        people.append(await stage.sandbox.create(name))
        await stage.sandbox.send(people[-1], people[-1], "Хочу заказать стол, +7 916 123-45-67")
        await stage.card(stage.sales, name)
    if killed:
        await stage.kill()
    await stage.sandbox.advance(16 * MINUTE)
    if killed:
        await stage.bot.start()
    overdue = await stage.card(stage.sales, stage.plain("overdue.head", count=2))
    told = await stage.tap(stage.anna, stage.sales, overdue, "Иван")
    assert told["text"] == stage.says("tap.claimed")
    await stage.tap(stage.anna, stage.sales, overdue, "Ольга")
    return people


async def anna_lets_ivan_wait(stage: Stage) -> None:
    """She is reminded in private, says that Olga needs no answer, and Boris takes Ivan over."""
    says = stage.says
    await stage.sandbox.advance(31 * MINUTE)
    reminder = await stage.card(stage.anna, "Иван", predicate=stage.has_button(says("button.needs_no_answer")))
    olga = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.needs_no_answer")))
    told = await stage.tap(stage.anna, stage.anna, olga, says("button.needs_no_answer"))
    assert told["text"] == says("tap.needs_no_answer")
    before = (await stage.sandbox.messages(stage.sales))[-1]["message_id"]
    await stage.sandbox.advance(61 * MINUTE)
    again = await stage.card(stage.sales, "Иван", after=before, predicate=stage.has_button(says("button.claim")))
    await stage.card(stage.anna, stage.plain("told.taken_back", name="Иван", lead=1), after=reminder["message_id"])
    await stage.tap(stage.boris, stage.sales, again, says("button.claim"))


async def anna_calls_olga(stage: Stage) -> None:
    says = stage.says
    head = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.called")))
    for times in (1, 2, 3):
        await stage.tap(stage.anna, stage.anna, head, says("button.called"))
        head = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.talked")))
        told = await stage.tap(stage.anna, stage.anna, head, says("button.no_answer"))
        assert told["text"] == says("tap.no_answer", count=times)
        head = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.called")))
    await stage.card(stage.anna, stage.plain("told.unreachable", count=3, lead=2))
    await stage.tap(stage.anna, stage.anna, head, says("button.called"))
    head = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.talked")))
    await stage.tap(stage.anna, stage.anna, head, says("button.call_back"))
    head = await stage.card(stage.anna, stage.plain("card.choose_call_back"))
    await stage.tap(stage.anna, stage.anna, head, says("button.in_words"))
    question = await stage.card(stage.anna, stage.plain("ask.when"))
    await stage.sandbox.send(stage.anna, stage.anna, "через 2 часа", reply_to=question["message_id"])
    noted = await stage.card(stage.anna, "📞", after=question["message_id"])
    await stage.sandbox.advance(2 * HOUR + MINUTE)
    reminder = await stage.card(stage.anna, "+79161234567", after=noted["message_id"])
    assert stage.plain("remind.call_back", name="Ольга") in reminder["text"]


async def anna_puts_olga_off(stage: Stage, olga: int) -> None:
    """Until tomorrow; the customer's next message brings her back at once."""
    says = stage.says
    head = await stage.card(stage.anna, "Ольга", predicate=stage.has_button(says("button.lost")))
    await stage.tap(stage.anna, stage.anna, head, says("button.later"))
    tomorrow = says("when.tomorrow", time="10:00").capitalize()
    head = await stage.card(stage.anna, stage.plain("card.choose_later"))
    await stage.tap(stage.anna, stage.anna, head, tomorrow)
    await stage.sandbox.send(stage.anna, stage.anna, "/my")
    await stage.card(stage.anna, stage.plain("my.put_off"))
    await stage.sandbox.send(olga, olga, "Я передумала, нужен шкаф")
    await stage.card(stage.anna, "нужен шкаф")
    await stage.sandbox.send(stage.anna, stage.anna, "Записала, шкаф", reply_to=head["message_id"])
    await stage.card(olga, "Записала, шкаф")


async def anna_goes_away(stage: Stage, olga: int) -> None:
    """What Olga writes then is for the colleagues, and Anna hears of it when she is back."""
    says = stage.says
    await stage.sandbox.send(stage.anna, stage.anna, "/away")
    await stage.card(stage.anna, stage.plain("away.until_when"))
    await stage.sandbox.send(stage.anna, stage.anna, "/away через неделю")
    await stage.card(stage.anna, "🌴")
    before = (await stage.sandbox.messages(stage.sales))[-1]["message_id"]
    await stage.sandbox.send(olga, olga, "А когда доставка?")
    await stage.card(stage.sales, "А когда доставка?", after=before, predicate=stage.has_button(says("button.claim")))
    await stage.sandbox.send(stage.anna, stage.anna, "/away off")
    back = await stage.card(stage.anna, says("back.head"))
    assert "Ольга" in back["text"]


async def boris_claims_a_former_customer_from_his_own_chat(stage: Stage, ivan: int) -> None:
    says = stage.says
    head = await stage.card(stage.boris, "Иван", predicate=stage.has_button(says("button.won")))
    await stage.tap(stage.boris, stage.boris, head, says("button.won"))
    await stage.sandbox.advance(96 * HOUR)
    await stage.sandbox.send(ivan, ivan, "Хочу заказать ещё и шкаф")
    notice = await stage.card(stage.boris, "👋", predicate=stage.has_button(says("button.claim")))
    told = await stage.tap(stage.boris, stage.boris, notice, says("button.claim"))
    assert told["text"] == says("tap.claimed")
    await stage.card(stage.boris, "Хочу заказать ещё и шкаф", after=notice["message_id"])
