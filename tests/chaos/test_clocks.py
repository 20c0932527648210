"""The clock is set, forward and back, at every point at which the product waits for the store or for Telegram.

In the first step of a story it is set wrong at its n-th point, in the second put right there, and so on. Nobody outside
may notice: Telegram's clock and all watches go on evenly.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.runtime.clocks import FileClock
from bot.storage.tables import intake_events, outbox
from scheduler.timekeeper import Timekeeper
from tests.chaos.mortal import Mortality
from tests.chaos.test_every_await import STEPS, Story, emptied, told
from tests.chaos.test_troubles import readyz
from tests.chaos.town import Town, in_town

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class ClockThatIsSet(FileClock):
    set_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.set_by


@dataclass
class Hand:
    """Sets the clock at the n-th point of each step: wrong in one, right in the next."""

    at: int
    by: timedelta
    clock: ClockThatIsSet | None = None
    points: int = 0
    times: Counter[str] = field(default_factory=Counter)

    def passes_a_point(self) -> None:
        self.points += 1
        if self.points == self.at and self.clock is not None:
            self.clock.set_by = timedelta() if self.clock.set_by else self.by
            self.times["wrong" if self.clock.set_by else "right"] += 1


@pytest.fixture
def hand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Hand:
    hand, die = Hand(*request.param), Mortality._point

    async def point(self: Mortality, where: str) -> None:
        await die(self, where)
        hand.passes_a_point()

    monkeypatch.setattr(Mortality, "_point", point)
    monkeypatch.setattr("scheduler.timekeeper.SETTLED_AFTER", timedelta())
    monkeypatch.setattr("tests.chaos.test_every_await.FileClock", ClockThatIsSet)
    return hand


@asynccontextmanager
async def kept_time(url: str, folder: Path, hand: Hand) -> AsyncIterator[Story]:
    """The story, with a timekeeper who looks at the clock before every other job, as in the process."""
    await emptied(url)
    async with told(url, folder, "polling") as story:
        assert isinstance(story.clock, ClockThatIsSet) and story.life is not None
        keeper = Timekeeper(story.store, story.clock)
        await keeper.begin()
        story.life._jobs[:0] = [keeper.look, keeper.look]
        hand.clock = story.clock
        yield story


async def goes_well(url: str, folder: Path, hand: Hand) -> None:
    async with kept_time(url, folder, hand) as story:
        for step in STEPS:
            hand.points = 0
            assert not await story.lives(step, None, 0)
        assert hand.clock is not None
        hand.clock.set_by = timedelta()
        assert await story._reaches_rest(None)
        await story.ends_well()
        assert hand.times["wrong"] > len(STEPS) / 4, "few steps have so many points"
        waiting = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.status == "pending")
        failed = sa.select(sa.func.count()).select_from(intake_events).where(intake_events.c.status != "done")
        assert await story.store.read(lambda tx: (tx.scalar(waiting), tx.scalar(failed))) == (0, 0)


@pytest.mark.parametrize("hand", [(2, -HOUR), (9, DAY)], indirect=True)
async def test_set_at_some_points(tmp_path: Path, empty_database_url: str, hand: Hand) -> None:
    await goes_well(empty_database_url, tmp_path, hand)


@pytest.mark.chaos
@pytest.mark.parametrize("hand", [(at, by) for by in (-HOUR, HOUR) for at in range(1, 25)], indirect=True)
async def test_set_at_every_point(tmp_path: Path, empty_database_url: str, hand: Hand) -> None:
    """By an hour: in a day questions and automatic words expire, of which this story knows nothing."""
    await goes_well(empty_database_url, tmp_path, hand)


def set_clock(town: Town, by: timedelta) -> None:
    """As an administrator's hand does: no time has passed."""
    file = Path(town.stage.bot.environment["CLOCK_FILE"])
    held = {**json.loads(file.read_text()), "set_by_seconds": by.total_seconds()}
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(held))
    draft.replace(file)


@pytest.mark.chaos
@pytest.mark.parametrize("by", [-DAY, -HOUR, HOUR, DAY])
async def test_set_under_a_running_process_and_while_it_is_down(
    tmp_path: Path, empty_database_url: str, by: timedelta
) -> None:
    async with in_town(tmp_path, mode="polling", database=empty_database_url) as town:
        people = [await town.newcomer() for _ in range(3)]
        for person in people:
            await town.claims(person)
        async with town.talking(people):
            set_clock(town, by)

            async def untold() -> str:
                told = (await readyz(town))[1]["clock"]
                return "" if isinstance(told, dict) and told.get("set_by_seconds") else f"not noticed: {told}"

            await town.until(untold)
            await town.kill()
            set_clock(town, timedelta())
            await town.starts()
        await town.settles()
        await town.check(people)
