"""The server of the process."""

import resource
from collections.abc import Iterator

import pytest

from bot.web.server import OPEN_FILES, serving


@pytest.fixture
def few_files() -> Iterator[int]:
    """As a shell gives a process; what it might ask for."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_it_makes_room_for_every_window(few_files: int) -> None:
    async with serving([], "127.0.0.1", 0):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == (OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)) and hard == few_files
