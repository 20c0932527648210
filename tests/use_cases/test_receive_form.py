"""A form filled in: a lead whom nobody can write to, unless he is known elsewhere."""

import asyncio

from bot.domain.kpi import Period, PeriodKind
from bot.domain.leads import Status
from bot.domain.messages import InboundMessage, Sender
from bot.storage.kpi_queries import created, leads_by_event, new_leads
from bot.use_cases.join_team import change_reach
from bot.use_cases.receive_form import receive_form
from bot.use_cases.receive_message import receive_message
from bot.use_cases.take_back_spam import list_spam, take_back_spam
from bot.use_cases.team_message import Refused, SentOn
from bot.use_cases.view_lead import view_lead
from integrations.forms.submission import Submission, message_of, read_submission
from tests.use_cases.house import ANNA, MARIA, House


def filled(house: House, number: str = "n1", **fields: str) -> InboundMessage:
    found = read_submission("callback", {"phone": "89161234567", "name": "Иван", **fields}, "RU")
    assert isinstance(found, Submission)
    return message_of(found, number, house.now)


async def submits(house: House, number: str = "n1", robot: str | None = None, **fields: str) -> str:
    return await house.do(receive_form, filled(house, number, **fields), house.policy, house.now, robot)


async def shares_number(house: House, name: str = "Иван Петров") -> int:
    """By Telegram's own button: it says whose number it is. His lead."""
    sender = Sender(str(house.customer(name)), name, phone="+79161234567")
    lead_id = (await house.writes(name, sender=sender)).lead_id
    assert lead_id is not None
    return lead_id


async def lead_of_last(house: House) -> int:
    found = (await house.messages())[-1].lead_id
    assert found is not None
    return found


async def test_a_form_is_a_lead_before_the_right_people(house: House) -> None:
    assert await submits(house, message="Хочу кухню, сколько стоит?", utm_source="yandex") == "n1"
    (message,) = await house.messages()
    lead = await house.lead(message.lead_id)
    assert lead.channel == "form" and lead.waiting_since == house.now
    assert {item.payload["place"] for item in await house.promised("card")} <= {"sales", "marketing"}
    assert await house.promised("greet") == []


async def test_a_second_press_is_the_same_submission(house: House) -> None:
    assert await submits(house, "n1", message="Кухня") == "n1"
    house.clock.advance(seconds=59)
    assert await submits(house, "n2", message="Кухня") == "n1"
    assert await submits(house, "n3", message="И шкаф") == "n3"
    house.clock.advance(seconds=61)
    assert await submits(house, "n4", message="Кухня") == "n4"
    assert len(await house.messages()) == 3


async def test_two_presses_at_once_are_one_submission(house: House) -> None:
    await submits(house, "n0", message="Шкаф")
    both = await asyncio.gather(*(submits(house, f"n{n}", message="Кухня") for n in (1, 2, 3, 4)))
    assert len(set(both)) == 1
    stranger = await asyncio.gather(*(submits(house, f"s{n}", phone="89161234568") for n in (1, 2, 3, 4)))
    assert len(set(stranger)) == 1
    assert len(await house.messages()) == 3


async def test_the_owner_is_told_that_there_is_nowhere_to_write_to(house: House) -> None:
    await submits(house, message="Хочу купить кухню")
    (message,) = await house.messages()
    await house.claims(ANNA, message.lead_id)
    assert await house.says_to_bot(ANNA, "Здравствуйте!") == Refused("refused.one_way")


async def test_what_was_said_in_a_chat_and_in_a_form_is_one_talk(house: House) -> None:
    lead_id = await shares_number(house)
    await submits(house, message="Хочу шкаф")
    house.clock.advance(minutes=1)
    await house.writes("Иван Петров", "Ау?")
    assert lead_id is not None
    seen = await house.store.read(view_lead, lead_id, house.now)
    assert seen is not None
    said = ["Сколько стоит кухня?", "Хочу шкаф", "Ау?"]
    assert [message.text for message in seen.last_words] == said and seen.unanswered == 3
    await house.claims(ANNA, lead_id)
    brought = [item.payload["message"] for item in await house.promised("relay")]
    assert [message.text for message in await house.messages() if message.id in brought] == said


