"""SIGKILL inside every kind of awaited step, while messages flow in."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.town import Town, in_town

pytestmark = pytest.mark.journey

MODES = ["polling", "webhook"]


async def has_customers(town: Town, count: int = 3) -> list[int]:
    """Customers whose leads Anna has."""
    people = [await town.newcomer() for _ in range(count)]
    for person in people:
        await town.claims(person)
        await town.stage.card(town.stage.anna, town.said[person][0])
    return people


async def while_it_polls(town: Town, how: str, people: list[int]) -> None:
    if not town.webhook:
        await town.killed_inside(how, "getUpdates", None, lambda: town.writes(people[0]))


async def while_it_asks_who_writes(town: Town, how: str, people: list[int]) -> None:
    await town.killed_inside(how, "getChatMember", None, town.newcomer)


async def while_it_shows_a_card(town: Town, how: str, people: list[int]) -> None:
    """Of this customer: when nobody takes the others, the chat is reminded of them, by the same method."""
    await town.killed_inside(how, "sendMessage", town.stage.sales, town.newcomer, about=town.next_name)


async def while_it_answers_a_tap(town: Town, how: str, people: list[int]) -> None:
    people.append(person := await town.newcomer())
    await town.killed_inside(how, "answerCallbackQuery", None, lambda: town.claims(person))


async def while_it_changes_a_card(town: Town, how: str, people: list[int]) -> None:
    people.append(person := await town.newcomer())
    await town.killed_inside(how, "editMessageText", town.stage.sales, lambda: town.claims(person))


async def while_it_opens_a_desk(town: Town, how: str, people: list[int]) -> None:
    people.append(person := await town.newcomer())
    await town.killed_inside(how, "sendMessage", town.stage.anna, lambda: town.claims(person))


async def while_it_relays(town: Town, how: str, people: list[int]) -> None:
    await town.killed_inside(how, "copyMessage", town.stage.anna, lambda: town.writes(people[0]))


async def while_it_delivers_an_answer(town: Town, how: str, people: list[int]) -> None:
    await town.killed_inside(how, "copyMessage", people[0], lambda: town.answers(people[0]))


async def while_it_ticks(town: Town, how: str, people: list[int]) -> None:
    await town.killed_inside(how, "setMessageReaction", town.stage.anna, lambda: town.answers(people[0]))


async def while_it_takes_a_repeated_card_away(town: Town, how: str, people: list[int]) -> None:
    """Which it does at the first tap on it."""
    stage = town.stage
    await while_it_shows_a_card(town, "after", people)
    repeated = list(town.names)[-1]
    await town.until(lambda: _two_cards(town, repeated))
    known = await town.known_card(repeated)
    (unknown,) = [card["message_id"] for card in await town.cards_of(repeated) if card["message_id"] != known]
    people.append(repeated)
    tap = stage.sandbox.tap
    await town.killed_inside(how, "deleteMessage", None, lambda: tap(stage.anna, stage.sales, unknown, "Беру"))
    await town.until(lambda: _only_card(town, repeated, known))


async def _two_cards(town: Town, person: int) -> str:
    return "" if len(await town.cards_of(person)) == 2 and await town.known_card(person) else "no second card"


async def _only_card(town: Town, person: int, known: int) -> str:
    return "" if [card["message_id"] for card in await town.cards_of(person)] == [known] else "more than one card"


STEPS = [
    *(while_it_polls, while_it_asks_who_writes, while_it_shows_a_card, while_it_answers_a_tap),
    *(while_it_changes_a_card, while_it_opens_a_desk, while_it_relays, while_it_delivers_an_answer),
    *(while_it_ticks, while_it_takes_a_repeated_card_away),
]


async def the_digest_is_posted_once(town: Town, how: str) -> None:
    stage = town.stage
    await town.killed_inside(how, "sendMessage", stage.managers, lambda: stage.sandbox.advance(21 * 3600 + 60))
    await town.settles()
    posted = await town.digests()
    assert len(posted) == len(set(posted)) == 3
    for chat in (stage.sales, stage.marketing, stage.managers):
        count = sum("Сводка" in words for words in await town.bot_said(chat))
        assert count in (1, 2)  # with one kill: it may have cut off the call to each of them


async def is_killed(town: Town, how: str, steps: list[Any]) -> None:
    people = await has_customers(town)
    async with town.talking(list(people)):
        for step in steps:
            await step(town, how, people)
    await town.settles()
    await town.check(people)
    await the_digest_is_posted_once(town, how)
    assert await town.stage.sandbox.violations() in (None, [])


@pytest.mark.parametrize("mode", MODES)
async def test_killed_in_every_step(tmp_path: Path, mode: str, database_url: str) -> None:
    """Each step on one side of its effect: some in each mode, on each database; the long form does them all in all."""
    on_sqlite = database_url.startswith("sqlite")
    quarter = 2 * on_sqlite + (mode == "webhook")
    async with in_town(tmp_path, mode=mode, database=database_url) as town:
        await is_killed(town, "after" if on_sqlite else "before", STEPS[quarter::4])


@pytest.mark.chaos
@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("mode", MODES)
async def test_killed_in_every_step_in_every_way(tmp_path: Path, mode: str, how: str, database_url: str) -> None:
    async with in_town(tmp_path, mode=mode, database=database_url) as town:
        await is_killed(town, how, STEPS)


@pytest.mark.parametrize("how", ["before", "after"])
async def test_killed_while_a_topic_is_made(tmp_path: Path, how: str) -> None:
    async with in_town(tmp_path, mode="polling", database=f"sqlite:///{tmp_path / 'gemba.db'}", topics=True) as town:
        person = await town.newcomer()
        await town.killed_inside(how, "createForumTopic", None, lambda: town.claims(person))
        await town.writes(person)
        await town.settles()
        anna = town.stage.anna
        said = await town.stage.sandbox.messages(anna, from_bot=True)
        relayed = [message for message in said if message.get("text") in town.said[person]]
        assert [message["text"] for message in relayed] == town.said[person]
        assert len({message["message_thread_id"] for message in relayed}) == 1
        await town.until(partial(_only_topic, town, anna, relayed[0]["message_thread_id"]))


async def _only_topic(town: Town, chat: int, known: int) -> str:
    """Of two that a kill has made the unknown one is gone as soon as Telegram has told of it."""
    opened = await town.stage.sandbox.messages(chat, from_bot=True, deleted=False)
    topics = [message["message_id"] for message in opened if "forum_topic_created" in message]
    return "" if topics == [known] else f"topics {topics}, and {known} is the known one"


async def killed_at_random(town: Town, kills: int, customers: int, pause: float) -> None:
    people = await has_customers(town, customers)
    async with town.talking(list(people), pause):
        for _ in range(kills):
            await asyncio.sleep(town.random.uniform(0.05, 0.6))  # the moment itself is what varies
            await town.kill()
            await town.starts()
    await town.settles()
    await town.check(people)


async def test_killed_at_random_in_a_burst(tmp_path: Path) -> None:
    async with in_town(tmp_path, mode="polling", database=f"sqlite:///{tmp_path / 'gemba.db'}", seed=7) as town:
        await killed_at_random(town, 3, 3, 0.05)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mode", MODES)
async def test_killed_at_random_again_and_again(tmp_path: Path, mode: str, database_url: str, seed: int) -> None:
    async with in_town(tmp_path, mode=mode, database=database_url, seed=seed) as town:
        await killed_at_random(town, 10, 6, 0.05)
