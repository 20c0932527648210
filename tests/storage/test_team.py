"""Who may do what, by the chats that are bound and who is known to be in them."""

from datetime import UTC, datetime

import pytest

from bot.storage.store import Store, Tx
from bot.storage.team import (
    THE_BOT,
    TeamChats,
    bind_chat,
    find_or_add_teammate,
    get_team_chats,
    move_chat,
    record_membership,
    roles_of,
    standing_of,
    teammate_by_telegram,
    update_teammate,
    was_bound_before,
)

NOON = datetime(2026, 11, 16, 9, tzinfo=UTC)
S, M, B = -1, -2, -3
PERSON = 7

ALL = {"sales": S, "marketing": M, "managers": B}


@pytest.mark.parametrize(
    ("bound", "member_of", "roles"),
    [
        (ALL, {S: "member"}, {"sales"}),
        (ALL, {M: "member"}, {"marketing"}),
        (ALL, {B: "member"}, {"managers"}),
        (ALL, {S: "administrator"}, {"sales"}),
        (ALL, {S: "member", M: "member", B: "member"}, {"sales", "marketing", "managers"}),
        (ALL, {S: "left", M: "kicked"}, set()),
        (ALL, {-99: "creator"}, set()),
        (ALL, {}, set()),
        # one chat for all of them: its administrators manage
        ({"sales": S}, {S: "member"}, {"sales", "marketing"}),
        ({"sales": S}, {S: "administrator"}, {"sales", "marketing", "managers"}),
        ({"sales": S}, {S: "creator"}, {"sales", "marketing", "managers"}),
        # managers share a chat with one of the two
        ({"sales": S, "marketing": M}, {M: "administrator"}, {"marketing"}),
        ({"sales": S, "marketing": M}, {S: "administrator"}, {"sales", "managers"}),
        ({"sales": S, "marketing": M, "managers": M}, {M: "member"}, {"marketing"}),
        ({"sales": S, "marketing": M, "managers": M}, {M: "creator"}, {"marketing", "managers"}),
        # set up half way
        ({"marketing": M}, {M: "member"}, {"marketing"}),
        ({"managers": B}, {B: "member"}, {"managers"}),
        ({}, {S: "creator"}, set()),
    ],
)
async def test_roles(store: Store, bound: dict[str, int], member_of: dict[int, str], roles: set[str]) -> None:
    def unit(tx: Tx) -> frozenset[str]:
        for purpose, chat_id in bound.items():
            bind_chat(tx, purpose, chat_id, None, NOON)
        for chat_id, status in member_of.items():
            record_membership(tx, PERSON, chat_id, status, NOON)
        return roles_of(tx, PERSON, frozenset())

    assert await store.write(unit) == roles


async def test_an_administrator_of_the_bot_manages_and_nothing_else(store: Store) -> None:
    assert await store.read(roles_of, PERSON, frozenset({PERSON})) == {"managers"}
    await store.write(record_membership, PERSON, THE_BOT, "administrator", NOON)
    assert await store.read(roles_of, PERSON, frozenset()) == {"managers"}
    assert (await store.read(standing_of, PERSON)).administers(frozenset())
    assert not (await store.read(standing_of, 9)).administers(frozenset({8}))


@pytest.mark.parametrize(
    ("bound", "by_chat"),
    [
        ({}, {}),
        ({"sales": S}, {S: ["sales", "marketing", "managers"]}),
        ({"sales": S, "managers": B}, {S: ["sales", "marketing"], B: ["managers"]}),
        ({"marketing": M}, {M: ["marketing"]}),
        (ALL, {S: ["sales"], M: ["marketing"], B: ["managers"]}),
    ],
)
def test_who_shares_a_chat(bound: dict[str, int], by_chat: dict[int, list[str]]) -> None:
    assert TeamChats(bound).by_chat() == by_chat


async def test_a_chat_that_moved_takes_its_members_along(store: Store) -> None:
    def unit(tx: Tx) -> tuple[bool, bool, frozenset[str]]:
        bind_chat(tx, "sales", S, "Продажи", NOON)
        record_membership(tx, PERSON, S, "member", NOON)
        record_membership(tx, PERSON, -100, "left", NOON)
        moved, again = move_chat(tx, S, -100), move_chat(tx, S, -100)
        return moved, again, roles_of(tx, PERSON, frozenset())

    assert await store.write(unit) == (True, False, frozenset({"sales", "marketing"}))
    assert (await store.read(get_team_chats)).sales == -100


async def test_a_teammate_may_rename_himself_and_stays_who_he_is(store: Store) -> None:
    first = await store.write(find_or_add_teammate, PERSON, "Анна\x00", "anna", NOON)
    await store.write(lambda tx: update_teammate(tx, first.id, opened_at=NOON))
    again = await store.write(find_or_add_teammate, PERSON, "А" * 10_000, None, NOON)
    assert (again.id, again.opened_at, again.username) == (first.id, NOON, None)
    assert await store.read(teammate_by_telegram, PERSON) == again
    assert first.name == "Анна"


async def test_since_when_a_chat_is_bound(store: Store) -> None:
    await store.write(bind_chat, "sales", S, None, NOON)
    assert not await store.read(was_bound_before, S, NOON)
    assert await store.read(was_bound_before, S, NOON.replace(hour=10))
    assert not await store.read(was_bound_before, M, NOON.replace(hour=10))
