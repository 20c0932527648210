"""Who is one of us, when the chats change."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.store import Store
from bot.use_cases.bind_chats import bind_purpose
from tests.integrations.telegram.office import Office, open_office


@pytest.fixture
async def office(store: Store, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(store, tmp_path) as opened:
        yield opened


async def test_a_seller_stays_one_when_the_team_moves_to_another_group(office: Office) -> None:
    _, relayed = await office.has_talk()  # Anna's: a seller who is not in the marketing chat, and known for it
    new = await office.sandbox.create_group("Продажи 2", members=[office.anna, office.boris], admins=[office.chief])
    for purpose in ("sales", "managers"):
        await office.store.write(bind_purpose, purpose, new, None, office.clock.now())
    await office.until_quiet()
    await office.sandbox.send(office.anna, office.anna, "Сто тысяч", reply_to=relayed["message_id"])
    await office.until_stored(2)
    assert [said.text for said in await office.outbound()] == ["Сто тысяч"]
