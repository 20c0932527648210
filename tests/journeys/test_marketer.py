"""A marketer's day: what sales gave back, joined, disputed, warmed up until its day; spam; and what it all came to."""

from pathlib import Path

import pytest

from tests.journeys.stage import PATIENCE_SECONDS, Stage, on_stage

pytestmark = pytest.mark.journey

MINUTE = 61
WEEK = 7 * 24 * 3600


@pytest.mark.parametrize(
    ("database_url", "locale"), [("sqlite", "ru"), ("postgresql", "en")], indirect=["database_url"]
)
async def test_a_marketers_day(tmp_path: Path, database_url: str, locale: str) -> None:
    async with on_stage(tmp_path, database=database_url, locale=locale) as stage:
        await stage.opens_bot(stage.anna, stage.boris, stage.maria_marketer, stage.chief)
        await three_of_one_campaign(stage)
        await stage.sandbox.advance(MINUTE)  # a group takes twenty calls in each
        await a_dispute_with_a_word(stage)
        await stage.sandbox.advance(MINUTE)
        await spam_that_was_none(stage)
        await stage.sandbox.advance(MINUTE)
        await what_was_rejected(stage)
        await warmed_up_until_its_day(stage)
        assert await stage.sandbox.violations() in (None, [])
        assert await stage.refusals() == 0


async def rejected_by_boris(stage: Stage, name: str, reason: str, link: str) -> int:
    sandbox, says = stage.sandbox, stage.says
    person = await sandbox.create(name)
    await sandbox.start(person, link)
    await sandbox.send(person, person, "Хочу заказать кухню")
    card = await stage.card(stage.sales, name, predicate=stage.has_button(says("button.claim")))
    await stage.tap(stage.boris, stage.sales, card, says("button.claim"))
    head = await stage.card(stage.boris, name, predicate=stage.has_button(says("button.reject")))
    await stage.tap(stage.boris, stage.boris, head, says("button.reject"))
    choosing = await stage.card(stage.boris, name, predicate=stage.has_button(says(f"reject.{reason}")))
    await stage.tap(stage.boris, stage.boris, choosing, says(f"reject.{reason}"))
    return person


async def three_of_one_campaign(stage: Stage) -> None:
    says, marketing = stage.says, stage.marketing
    for name in ("Иван", "Олег", "Пётр"):
        await rejected_by_boris(stage, name, "no_budget", "yandex__autumn__kitchen")
    reason = says("reject.no_budget").lower()
    joined = await stage.card(marketing, f"3 × {reason}", predicate=stage.has_button("Пётр"))
    for word in ("yandex · «autumn»", "Иван", "Олег", "Пётр", "Борис", "/lead_1"):
        assert word in joined["text"]

    async def single_ones_gone() -> bool:
        shown = await stage.sandbox.messages(marketing, from_bot=True, deleted=False)
        return [one["message_id"] for one in shown if "Иван" in one["text"]] == [joined["message_id"]]

    await stage.sandbox.wait_until(single_ones_gone, PATIENCE_SECONDS, "the single cards stand there still")
    await stage.sandbox.advance(MINUTE)
    await stage.tap(stage.maria_marketer, marketing, joined, "Олег")
    own = await stage.card(marketing, "Олег", after=joined["message_id"])
    await stage.tap(stage.maria_marketer, marketing, own, says("button.duplicate"))
    choosing = await stage.card(marketing, "Олег", predicate=stage.has_button(says("button.duplicate_other")))
    await stage.tap(stage.maria_marketer, marketing, choosing, says("button.duplicate_other"))
    asked = await stage.card(marketing, says("ask.duplicate_number", by="Мария", name="").split("<b>")[0])
    await stage.sandbox.send(stage.maria_marketer, marketing, "№1", reply_to=asked["message_id"])
    await stage.card(marketing, says("card.duplicate", number=1, by="Мария"))
    await stage.card(marketing, f"3 × {reason}", predicate=stage.has_button(says("button.agree_all", count=2)))
    settled = await stage.tap(stage.maria_marketer, marketing, joined, says("button.agree_all", count=2))
    assert settled["text"] == says("tap.all_settled", count=2)


