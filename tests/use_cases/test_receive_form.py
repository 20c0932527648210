"""A form filled in: a lead whom nobody can write to, unless he is known elsewhere."""

from bot.domain.messages import InboundMessage
from bot.use_cases.receive_form import receive_form
from bot.use_cases.team_message import Refused, SentOn
from integrations.forms.submission import Submission, message_of, read_submission
from tests.use_cases.house import ANNA, House


def filled(house: House, number: str = "n1", **fields: str) -> InboundMessage:
    found = read_submission("callback", {"phone": "89161234567", "name": "Иван", **fields}, "RU")
    assert isinstance(found, Submission)
    return message_of(found, number, house.now)


async def submits(house: House, number: str = "n1", **fields: str) -> str:
    return await house.do(receive_form, filled(house, number, **fields), house.policy, house.now)


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


async def test_the_owner_is_told_that_there_is_nowhere_to_write_to(house: House) -> None:
    await submits(house, message="Хочу купить кухню")
    (message,) = await house.messages()
    await house.claims(ANNA, message.lead_id)
    assert await house.says_to_bot(ANNA, "Здравствуйте!") == Refused("refused.one_way")


async def test_who_is_known_by_his_phone_is_answered_where_he_writes(house: House) -> None:
    lead_id = (await house.writes("Иван Петров", "мой телефон 8 916 123-45-67")).lead_id
    await submits(house, name="Злой <b>шутник</b>", message="Перезвоните")
    last = (await house.messages())[-1]
    assert last.lead_id == lead_id
    await house.claims(ANNA, lead_id)
    assert isinstance(await house.says_to_bot(ANNA, "Здравствуйте!"), SentOn)
