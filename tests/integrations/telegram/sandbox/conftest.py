"""A sandbox for each test, and a few people and groups in it."""

from collections.abc import AsyncIterator

import aiogram  # noqa: F401  the whole of it, before any other test has it loaded lean: `test_libraries` asks for all
import aiohttp
import pytest_asyncio

from integrations.telegram.sandbox import RunningSandbox, SandboxClient, run_sandbox
from tests.integrations.telegram.sandbox.calls import Api


@pytest_asyncio.fixture
async def running() -> AsyncIterator[RunningSandbox]:
    async with run_sandbox() as running:
        # What is refused, and how, must not depend on whether the published Bot API is at hand.
        running.sandbox.specification = None
        yield running


@pytest_asyncio.fixture
async def people(running: RunningSandbox) -> SandboxClient:
    return running.client


@pytest_asyncio.fixture
async def api(running: RunningSandbox) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as http:
        yield Api(running, http)


@pytest_asyncio.fixture
async def anna(people: SandboxClient) -> int:
    person = await people.create("Анна", "Смирнова", username="anna")
    await people.start(person)
    return person


@pytest_asyncio.fixture
async def boss(people: SandboxClient) -> int:
    return await people.create("Борис", username="boss")


@pytest_asyncio.fixture
async def team(people: SandboxClient, boss: int) -> int:
    return await people.create_group("Команда", admins=[boss], forum=True)
