"""Killed at every point at which it waits for the store or for Telegram, one after another, in each step of a story.

Run n kills each step at its n-th point; the runs go on until no step has so many.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.domain.working_time import WorkingHours
from bot.runtime.clocks import FileClock
from bot.storage.store import Store
from bot.storage.store.sqlite import writing_engine
from bot.storage.tables import (
    cards,
    conversations,
    digests,
    intake_events,
    lead_events,
    leads,
    messages,
    metadata,
    outbox,
)
from bot.use_cases.bind_chats import bind_purpose
from integrations.telegram.client import TelegramClient
from integrations.telegram.introduction import Profile, ask_profile
from integrations.telegram.reception import ALLOWED_UPDATES
from integrations.telegram.sandbox import run_sandbox
from integrations.telegram.sandbox.client import Json, SandboxClient
from integrations.telegram.sandbox.sandbox import Sandbox
from tests.chaos.mortal import SECRET, Life, Wire, opened
from tests.chaos.test_kills import MODES
from tests.journeys.stage import seconds_to_tuesday_noon

HOURS = WorkingHours.parse("Mon-Fri 09:00-18:00", "Europe/Moscow")
MORNING_SECONDS = 21 * 3_600 + 60.0

Step = Callable[["Story"], Awaitable[Any]]


@dataclass
class Story:
    """Ivan buys, Oleg is rejected; whatever happens to the product in between."""

    people: SandboxClient
    sandbox: Sandbox
    store: Store
    clock: FileClock
    policy: Policy
    profile: Profile
    chats: dict[str, int]
    wire: Wire | None = None
    life: Life | None = None
    said: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What each wrote, in order."""
    ids: dict[str, int] = field(default_factory=dict)
    """Where what they wrote stands on their own screens."""
    deaths: list[str] = field(default_factory=list)
    repeats: Counter[str] = field(default_factory=Counter)

    async def writes(self, who: str, words: str, **more: Any) -> None:
        self.said[who].append(words)
        self.ids[words] = await self.people.send(self.chats[who], self.chats[who], words, **more)

    async def edits(self, who: str, old: str, new: str) -> None:
        self.said[who][self.said[who].index(old)] = new
        await self.people.edit(self.chats[who], self.chats[who], self.ids[old], new)

    async def replies(self, who: str, to: str, words: str) -> None:
        await self.writes(who, words, reply_to=(await self.sees(who, to))["message_id"])

    async def taps(self, who: str, chat: str, text: str, button: str) -> None:
        """On the oldest that is there: of a repeated one that is the copy that the product does not know."""
        message = await self.sees(chat, text, button, oldest=True)
        await self.people.tap(self.chats[who], self.chats[chat], message["message_id"], button)

    async def sees(self, chat: str, text: str, button: str = "", *, oldest: bool = False) -> Json:
        shown = await self.people.messages(self.chats[chat], from_bot=True, deleted=False)
        found = [each for each in shown if text in _words(each) and button in str(each.get("reply_markup", ""))]
        assert found, f"{text!r} with {button!r} is not in {chat}: {[_words(each) for each in shown]}; {self.deaths}"
        return found[0 if oldest else -1]

    async def lives(self, step: Step, last: int | None, deaths: int) -> bool:
        """Through one step, and as many lives as end in it at their point `last`; whether one did."""
        newest = {name: await self._newest(chat) for name, chat in self.chats.items()}
        died = 0
        await step(self)
        while not await self._reaches_rest(last if died < deaths else None):
            died += 1
        for name, chat in self.chats.items():
            heard = [_first_words(each) for each in await self.people.messages(chat, after=newest[name], from_bot=True)]
            repeats = len(heard) - len(set(heard))
            assert repeats <= died, f"{step.__name__}: {name} heard {heard}; {self.deaths}"
            self.repeats[name] += repeats
        return died > 0

    async def _newest(self, chat: int) -> int:
        return max((each["message_id"] for each in await self.people.messages(chat, limit=1)), default=0)

    async def _reaches_rest(self, last: int | None) -> bool:
        if self.life is None:
            self.life = Life(self.sandbox, self.store, self.clock, self.policy, HOURS, self.profile, self.wire)
        if await self.life.until_rest(last):
            return True
        self.deaths.append(self.life.mortality.ended_at)
        self.life = None
        return False

    async def ends_well(self) -> None:
        """Nothing lost, nothing twice in the database, order kept, one owner, one digest a chat and day."""

        def look(tx: sa.Connection) -> dict[str, Any]:
            return {
                "said": Counter(tx.scalars(sa.select(messages.c.text).where(messages.c.kind != "start"))),
                "ends": {
                    *tx.scalars(sa.select(intake_events.c.status)),
                    *tx.scalars(sa.select(outbox.c.status).where(outbox.c.status != "dropped")),
                },
                "leads": sorted(tx.scalars(sa.select(leads.c.status))),
                "claims": tx.scalar(sa.select(sa.func.count()).where(lead_events.c.kind == "claimed")),
                "conversations": tx.scalar(sa.select(sa.func.count()).select_from(conversations)),
                "digests": [tuple(row) for row in tx.execute(sa.select(digests.c.chat_id, digests.c.local_date))],
                "cards": set(tx.scalars(sa.select(cards.c.message_id).where(cards.c.place == "sales"))),
            }

        found = await self.store.read(look)
        wrote = Counter(words for said in self.said.values() for words in said)
        assert +(found["said"] - wrote) == Counter() == +(wrote - found["said"]), f"{found['said']}; {self.deaths}"
        assert found["ends"] == {"done"}, f"{found}; {self.deaths}"
        assert (found["leads"], found["claims"], found["conversations"]) == (["rejected", "won"], 2, 2), self.deaths
        assert len(found["digests"]) == len(set(found["digests"])), self.deaths
        today = datetime.fromtimestamp(self.sandbox.clock.now(), ZoneInfo(HOURS.zone)).date().isoformat()
        assert [day for _chat, day in found["digests"]].count(today) == 2, f"{found}; {self.deaths}"
        for who, where in (("ivan", "anna"), ("oleg", "boris"), ("anna", "ivan"), ("boris", "oleg")):
            heard = [
                _words(each).partition("\n")[0] for each in await self.people.messages(self.chats[where], from_bot=True)
            ]
            meant = [words for words in self.said[who] if not words.startswith("95")]
            firsts = list(dict.fromkeys(words for words in heard if words in meant))
            assert firsts == meant, f"{where} heard {firsts}; {self.deaths}"
        shown = await self.people.messages(self.chats["sales"], from_bot=True, deleted=False)
        known = {each["message_id"] for each in shown if "Иван" in _words(each) or "Олег" in _words(each)}
        assert found["cards"] <= known, self.deaths
        for name in ("Иван", "Олег"):
            there = [each for each in shown if name in _words(each) and "Сводка" not in _words(each)]
            assert len(there) == 1, f"{len(there)} cards of {name} are left; {self.deaths}"


