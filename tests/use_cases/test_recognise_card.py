"""A kill in the middle of a send can leave two cards: the tapped one tells which."""

from bot.storage.cards import card_at, desk_place
from bot.use_cases.bind_chats import bind_purpose
from bot.use_cases.recognise_card import recognise_card
from bot.use_cases.show_board import TAKES_MORE_FOR, post_board
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


async def several(house: House, count: int = 3) -> list[int]:
    return [lead_id for n in range(count) if (lead_id := (await house.writes(f"Иван {n}")).lead_id) is not None]


async def taps_on_board(house: House, tapped: int, beside: list[int], message_id: int) -> None:
    await house.do(recognise_card, tapped, "sales", SALES, None, message_id, house.now, beside=beside)


async def test_an_unknown_board_is_adopted_with_all_who_wait_on_it(house: House) -> None:
    first, *others = await several(house)
    await taps_on_board(house, first, [*others, 10**9], 77)
    assert [await house.card(lead_id, "sales") for lead_id in (first, *others)] == [77, 77, 77]
    assert [item.kind for item in await house.promised("card", "board")] == ["board"]
    assert (await house.lead(first)).shown_at == house.now
    assert await house.store.read(card_at, SALES, 77) is None, "a reply to it is about nobody"


async def test_the_repeated_board_is_removed_and_the_known_one_stays(house: House) -> None:
    first, *others = await several(house)
    await taps_on_board(house, first, others, 77)
    await taps_on_board(house, others[0], [first, others[1]], 78)
    assert [item.payload["message"] for item in await house.promised("remove")] == [78]
    assert await house.card(others[0], "sales") == 77


async def test_who_is_brought_by_an_edit_that_is_not_written_down_yet_stands_there(house: House) -> None:
    first, second, third = await several(house)
    await taps_on_board(house, first, [second], 77)
    await taps_on_board(house, third, [first, second], 77)
    assert await house.card(third, "sales") == 77 and await house.promised("card", "remove") == []


async def test_whoever_was_taken_comes_back_by_no_old_button(house: House) -> None:
    first, *others = await several(house)
    await taps_on_board(house, first, others, 77)
    await house.claims(ANNA, first)
    await house.do(post_board, "sales", SALES, 77, others, "shown", house.now)
    await taps_on_board(house, first, others, 77)
    assert await house.card(first, "sales") is None


async def test_a_lead_given_back_at_once_waits_on_its_board_again(house: House) -> None:
    first, *others = await several(house)
    await taps_on_board(house, first, others, 77)
    await house.claims(ANNA, first)
    await house.releases(ANNA, first)
    assert await house.card(first, "sales") == 77 and (await house.lead(first)).shown_at == house.now
    assert [item for item in await house.promised("card") if item.payload["place"] == "sales"] == []


async def test_a_lead_given_back_later_leaves_the_board_for_a_card_of_its_own(house: House) -> None:
    first, *others = await several(house)
    await taps_on_board(house, first, others, 77)
    await house.claims(ANNA, first)
    house.clock.time += TAKES_MORE_FOR
    await house.releases(ANNA, first)
    assert await house.card(first, "sales") is None
    assert [item.payload["lead"] for item in await house.promised("card") if item.payload["place"] == "sales"] == [
        first
    ]
    assert await house.promised("remove") == [], "the board stays for the others"
