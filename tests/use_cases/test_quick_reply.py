"""Ready words by name."""

from typing import Any

from bot.domain.messages import File, MessageKind
from bot.use_cases.quick_reply import Quoted, choose_for_reply, fill, use_replies, variables
from bot.use_cases.team import NotAllowed, Person
from bot.use_cases.team_message import NobodyToTell, NotAsked, SentOn, Taken
from tests.use_cases.house import ANNA, MARIA, POLICY, House


async def t(house: House, person: Person, text: str, quoted: Quoted | None = None, **more: Any) -> Taken:
    return await house.do(use_replies, house.words(person, text, **more), quoted, POLICY, house.now)


def test_variables_in_any_language() -> None:
    assert variables("{name}, {цена} за {m2} и {name}; {1} {") == ["name", "цена", "m2"]
    assert fill("{Name}: {price} {x}", {"name": "Иван", "price": "{name}"}) == "Иван: {name} {x}"


async def test_kept_sent_and_deleted(house: House) -> None:
    await house.owned_lead("Иван Петров")
    await t(house, ANNA, "Цена = {name}, кухни от 90 000. {me}")
    assert isinstance(await t(house, ANNA, "цена"), SentOn)
    assert await house.delivers() == ["Иван, кухни от 90 000. Анна"]
    await t(house, ANNA, "-ЦЕНА")
    await t(house, ANNA, "цена")
    assert (await house.told(ANNA.telegram_id))[-2:] == ["reply.dropped", "reply.unknown"]


async def test_a_missing_value_is_asked_for_before_anything_goes(house: House) -> None:
    await house.owned_lead()
    await t(house, ANNA, "счёт = {name}, к оплате {сумма} до {срок}")
    await t(house, ANNA, "счёт")
    for value in ("5000 ₽", "пятницы"):
        assert await house.delivers() == []
        (prompt,) = await house.prompts("value")
        await house.says_to_bot(ANNA, value, reply_to=prompt.message_id)
    assert await house.delivers() == ["Иван, к оплате 5000 ₽ до пятницы"]


async def test_a_file_with_its_words(house: House) -> None:
    await house.owned_lead()
    await t(house, ANNA, "прайс", Quoted(MessageKind.DOCUMENT, "Прайс для {name}", File("price-1", "price.pdf")))
    await t(house, ANNA, "прайс")
    (item,) = await house.promised("answer")
    assert item.payload["stored"] is True
    (message,) = await house.messages(direction="outbound")
    assert (message.kind, message.text, message.file["id"]) == (MessageKind.DOCUMENT, "Прайс для Иван", "price-1")


async def test_the_list_and_to_whom_serve_once(house: House) -> None:
    await house.owned_lead("Иван")
    await house.owned_lead("Пётр")
    await t(house, ANNA, "привет = Здравствуйте, {name}!")
    await t(house, ANNA, "")
    (prompt,) = await house.prompts("quick")
    assert await house.do(choose_for_reply, prompt.id, "r" + "9" * 30, ANNA, POLICY, house.now) == NobodyToTell()
    await t(house, ANNA, "")
    for choose in ("r", "l"):
        (prompt,) = await house.prompts("quick")
        choice = f"r{1}" if choose == "r" else f"l{prompt.data['leads'][1]}"
        await house.do(choose_for_reply, prompt.id, choice, ANNA, POLICY, house.now)
        assert await house.do(choose_for_reply, prompt.id, choice, ANNA, POLICY, house.now) == NotAsked()
    assert await house.delivers() == ["Здравствуйте, Пётр!"]


async def test_for_salespeople(house: House) -> None:
    assert await t(house, MARIA, "цена = 5") == NotAllowed("sales")
