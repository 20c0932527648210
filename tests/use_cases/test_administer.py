"""Who administers the bot, and how the first administrator comes to be."""

import asyncio
from dataclasses import replace

from bot.storage.store import Store
from bot.storage.team import get_team_chats, roles_of
from bot.use_cases.administer import (
    Bound,
    administers,
    bind_this_chat,
    has_admin,
    make_setup_code,
    offer_binding,
    redeem_setup_code,
)
from bot.use_cases.team import NotAllowed, Person
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, BORIS, POLICY, SALES, STRANGER, House

NAMED = replace(POLICY, admins=frozenset({ANNA.telegram_id}))


async def test_the_code_makes_one_administrator_once(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    code = await house.do(make_setup_code)
    assert await house.do(make_setup_code) == code
    for wrong in ("", "0", code + "0", "ы", code.upper() + " "):
        assert not await house.do(redeem_setup_code, STRANGER, wrong, POLICY, house.now)
    assert await house.do(redeem_setup_code, ANNA, code, POLICY, house.now)
    assert await house.store.read(administers, ANNA, POLICY)
    assert await house.store.read(has_admin, POLICY)
    assert not await house.do(redeem_setup_code, STRANGER, code, POLICY, house.now)
    assert not await house.store.read(administers, STRANGER, POLICY)


async def test_two_who_send_it_at_once_are_not_both_administrators(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    code = await house.do(make_setup_code)
    people = [Person(n, f"{n}") for n in range(1, 9)]
    results = await asyncio.gather(*(house.do(redeem_setup_code, who, code, POLICY, house.now) for who in people))
    assert results.count(True) == 1


async def test_where_administrators_are_named_no_code_helps(store: Store, clock: MovableClock) -> None:
    house = House(store, clock)
    code = await house.do(make_setup_code)
    assert await house.store.read(has_admin, NAMED)
    assert not await house.do(redeem_setup_code, STRANGER, code, NAMED, house.now)


async def test_a_stranger_binds_no_group(house: House) -> None:
    await house.do(offer_binding, STRANGER, -9, None, NAMED, house.now)
    assert [item.payload["text"] for item in await house.promised("say")] == ["setup.only_admins"]
    assert await house.do(bind_this_chat, "sales", -9, "Моя", STRANGER, NAMED, house.now) == NotAllowed("managers")
    assert (await house.store.read(get_team_chats)).sales == SALES


async def test_the_administrator_is_asked_and_binds(house: House) -> None:
    await house.do(offer_binding, ANNA, -9, None, NAMED, house.now)
    assert [item.payload["view"] for item in await house.promised("view")] == ["setup"]
    assert await house.do(bind_this_chat, "all", -9, "Фирма", ANNA, NAMED, house.now) == Bound("all")
    chats = await house.store.read(get_team_chats)
    assert chats.by_chat() == {-9: ["sales", "marketing", "managers"]}
    assert await house.store.read(roles_of, ANNA.telegram_id, frozenset()) == {"sales", "marketing", "managers"}
    assert await house.store.read(roles_of, BORIS.telegram_id, frozenset()) == frozenset()
