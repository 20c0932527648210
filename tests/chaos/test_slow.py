"""Telegram slow throughout: each call takes its time, some longer than we wait for them, and updates come twice."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.tables import messages, outbox
from tests.chaos.test_kills import MODES, has_customers
from tests.chaos.test_troubles import readyz, sqlite_in
from tests.chaos.town import Town, in_town

pytestmark = pytest.mark.journey

TIMEOUT_SECONDS = 3
CALL_SECONDS = 1.0
CUT_SECONDS = 4.0
ALWAYS = 100_000

MOST_COPIES_MEANWHILE = 6
"""To Anna, one a call: two polls, a call that is cut, its pause and another are the longest way of an answer that waits
for nobody else."""

SENDS = ("sendmessage", "copymessage", "editmessagetext", "setmessagereaction", "deletemessage")


async def becomes_slow(town: Town, cut: int) -> None:
    """Of the calls to Anna and to this customer one each is cut after it has taken effect."""
    sandbox = town.stage.sandbox
    for chat in (town.stage.anna, cut):
        await sandbox.faults("delay_after", "copyMessage", chat, skip=1, seconds=CUT_SECONDS)
    await sandbox.faults("delay_before", count=ALWAYS, seconds=CALL_SECONDS)


async def pending(town: Town) -> int:
    counted = sa.select(sa.func.count()).where(outbox.c.status == "pending")
    return await town.store.read(lambda tx: tx.scalar(counted)) or 0


async def is_taken_in_though_sends_crawl(town: Town, people: list[int]) -> None:
    async def lost() -> str:
        stored = set(await town._column(messages.c.text))
        return str({words for person in people for words in town.said[person]} - stored or "")

    await town.until(lost)
    assert await pending(town) > 0


async def leaves_ahead_of_what_waits(town: Town, person: int) -> None:
    """An answer to a customer, while copies wait for Anna and cards for the sales chat."""
    before = await copies(town)
    await town.answers(person)
    words = town.answered[person][-1]
    await town.stage.card(person, words)
    assert await copies(town) - before <= MOST_COPIES_MEANWHILE


async def copies(town: Town) -> int:
    return sum(
        call["params"]["chat_id"] == town.stage.anna for call in await town.stage.sandbox.calls(0, "copyMessage")
    )


async def says_what_lags(town: Town) -> None:
    async def silent() -> str:
        _, body = await readyz(town)
        delivery: Any = body["delivery"]
        return "" if delivery.get("held_up", {}).get("by") == "slow" else f"{body}"

    await town.until(silent)


async def one_at_a_time(town: Town, after: int, cuts: int) -> None:
    """Each call takes its second: two to one chat that ended sooner after one another were under way together."""
    ends = defaultdict(list)
    for call in await town.stage.sandbox.calls(after=after):
        if call["method"].lower() in SENDS:
            ends[call["params"]["chat_id"]].append(call["time"])
    together = sum(
        late - early < CALL_SECONDS * 0.9 for each in ends.values() for early, late in pairwise(sorted(each))
    )
    assert together <= cuts, "what was cut ends some time"


async def is_slow_for_long(folder: Path, mode: str, database: str, rounds: int) -> None:
    async with in_town(folder, mode=mode, database=database, TELEGRAM_TIMEOUT=str(TIMEOUT_SECONDS)) as town:
        stage, people = town.stage, await has_customers(town, 2)
        await town.settles()
        last = max(call["n"] for call in await stage.sandbox.calls())
        await becomes_slow(town, cut=people[0])
        for number in range(rounds):
            await stage.sandbox.duplicate_updates(2)
            for person in people * 3:
                await town.writes(person)
            await leaves_ahead_of_what_waits(town, people[number % 2])
        await is_taken_in_though_sends_crawl(town, people)
        newcomers = [await town.newcomer() for _ in range(3)]
        await leaves_ahead_of_what_waits(town, people[1])
        card = await stage.card(stage.sales, town.names[newcomers[0]])
        assert await stage.tap(stage.anna, stage.sales, card, "Беру")
        await says_what_lags(town)
        await one_at_a_time(town, last, cuts=2)
        await stage.sandbox.clear_faults()
        await town.settles()
        town.kills = 2  # as many calls took effect unanswered
        repeats = await town.check([*people, newcomers[0]])
        assert repeats["owner"] == 1 == repeats["customers"] and repeats["sales"] == 0


async def test_telegram_is_slow(tmp_path: Path) -> None:
    await is_slow_for_long(tmp_path, "polling", sqlite_in(tmp_path), rounds=3)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", MODES)
async def test_telegram_is_slow_for_long(tmp_path: Path, mode: str, database_url: str) -> None:
    await is_slow_for_long(tmp_path, mode, database_url, rounds=20)