async def test_who_has_blocked_the_bot_is_not_reached_by_filling_in_a_form(house: House) -> None:
    lead_id = await shares_number(house)
    await house.do(change_reach, "telegram", house.customer("Иван Петров"), False, house.now)
    await submits(house, message="Перезвоните")
    assert lead_id is not None
    seen = await house.store.read(view_lead, lead_id, house.now)
    assert seen is not None and not seen.reachable


async def test_who_is_known_by_his_phone_is_answered_where_he_writes(house: House) -> None:
    lead_id = await shares_number(house)
    await submits(house, name="Злой <b>шутник</b>", message="Перезвоните")
    last = (await house.messages())[-1]
    assert last.lead_id == lead_id
    await house.claims(ANNA, lead_id)
    assert isinstance(await house.says_to_bot(ANNA, "Здравствуйте!"), SentOn)


async def test_forty_robots_call_nobody_and_are_in_no_number(house: House) -> None:
    for number in range(40):
        phone = f"8916123{4500 + number}"
        await submits(house, f"r{number}", "trap", phone=phone, message="Купите ссылки, сколько стоит?")
    today = Period.of(PeriodKind.DAY, house.now.date(), "Europe/Moscow")
    assert await house.promised() == []
    assert await house.store.read(created, today) == 0 and await house.store.read(new_leads, today) == []
    assert await house.store.read(leads_by_event, today) == {}
    pages = [await house.store.read(list_spam, house.policy, page) for page in range(1, 6)]
    assert [(len(page.lines), page.more) for page in pages] == [
        (10, True),
        (10, True),
        (10, True),
        (10, False),
        (0, False),
    ]
    assert len({line.lead_id for page in pages for line in page.lines}) == 40, "a human among them can be found"


async def test_a_human_who_seemed_to_be_a_robot_is_brought_back_to_sales(house: House) -> None:
    await submits(house, "h1", "haste", message="Хочу купить кухню, сколько стоит?", utm_source="yandex", consent="on")
    (line,) = (await house.store.read(list_spam, house.policy)).lines
    assert line.count == 1
    assert await house.do(take_back_spam, line.lead_id, MARIA, house.policy, house.now) is None
    lead = await house.lead(line.lead_id)
    assert (lead.status, lead.set_aside, lead.first_inbound_at) == (Status.OFFERED, False, house.now)
    assert lead.waiting_since == house.now
    assert {item.payload["place"] for item in await house.promised("card")} == {"sales"}
    today = Period.of(PeriodKind.DAY, house.now.date(), "Europe/Moscow")
    assert [(row.source, row.leads) for row in await house.store.read(new_leads, today)] == [("yandex", 1)]
    assert (await house.store.read(list_spam, house.policy)).lines == ()


async def test_whoever_comes_again_as_a_human_is_no_spam(house: House) -> None:
    await submits(house, "h1", "haste", message="Хочу кухню")
    house.clock.advance(minutes=2)
    await submits(house, "h2", message="Хочу купить кухню, сколько стоит?")
    lead = await house.lead((await house.messages())[-1].lead_id)
    assert lead.status is Status.OFFERED
    seen = await house.store.read(view_lead, lead.id, house.now)
    assert seen is not None and seen.history.earlier == 0


async def test_of_whom_the_team_deals_with_it_is_no_spam(house: House) -> None:
    await submits(house, "h1", message="Хочу купить кухню, сколько стоит?")
    house.clock.advance(minutes=2)
    await submits(house, "h2", "haste", message="И шкаф")
    first, second = await house.messages()
    assert second.lead_id == first.lead_id and (await house.store.read(list_spam, house.policy)).lines == ()


async def test_a_robot_that_goes_on_is_one_line_of_the_spam(house: House) -> None:
    for number in range(3):
        await submits(house, f"r{number}", "trap", message=f"Ссылки {number}")
    (line,) = (await house.store.read(list_spam, house.policy)).lines
    assert line.count == 3


