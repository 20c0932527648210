"""A kill in the middle of a send can leave two cards: the tapped one tells which."""

from bot.storage.places import card_at
from bot.use_cases.bind_chats import bind_purpose
from bot.use_cases.promises import desk_place
from bot.use_cases.recognise_card import recognise_card
from tests.use_cases.house import ANNA, BORIS, SALES, House


async def sees(house: House, lead_id: int, message_id: int, *, place: str = "sales", chat_id: int = SALES) -> None:
    await house.do(recognise_card, lead_id, place, chat_id, None, message_id, house.now)


async def offered(house: House) -> int:
    lead_id = (await house.writes("Иван")).lead_id
    assert lead_id is not None
    return lead_id


async def test_an_unknown_card_is_adopted_and_the_unsent_one_dropped(house: House) -> None:
    lead_id = await offered(house)
    await sees(house, lead_id, 77)
    assert await house.card(lead_id, "sales") == 77
    assert await house.promised("card") == []


async def test_the_repeated_card_is_removed(house: House) -> None:
    lead_id = await offered(house)
    await house.delivers()
    known = await house.card(lead_id, "sales")
    await sees(house, lead_id, 77)
    assert await house.card(lead_id, "sales") == known
    assert [item.payload for item in await house.promised("remove")] == [{"chat": SALES, "message": 77}]


async def test_the_card_itself_is_left_alone(house: House) -> None:
    lead_id = await offered(house)
    await house.delivers()
    known = await house.card(lead_id, "sales")
    assert known is not None
    await sees(house, lead_id, known)
    assert await house.promised("remove") == []


async def test_a_card_of_another_place_under_the_same_button_is_left_alone(house: House) -> None:
    """*Hand to sales* stands in the marketing chat and at the marketer's desk."""
    lead_id = await house.owned_lead()
    await house.delivers()
    desk = await house.card(lead_id, desk_place(await house.teammate(ANNA)))
    assert desk is not None
    await sees(house, lead_id, desk, place="marketing", chat_id=ANNA.telegram_id)
    assert await house.promised("remove") == []
    assert (await house.store.read(card_at, ANNA.telegram_id, desk)) is not None


async def test_a_card_in_a_chat_that_was_bound_once_is_not_the_card(house: House) -> None:
    lead_id = await offered(house)
    await house.delivers()
    await house.do(bind_purpose, "sales", -77, None, house.now)
    await sees(house, lead_id, 5, chat_id=SALES)
    assert await house.card(lead_id, "sales") is None
    (item,) = await house.promised("card")
    assert item.destination == "telegram:-77"


async def test_a_desk_of_somebody_else_is_not_adopted(house: House) -> None:
    lead_id = await house.owned_lead()
    place = desk_place(await house.teammate(BORIS))
    await sees(house, lead_id, 5, place=place, chat_id=BORIS.telegram_id)
    assert await house.card(lead_id, place) is None
