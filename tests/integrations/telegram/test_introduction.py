"""The first words with Telegram, when it has none for us."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from bot.settings import Settings, SettingsError
from bot.storage.store import Store
from integrations.telegram import introduction
from integrations.telegram.client import TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.introduction import Profile, introduce, receive_by

HOUR_SECONDS = 3_600
ME = {"id": 123456, "username": "kitchen_bot", "has_topics_enabled": True, "can_read_all_group_messages": False}

AWAY = TelegramUnreachableError("getMe: TimeoutError")
BUSY = TelegramError(429, "Too Many Requests: retry after 90", {"retry_after": 90})
BROKEN = TelegramError(502, "Bad Gateway", {})


class Hour:
    """One without Telegram: it passes only while somebody waits."""

    def __init__(self, says: Callable[[], Exception]) -> None:
        self._says = says
        self.passed = 0.0
        self.rests: list[float] = []
        self.methods: list[str] = []

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.passed += seconds

    async def call(self, method: str, *_params: object, **_more: object) -> Any:
        self.methods.append(method)
        if self.passed < HOUR_SECONDS:
            raise self._says()
        return {"getMe": ME, "getWebhookInfo": {"url": ""}}[method]


@pytest.fixture(params=[AWAY, BUSY, BROKEN], ids=["away", "busy", "broken"])
def hour(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hour]:
    hour = Hour(lambda: request.param)
    monkeypatch.setattr("integrations.telegram.introduction.asyncio.sleep", hour.sleep)
    yield hour
    asked_in_vain, least = len(hour.rests), 90 if request.param is BUSY else 1
    assert min(hour.rests) >= least, "asked again before Telegram said"
    assert max(hour.rests) <= max(introduction.LONGEST_PAUSE_SECONDS, least), "back, and we still slept"
    assert asked_in_vain <= HOUR_SECONDS / introduction.LONGEST_PAUSE_SECONDS + 5, "a drum roll"


async def test_who_we_are_is_asked_for_an_hour(hour: Hour, store: Store) -> None:
    assert await introduce(cast(TelegramClient, hour), store, 123456) == Profile(123456, "kitchen_bot", True, False)


async def test_who_has_been_told_once_does_not_wait(store: Store) -> None:
    hour = Hour(lambda: AWAY)
    hour.passed = HOUR_SECONDS
    known = await introduce(cast(TelegramClient, hour), store, 123456)
    hour.passed = 0
    assert await introduce(cast(TelegramClient, hour), store, 123456) == known
    assert hour.rests == []


async def test_the_way_updates_come_is_asked_for_an_hour(hour: Hour) -> None:
    settings = Settings(bot_token="123456:TEST")
    await receive_by(cast(TelegramClient, hour), settings)
    assert set(hour.methods) == {"getWebhookInfo"}


async def test_a_token_that_telegram_does_not_know_is_told_at_once(store: Store) -> None:
    unknown = Hour(lambda: TelegramError(401, "Unauthorized", {}))
    with pytest.raises(SettingsError, match="BOT_TOKEN"):
        await introduce(cast(TelegramClient, unknown), store, 123456)
    assert unknown.methods == ["getMe"]
