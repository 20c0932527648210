"""What a customer calls himself and writes stands before the team as letters, wherever it stands."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Touch
from bot.locales import Texts
from bot.storage.outbox import due_items, finish
from integrations.telegram.client import Call
from integrations.telegram.errands import all_errands
from integrations.telegram.errands.base import Surroundings
from integrations.telegram.sandbox.entities import parse_html
from tests.hostile import profile
from tests.hostile.test_telegram import Door
from tests.use_cases.house import BOT, POLICY, House

ERRANDS = all_errands(Surroundings(Texts("ru", ZoneInfo("Europe/Moscow")), POLICY, BOT, False, "gemba_bot"))
NASTY = st.lists(
    st.sampled_from(
        [
            *("<s>", "</b>", "<", ">", "&", "&lt;", '"', "'", "\n", "\u202e", "\0", "{name}", "%s", "Ольга ", "x" * 90),
            *('<a href="https://evil.example">', "</a>", "<tg-spoiler>", "[x](https://evil.example)", "~~", "||", "`"),
            *("https://evil.example", "@evil", "/won", "+7 916 123-45-67"),
        ]
    ),
    min_size=1,
    max_size=6,
).map("".join)
NUMBERS = itertools.count(2**43)
NEVER_OURS = {"strikethrough", "underline", "spoiler", "pre", "blockquote", "custom_emoji"}
ASKED = ["/find Ольга", "/my", "/queue", "/queue spam", "/lead {lead}", "/digest", "/customer", "/note x"]


@profile(12)
@given(name=NASTY, words=NASTY, source=NASTY, more=NASTY, asked=st.sampled_from(ASKED))
async def test_no_word_of_a_customer_is_markup(
    house: House, name: str, words: str, source: str, more: str, asked: str
) -> None:
    """On cards and desks, in what is asked for, and in every notice on the way."""
    door, number = Door(house), next(NUMBERS)
    lead_id = await house.owned_lead(f"{name}{number}")
    await house.writes(f"{name}{number}", words, touch=Touch(source=source, campaign=more, answers={more: words}))
    command: dict[str, Any] = {"message_id": number, "date": 1_795_000_000, "text": asked.format(lead=lead_id)}
    chat = {"id": -1001, "type": "supergroup", "title": "…"}
    asking = {**command, "chat": chat, "from": {"id": 101, "is_bot": False, "first_name": words[:60] or "…"}}
    assert await door.takes({"update_id": number, "message": asking}) == "done"
    calls = [call async for call in promised(house)]
    assert calls
    for call in calls:
        text = call.params.get("text") or call.params.get("caption") or ""
        if call.params.get("parse_mode") == "HTML":
            _, entities = parse_html(str(text))
            assert not NEVER_OURS & {entity["type"] for entity in entities}, text
            assert "evil" not in str([entity.get("url") for entity in entities]), text
        assert "evil.example" not in str([button.get("url") for button in buttons(call)])


async def promised(house: House) -> AsyncIterator[Call]:
    """All that waits, one lane's head after another."""
    while items := await house.store.read(due_items, house.now, [], 100):
        for item in items:
            prepared = await house.store.read(ERRANDS[item.kind].prepare, item, house.now)
            if isinstance(prepared, Call):
                yield prepared
            await house.do(finish, item, house.now, calls=0)


def buttons(call: Call) -> Iterator[dict[str, Any]]:
    for row in (call.params.get("reply_markup") or {}).get("inline_keyboard", []):
        yield from row
