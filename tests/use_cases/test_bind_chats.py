"""Which group is whose, and what happens to what was shown in another."""

from bot.domain.leads import FeedbackState, RejectReason
from bot.storage.store import Store
from bot.storage.team import get_team_chats
from bot.use_cases.answer_as_marketer import answer_as_marketer
from bot.use_cases.bind_chats import adopt_settings, bind_purpose, migrate_group
from bot.use_cases.reject_lead import reject_lead
from bot.use_cases.settle_feedback import settle_feedback
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, MANAGERS, MARIA, MARKETING, POLICY, SALES, House


async def bound(house: House) -> dict[str, int]:
    return (await house.store.read(get_team_chats)).bound


async def shown(house: House) -> dict[tuple[int, str], str]:
    """Where each promised card goes."""
    return {(item.payload["lead"], item.payload["place"]): item.destination for item in await house.promised("card")}


async def test_the_environment_binds_what_is_not_bound(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    await house.do(adopt_settings, {"sales": -1, "marketing": None, "managers": -3}, house.now)
    assert await bound(house) == {"sales": -1, "managers": -3}


async def test_a_stored_binding_wins_until_the_environment_itself_changes(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    await house.do(adopt_settings, {"sales": -1}, house.now)
    await house.do(migrate_group, -1, -100, house.now)
    await house.do(adopt_settings, {"sales": -1}, house.now)
    assert await bound(house) == {"sales": -100}
    await house.do(adopt_settings, {"sales": -2}, house.now)
    assert await bound(house) == {"sales": -2}


async def test_another_sales_chat_gets_what_waits_also_what_was_on_its_way(house: House) -> None:
    shown_before = (await house.writes("Иван")).lead_id
    await house.delivers()
    on_its_way = (await house.writes("Пётр")).lead_id
    taken = await house.owned_lead("Олег")
    await house.do(bind_purpose, "sales", -77, None, house.now)
    places = await shown(house)
    assert places[shown_before or 0, "sales"] == places[on_its_way or 0, "sales"] == "telegram:-77"
    assert places[taken, "sales"] == f"telegram:{SALES}"


async def test_marketing_and_managers_get_what_waits_for_them(house: House) -> None:
    cold = (await house.shows_photo("Пётр")).lead_id
    answered = (await house.shows_photo("Олег")).lead_id
    assert cold is not None and answered is not None
    await house.do(answer_as_marketer, answered, MARIA, POLICY, house.now)
    cases = [await house.owned_lead(name) for name in ("Раз", "Два", "Три")]
    for lead_id in cases:
        await house.do(reject_lead, lead_id, RejectReason.NO_BUDGET, ANNA, POLICY, house.now)
    for lead_id, to in zip(cases, (FeedbackState.DISPUTED, FeedbackState.AGREED), strict=False):
        await house.do(settle_feedback, lead_id, to, MARIA, POLICY, house.now)
    await house.delivers()
    await house.do(bind_purpose, "marketing", -77, None, house.now)
    assert await shown(house) == {(cold, "marketing"): "telegram:-77", (cases[2], "feedback"): "telegram:-77"}
    await house.do(bind_purpose, "managers", -88, None, house.now)
    assert (await shown(house))[cases[0], "dispute"] == "telegram:-88"


async def test_the_sales_chat_stands_in_for_the_others(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    await house.do(bind_purpose, "sales", SALES, None, house.now)
    chats = await house.store.read(get_team_chats)
    assert chats.by_chat() == {SALES: ["sales", "marketing", "managers"]}
    await house.do(bind_purpose, "marketing", MARKETING, None, house.now)
    chats = await house.store.read(get_team_chats)
    assert chats.by_chat() == {SALES: ["sales", "managers"], MARKETING: ["marketing"]}


async def test_a_group_that_became_a_supergroup_is_followed(house: House) -> None:
    open_lead = (await house.writes("Иван")).lead_id
    taken = await house.owned_lead("Пётр")
    await house.delivers()
    await house.writes("Олег")
    await house.do(migrate_group, SALES, -100777, house.now)
    assert await bound(house) == {"sales": -100777, "marketing": MARKETING, "managers": MANAGERS}
    places = await shown(house)
    assert places == {
        (open_lead, "sales"): "telegram:-100777",
        (taken + 1, "sales"): "telegram:-100777",
    }
    assert (await house.lead(taken)).owner_id is not None
    assert await house.do(migrate_group, SALES, -100777, house.now) is False


async def test_ticks_and_removals_do_not_follow_for_there_is_nothing_to_tick(house: House) -> None:
    """The new chat counts its messages anew; an item that can never succeed must not circle."""
    lead_id = await house.owned_lead()
    await house.delivers()
    await house.releases(ANNA, lead_id)
    assert [item.kind for item in await house.promised("remove")] == ["remove"]
    await house.do(migrate_group, SALES, -100777, house.now)
    assert await house.promised("remove") == []
    await house.do(migrate_group, SALES, -100777, house.now)


async def test_the_marketing_of_a_moved_chat_is_not_flooded_with_old_cards(house: House) -> None:
    for name in ("Раз", "Два"):
        lead_id = await house.owned_lead(name)
        await house.do(reject_lead, lead_id, RejectReason.NO_BUDGET, ANNA, POLICY, house.now)
        await house.do(settle_feedback, lead_id, FeedbackState.AGREED, MARIA, POLICY, house.now)
    await house.delivers()
    await house.do(migrate_group, MARKETING, -100777, house.now)
    assert await house.promised("card") == []
