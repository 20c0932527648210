"""A house for every story."""

import pytest

from bot.storage.store import Store
from tests.conftest import MovableClock
from tests.use_cases.house import House


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    """All chats bound, everybody in his chat, the bot opened by all."""
    opened = House(store, clock)
    await opened.opens()
    return opened
