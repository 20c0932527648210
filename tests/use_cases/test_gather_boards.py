"""What boards show while they are filled and emptied, and how those who are left come together."""

from collections.abc import Sequence

import pytest

from bot.storage.boards import boards_in, newest_board
from bot.use_cases.gather_boards import DELETED_WITHIN, bring_together, plan_gathering
from bot.use_cases.promises import QUIET_BOARDS
from bot.use_cases.show_board import MOST_LINES, MOST_ROWS, TAKES_MORE_FOR, BoardView, plan_board, post_board, see_board
from bot.use_cases.undo_act import Undone, undo_act
from tests.use_cases.house import ANNA, POLICY, SALES, House

HOT = "Хочу заказать кухню срочно, сколько стоит? Мой телефон +7 916 123-45-67"


async def come(house: House, count: int, text: str = "Здравствуйте") -> list[int]:
    known = len(house._customers)
    found = [(await house.writes(f"Клиент {known + number}", text)).lead_id for number in range(count)]
    return [lead_id for lead_id in found if lead_id is not None]


async def posts(house: House, message_id: int, shown: Sequence[int]) -> None:
    house.clock.advance(seconds=3)
    await house.do(post_board, "sales", SALES, message_id, shown, "shown", house.now)


async def adds(house: House, message_id: int, coming: Sequence[int]) -> BoardView:
    """As delivery does: what is planned is sent, and then written down."""
    _, view = await house.store.read(plan_board, "sales", SALES, coming, POLICY, house.now)
    await posts(house, message_id, [lead_id for row in view.rows for lead_id in row])
    return view


async def sees(house: House) -> BoardView:
    board = await house.store.read(newest_board, "sales", SALES)
    assert board is not None
    return await house.store.read(see_board, board, POLICY)


async def gathers(house: House) -> BoardView | None:
    plan = await house.store.read(plan_gathering, "sales", SALES, POLICY, house.now)
    if plan is None:
        return None
    board, view, emptied = plan
    shown = [lead_id for row in view.rows for lead_id in row]
    gone = [each.id for each in emptied]
    await house.do(bring_together, "sales", SALES, board.message_id, gone, shown, house.now)
    await posts(house, board.message_id, shown)
    return view


async def test_rows_once_laid_stay_and_new_ones_come_above(house: House) -> None:
    a, b, c, d, e = await come(house, 5)
    await adds(house, 70, [a, b, c, d, e])
    await house.claims(ANNA, b)
    f, g = await come(house, 1), await come(house, 1, HOT)
    view = await adds(house, 70, [*f, *g])
    assert view.rows == [[*g, *f], [a, b, c], [d, e]]
    assert [line.lead_id for line in view.told] == [*g, a, c, d, e, *f], "the lines are the hottest first"
    assert (await sees(house)).rows == view.rows, "as it was sent, so it stands"


async def test_who_is_taken_while_the_board_is_on_its_way_keeps_his_place(house: House) -> None:
    first, second, third = await come(house, 3)
    _, view = await house.store.read(plan_board, "sales", SALES, [first, second, third], POLICY, house.now)
    await house.claims(ANNA, second)
    await posts(house, 70, view.rows[0])
    assert (await sees(house)).rows == [[first, second, third]]
    assert [line.lead_id for line in (await sees(house)).told] == [first, third]


async def test_a_wrong_tap_that_is_undone_moves_nothing(house: House) -> None:
    first, second, third = await come(house, 3)
    await adds(house, 70, [first, second, third])
    await house.claims(ANNA, second)
    assert await house.do(undo_act, second, ANNA, POLICY, house.now) == Undone("claimed")
    view = await sees(house)
    assert view.rows == [[first, second, third]] and [line.lead_id for line in view.told] == [first, second, third]
    assert "board" in [item.kind for item in await house.promised()], "and his button can be tapped again"


async def test_rows_at_the_head_go_when_all_on_them_are_taken(house: House) -> None:
    below = await come(house, 4)
    await adds(house, 70, below)
    above = await come(house, 2)
    await adds(house, 70, above)
    for lead_id in (below[0], *above):
        await house.claims(ANNA, lead_id)
    assert (await sees(house)).rows == [below]


async def test_a_keyboard_that_would_be_too_high_goes_on_in_a_new_message(house: House) -> None:
    for _ in range(MOST_ROWS):
        (lead_id,) = await come(house, 1)
        await adds(house, 70, [lead_id])
    board, view = await house.store.read(plan_board, "sales", SALES, await come(house, 1), POLICY, house.now)
    assert board is None and len(view.rows) == 1