def _words(message: Json) -> str:
    return str(message.get("text", "")).replace("\u00a0", " ")


def _first_words(message: Json) -> str:
    """As it was sent, before any edit."""
    return str((message["history"] or [message])[0].get("text"))


async def two_write(story: Story) -> None:
    for who, source in (("ivan", "yandex"), ("oleg", "vk")):
        await story.people.start(story.chats[who], source)
        await story.writes(who, f"Сколько стоит кухня? Пишет {who}")


async def anna_claims_ivan(story: Story) -> None:
    await story.taps("anna", "sales", "Иван", "Беру")


async def ivan_goes_on(story: Story) -> None:
    for words in ("Три метра", "Белая", "С доставкой"):
        await story.writes("ivan", words)


async def anna_answers(story: Story) -> None:
    await story.replies("anna", "Белая", "От 90 000 за белую")


async def both_change_their_words(story: Story) -> None:
    await story.edits("ivan", "С доставкой", "С доставкой до двери")
    await story.edits("anna", "От 90 000 за белую", "От 85 000 за белую")


async def all_talk_at_once(story: Story) -> None:
    await story.writes("ivan", "Хорошо, когда?")
    await story.replies("anna", "Три метра", "Замер завтра")
    await story.writes("oleg", "А мне ответят?")
    await story.taps("boris", "sales", "Олег", "Беру")
    await story.writes("ivan", "Жду")


async def boris_answers_oleg(story: Story) -> None:
    await story.replies("boris", "А мне ответят?", "Какой у вас бюджет?")


async def boris_rejects_oleg(story: Story) -> None:
    await story.taps("boris", "boris", "Олег", "Не наш лид")


async def boris_says_why(story: Story) -> None:
    await story.taps("boris", "boris", "Почему", "Нет бюджета")


async def anna_sells(story: Story) -> None:
    await story.taps("anna", "anna", "Иван", "Продажа")


async def anna_names_the_amount(story: Story) -> None:
    question = await story.sees("anna", "15000")
    await story.people.send(story.chats["anna"], story.chats["anna"], "95 000 кухня", reply_to=question["message_id"])


