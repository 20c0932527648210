"""Short links whose codes stand for what does not fit into them."""

import asyncio

import pytest
import sqlalchemy as sa

from bot.domain.messages import MessageKind, Touch
from bot.storage.links import get_link
from bot.storage.tables import links, touches
from bot.use_cases.make_link import make_link
from bot.use_cases.team import Person
from tests.use_cases.house import ANNA, MARIA, MARKETING, NINA, STRANGER, House


async def asks(house: House, text: str, person: Person = MARIA) -> None:
    await house.do(make_link, text, MARKETING, None, 77, person, house.policy, house.now)


async def made(house: House) -> list[tuple[str, str | None, str | None, str]]:
    known = sa.select(links.c.source, links.c.campaign, links.c.offer, links.c.code).order_by(links.c.id)
    return [tuple(row) for row in await house.store.read(lambda tx: tx.execute(known).all())]


async def test_the_same_words_are_the_same_link(house: House) -> None:
    await asks(house, "Яндекс; Осень ;Аудит")
    await asks(house, "яндекс;  осень; АУДИТ", NINA)
    await asks(house, "Яндекс")
    first, second = await made(house)
    assert (first[:3], second[:3]) == (("Яндекс", "Осень", "Аудит"), ("Яндекс", None, None))
    assert first[3].isalnum() and first[3].isascii() and 8 <= len(first[3]) <= 64 and first[3] != second[3]
    assert [item.payload["link"] for item in await house.promised("link")] == [1, 1, 2]


async def test_two_marketers_at_once_get_one_code(house: House) -> None:
    await asyncio.gather(*(asks(house, "vk; Весна", person) for person in (MARIA, NINA) * 4))
    assert len(await made(house)) == 1


async def test_who_comes_by_the_link_has_its_marks(house: House) -> None:
    await asks(house, "Яндекс; Осенняя распродажа; Аудит")
    code = (await made(house))[0][3]
    for name, link in (("Иван", code), ("Пётр", "unknown123")):
        own = Touch(source=link)
        await house.writes(name, f"/start {link}", kind=MessageKind.START, touch=own, link=link)
    known = sa.select(touches.c.source, touches.c.campaign, touches.c.offer).order_by(touches.c.id)
    assert [tuple(row) for row in await house.store.read(lambda tx: tx.execute(known).all())] == [
        ("Яндекс", "Осенняя распродажа", "Аудит"),
        ("unknown123", None, None),
    ]


@pytest.mark.parametrize(("person", "told"), [(ANNA, ["link.only_marketing"]), (STRANGER, [])])
async def test_others_make_none(house: House, person: Person, told: list[str]) -> None:
    await asks(house, "vk", person)
    assert (await made(house), await house.told(MARKETING)) == ([], told)


async def test_without_words_the_bot_asks_and_asks_again(house: House) -> None:
    await asks(house, "  ")
    for answer in ("; Осень", "Яндекс; Осень"):
        await house.delivers()
        (prompt,) = await house.prompts("link")
        assert prompt.data["reply_to"] == 77
        await house.says_to_bot(MARIA, answer, chat_id=MARKETING, reply_to=prompt.message_id)
    assert [row[:3] for row in await made(house)] == [("Яндекс", "Осень", None)]
    assert await house.prompts("link") == []
    assert (await house.store.read(get_link, 1)) is not None