async def three_boards(house: House) -> list[list[int]]:
    came = []
    for message_id in (70, 71, 72):
        came.append(await come(house, 5))
        await adds(house, message_id, came[-1])
        house.clock.time += TAKES_MORE_FOR
    return came


async def test_those_who_are_left_come_to_the_newest_board(house: House) -> None:
    came = await three_boards(house)
    taken = [lead_ids[0] for lead_ids in came]
    for lead_id in taken:
        await house.claims(ANNA, lead_id)
    view = await gathers(house)
    assert view is not None and [len(row) for row in view.rows] == [4, 4, 4]
    assert view.rows == (await sees(house)).rows, "laid anew"
    left = {lead_id for lead_ids in came for lead_id in lead_ids[1:]}
    assert {await house.card(lead_id, "sales") for lead_id in left} == {72}
    assert sorted(item.payload["message"] for item in await house.promised("remove")) == [70, 71]
    assert len(await house.store.read(boards_in, "sales", SALES)) == 1
    assert await gathers(house) is None, "there is nothing more to gain"


async def test_a_board_that_telegram_would_not_delete_any_more_stays_as_it_is(house: House) -> None:
    """Emptied it would go on offering, two days up, those who stand on the newest now."""
    oldest = await come(house, 5)
    await adds(house, 69, oldest)
    house.clock.time += DELETED_WITHIN
    came = await three_boards(house)
    assert await gathers(house) is not None
    assert {await house.card(lead_id, "sales") for lead_id in oldest} == {69}
    assert {await house.card(lead_id, "sales") for lead_ids in came for lead_id in lead_ids} == {72}
    assert sorted(item.payload["message"] for item in await house.promised("remove")) == [70, 71]


@pytest.mark.parametrize("number", [0, 2])
async def test_who_comes_back_to_any_of_them_meanwhile_has_a_card(house: House, number: int) -> None:
    came = await three_boards(house)
    back = came[number][0]
    house.clock.time -= TAKES_MORE_FOR / 2  # the newest still takes more
    await house.claims(ANNA, back)
    plan = await house.store.read(plan_gathering, "sales", SALES, POLICY, house.now)
    assert plan is not None
    await house.releases(ANNA, back)
    board, view, emptied = plan
    shown = [lead_id for row in view.rows for lead_id in row]
    await house.do(bring_together, "sales", SALES, board.message_id, [each.id for each in emptied], shown, house.now)
    promised = [item.payload["lead"] for item in await house.promised("card") if item.payload["place"] == "sales"]
    assert promised == [back]


async def test_one_thin_board_is_not_worth_two_calls(house: House) -> None:
    await adds(house, 70, await come(house, 4))
    house.clock.time += TAKES_MORE_FOR
    await adds(house, 71, await come(house, 4))
    assert await gathers(house) is None


async def test_a_board_that_grows_lower_is_laid_anew(house: House) -> None:
    first, *others = await come(house, 9)
    await adds(house, 70, [first, *others])
    await house.claims(ANNA, first)
    view = await gathers(house)
    assert view is not None and [len(row) for row in view.rows] == [4, 4]


async def test_it_waits_until_nobody_takes_anybody(house: House) -> None:
    first, *_others = await come(house, 5)
    await adds(house, 70, [first, *_others])
    house.clock.advance(seconds=QUIET_BOARDS / 2)
    await house.claims(ANNA, first)
    (item,) = await house.promised("gather")
    assert (item.not_before - house.now).total_seconds() == QUIET_BOARDS


async def test_who_is_given_back_while_the_board_without_him_is_on_its_way_has_a_card(house: House) -> None:
    """All on it were taken, and the edit that says so is under way when a wrong tap is undone."""
    (back,) = await come(house, 1)
    await adds(house, 70, [back])
    await house.claims(ANNA, back)
    assert (await sees(house)).rows == []
    assert isinstance(await house.do(undo_act, back, ANNA, POLICY, house.now), Undone)
    await posts(house, 70, [])
    assert [item.payload["lead"] for item in await house.promised("card") if item.payload["place"] == "sales"] == [back]


async def test_a_board_that_tells_of_forty_takes_nobody_back(house: House) -> None:
    (back,) = await come(house, 1)
    await adds(house, 70, [back])
    await house.claims(ANNA, back)
    await adds(house, 70, await come(house, MOST_LINES))
    assert isinstance(await house.do(undo_act, back, ANNA, POLICY, house.now), Undone)
    assert [item.payload["lead"] for item in await house.promised("card") if item.payload["place"] == "sales"] == [back]