async def test_whose_number_was_only_typed_in_a_chat_reads_no_answer_to_a_form(house: House) -> None:
    """Somebody types a stranger's number and waits; the stranger fills in a form."""
    spied = (await house.writes("Шпион", "Мой телефон 8 916 123-45-67")).lead_id
    spy = Sender("Vis1torVis1torVis1tor0", "Шпион", phone="+79161234567", email="ivan@example.org", unproven=True)
    there = InboundMessage("webchat", spy, "webchat:Vis1torVis1torVis1tor0", "w1", house.now, text="Жду")
    await house.do(receive_message, there, house.policy, house.now)
    await submits(house, message="Пришлите мой договор")
    lead_id = await lead_of_last(house)
    await submits(house, "n2", phone="", email="ivan@example.org", message="Пришлите и смету")
    by_mail = await lead_of_last(house)
    assert len({spied, lead_id, by_mail}) == 3
    await house.claims(ANNA, lead_id)
    assert await house.says_to_bot(ANNA, "Вот договор") == Refused("refused.one_way")
    assert await house.promised("answer") == []


async def test_who_proves_another_way_gets_no_form_of_whom_he_only_named(house: House) -> None:
    """The spy fills in forms with the stranger's e-mail and his own number, and proves the number."""
    await submits(house, phone="", email="victim@example.org", message="Жду договор")
    await submits(house, "n2", email="victim@example.org", message="И я")
    spied = await shares_number(house, "Шпион")
    await submits(house, "n3", phone="", email="victim@example.org", message="Где же договор?")
    assert await lead_of_last(house) != spied


async def test_who_proves_his_number_has_his_forms(house: House) -> None:
    await submits(house, email="ivan@example.org", message="Хочу кухню")
    assert await shares_number(house) == await lead_of_last(house)
    await submits(house, "n2", phone="", email="ivan@example.org", message="Чужая почта?")
    assert await lead_of_last(house) != (await house.messages())[0].lead_id, "his number is proven, his e-mail is not"


async def test_what_is_typed_replaces_nothing_that_is_proven(house: House) -> None:
    lead_id = await shares_number(house)
    sender = Sender(str(house.customer("Иван Петров")), "Иван Петров", phone="+79160000000", unproven=True)
    await house.writes("Иван Петров", "И ещё", sender=sender)
    seen = await house.store.read(view_lead, lead_id, house.now)
    assert seen is not None and seen.phone == "+79161234567"


async def test_a_form_is_scored_as_a_form_with_its_words_and_answers(house: House) -> None:
    await submits(house, message="Сколько стоит кухня?", budget="300000")
    lead = await house.lead(await lead_of_last(house))
    rules = {reason["rule"] for reason in lead.reasons}
    assert {"form_with_phone", "answered_budget"} <= rules and "wrote_message" not in rules
    assert any(rule.startswith("asks") or "price" in rule for rule in rules), rules


async def test_a_full_name_is_not_lost_to_a_nickname(house: House) -> None:
    await submits(house, name="Иван Сергеевич Петров", message="Хочу кухню")
    await shares_number(house, "🌸 vanya")
    await house.writes("🌸 vanya", "Ау?")
    seen = await house.store.read(view_lead, (await house.messages())[0].lead_id or 0, house.now)
    assert seen is not None and seen.name == "Иван Сергеевич Петров"
    assert (await house.messages())[-1].lead_id == seen.lead.id


async def test_a_phone_in_place_of_a_name_is_no_name(house: House) -> None:
    rules = []
    for number, name in (("n1", ""), ("n2", "Иван")):
        await submits(house, number, name=name, phone=f"8916123456{number[1]}", message="Кухня")
        lead = await house.lead(await lead_of_last(house))
        rules.append({reason["rule"] for reason in lead.reasons})
    assert "name_known" not in rules[0] and "name_known" in rules[1]


async def test_who_types_a_phone_that_is_known_is_shown_to_the_team_as_perhaps_the_same(house: House) -> None:
    await submits(house, message="Кухня")
    known = await lead_of_last(house)
    sender = Sender(str(house.customer("Оля")), "Оля", phone="+79161234567", unproven=True)
    typed = (await house.writes("Оля", sender=sender)).lead_id
    assert typed is not None and typed != known
    for lead_id, other in ((typed, known), (known, typed)):
        seen = await house.store.read(view_lead, lead_id, house.now)
        assert seen is not None and seen.same_way == (other,)