async def the_morning_comes(story: Story) -> None:
    story.sandbox.clock.advance(MORNING_SECONDS)


STEPS: list[Step] = [
    *(two_write, anna_claims_ivan, ivan_goes_on, anna_answers, both_change_their_words, all_talk_at_once),
    *(boris_answers_oleg, boris_rejects_oleg, boris_says_why, anna_sells, anna_names_the_amount, the_morning_comes),
]


@asynccontextmanager
async def told(url: str, folder: Path, mode: str) -> AsyncIterator[Story]:
    """At noon of a Tuesday, on an empty store, with a team in two chats."""
    clock_file = folder / "clock.json"
    clock_file.unlink(missing_ok=True)
    async with run_sandbox(clock_file=clock_file) as running, opened(url) as store:
        people, clock = running.client, FileClock(clock_file)
        await people.unlimited()
        await people.advance(seconds_to_tuesday_noon(await people.now()))
        names = {"anna": "Анна", "boris": "Борис", "ivan": "Иван", "oleg": "Олег"}
        chats = {who: await people.create(name) for who, name in names.items()}
        chats["sales"] = await people.create_group("Продажи", admins=[chats["anna"], chats["boris"]])
        chats["marketing"] = await people.create_group("Маркетинг", admins=[chats["anna"]])
        for purpose, name in (("sales", "sales"), ("marketing", "marketing"), ("managers", "sales")):
            await store.write(bind_purpose, purpose, chats[name], None, clock.now())
        async with TelegramClient(running.token, running.url) as client:
            profile = await ask_profile(client)
            if mode == "webhook":
                where = {"url": "http://127.0.0.1:1/hooks/telegram", "secret_token": SECRET}
                await client.call("setWebhook", {**where, "allowed_updates": ALLOWED_UPDATES})
        policy = Policy(default_rules(), "RUB", "private", frozenset())
        wire = Wire(running.sandbox) if mode == "webhook" else None
        story = Story(people, running.sandbox, store, clock, policy, profile, chats, wire)
        for who in ("anna", "boris"):
            await people.start(chats[who])
        assert await story._reaches_rest(None)
        try:
            yield story
        finally:
            if story.life is not None:
                await story.life.close()


async def run_of(url: str, folder: Path, mode: str, last: int, deaths: int) -> tuple[int, Counter[str]]:
    """How many steps had a point `last`, and what was heard twice."""
    await emptied(url)
    async with told(url, folder, mode) as story:
        killed = [await story.lives(step, last, deaths) for step in STEPS]
        await story.ends_well()
        return sum(killed), story.repeats


async def emptied(url: str) -> None:
    if url.startswith("sqlite"):
        file = Path(sa.make_url(url).database or "")
        for old in (file, *file.parent.glob(f"{file.name}-*")):
            old.unlink(missing_ok=True)
        engine = writing_engine(sa.make_url(url))
        metadata.create_all(engine)
        engine.dispose()
    else:
        async with opened(url) as store:
            await store.write(lambda tx: metadata.create_all(tx))
            names = ", ".join(table.name for table in metadata.sorted_tables)
            await store.write(lambda tx: tx.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


async def _runs(url: str, folder: Path, mode: str, first: int, stride: int, deaths: int = 1) -> Counter[str]:
    """Run after run, until no step has a point so late; how many kills there were, and what was heard twice."""
    total, last, killed = Counter[str](), first, -1
    while killed:
        killed, repeats = await run_of(url, folder, mode, last, deaths)
        total.update(repeats, kills=killed)
        last += stride
    return total


SOME = {"sqlite": ("polling", 17), "postgresql": ("webhook", 43)}
"""The mode and the stride on each database: together they are a sample of both."""


@pytest.mark.long
async def test_killed_at_many_points(tmp_path: Path, empty_database_url: str) -> None:
    mode, stride = SOME[sa.make_url(empty_database_url).get_backend_name()]
    total = await _runs(empty_database_url, tmp_path, mode, stride // 3, stride)
    assert total["kills"] > len(STEPS)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deaths", [1, 2])
async def test_killed_at_every_point(tmp_path: Path, empty_database_url: str, mode: str, deaths: int) -> None:
    """With two deaths the life that clears up after the first is killed at the same point, too."""
    total = await _runs(empty_database_url, tmp_path, mode, 1, 1, deaths)
    kills = total.pop("kills")
    assert kills > 40 * len(STEPS)
    assert 0 < sum(total.values()) < kills / 2, "some kills repeat a call, most do not"
    (tmp_path / "figures.txt").write_text(f"{kills} steps killed, {sum(total.values())} repeats")