async def a_dispute_with_a_word(stage: Stage) -> None:
    says, sandbox, marketing = stage.says, stage.sandbox, stage.marketing
    await rejected_by_boris(stage, "Света", "not_our_profile", "vk__spring")
    card = await stage.card(marketing, "Света", predicate=stage.has_button(says("button.dispute")))
    await stage.tap(stage.maria_marketer, marketing, card, says("button.dispute"))
    asked = await stage.card(marketing, says("ask.dispute_comment", by="Мария", name="Света").partition("<b>")[0])
    await sandbox.send(stage.maria_marketer, marketing, "В анкете кухня на заказ", reply_to=asked["message_id"])
    dispute = await stage.card(stage.managers, "В анкете кухня на заказ")
    assert "Борис" in dispute["text"] and "Мария" in dispute["text"]
    await stage.tap(stage.chief, stage.managers, dispute, says("button.uphold"))
    await stage.card(marketing, says("feedback.upheld", by="Виктор"))
    for person in (stage.boris, stage.maria_marketer):
        await stage.card(person, says("told.upheld", lead=4, name="Света", by="Виктор"))


async def spam_that_was_none(stage: Stage) -> None:
    says, sandbox, marketing = stage.says, stage.sandbox, stage.marketing
    lena = await sandbox.create("Лена")
    await sandbox.send(lena, lena, "пришлите бесплатный чек-лист")
    card = await stage.card(marketing, "Лена", predicate=stage.has_button(says("button.spam")))
    await stage.tap(stage.maria_marketer, marketing, card, says("button.spam"))
    await stage.card(marketing, says("card.spam"))
    await sandbox.send(stage.maria_marketer, marketing, "/queue spam")
    listed = await stage.card(marketing, "чек-лист", predicate=stage.has_button(says("button.not_spam", name="Лена")))
    await stage.tap(stage.maria_marketer, marketing, listed, says("button.not_spam", name="Лена"))
    back = await stage.card(
        marketing, "Лена", after=listed["message_id"], predicate=stage.has_button(says("button.hand_with_note"))
    )
    await stage.tap(stage.maria_marketer, marketing, back, says("button.hand_with_note"))
    asked = await stage.card(marketing, says("ask.handoff_note", by="Мария", name="Лена").partition("<b>")[0])
    await sandbox.send(stage.maria_marketer, marketing, "Ремонт в марте", reply_to=asked["message_id"])
    await stage.card(stage.sales, "Ремонт в марте", predicate=stage.has_button(says("button.claim")))


async def what_was_rejected(stage: Stage) -> None:
    says, sandbox = stage.says, stage.sandbox
    await rejected_by_boris(stage, "Нина", "free_only", "vk__spring")
    await stage.card(stage.marketing, "Нина", predicate=stage.has_button(says("button.warm_up")))
    await sandbox.send(stage.maria_marketer, stage.maria_marketer, "/rejects")
    told = await stage.card(stage.maria_marketer, "🚫", predicate=stage.has_button("Нина"))
    for word in (f"{says('reject.no_budget')} – 3: yandex 3", "Света", "/lead_6"):
        assert word in told["text"]
    assert told["text"].index("Нина") < told["text"].index("Света")  # unanswered first
    await sandbox.send(stage.anna, stage.anna, "/rejects")
    await sandbox.send(stage.maria_marketer, stage.maria_marketer, "/rejects абракадабра")
    await stage.card(stage.maria_marketer, stage.plain("rejects.which").partition(".")[0])
    assert not [m for m in await sandbox.messages(stage.anna, from_bot=True) if "🚫" in m["text"]]


async def warmed_up_until_its_day(stage: Stage) -> None:
    says, sandbox, marketing = stage.says, stage.sandbox, stage.marketing
    card = await stage.card(marketing, "Нина", predicate=stage.has_button(says("button.warm_up")))
    await stage.tap(stage.maria_marketer, marketing, card, says("button.warm_up"))
    choosing = await stage.card(marketing, "Нина", predicate=stage.has_button(says("button.warm_week")))
    await stage.tap(stage.maria_marketer, marketing, choosing, says("button.warm_week"))
    await stage.card(marketing, says("feedback.nurtured", by="Мария", day="").partition(" · ")[0])
    await sandbox.advance(WEEK)
    is_back = stage.has_button(says("button.warm_up_again"))
    back = await stage.card(marketing, "Нина", after=card["message_id"], predicate=is_back)
    assert says("card.time_to_return", day="", reason="").partition(":")[0].removeprefix("🌱 <b>") in back["text"]
    assert stage.has_button(says("button.answer"))(back)
    nina = next(one["id"] for one in await sandbox.act("people") if one["first_name"] == "Нина")
    await sandbox.send(nina, nina, "Решила: хочу купить, выставьте счёт")
    why = says("card.why_now", news="").partition("<b>")[2].partition(":")[0]
    await stage.card(stage.sales, why, predicate=stage.has_button(says("button.claim")))
