"""/stop, coming back, and what was agreed to."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import Consent
from bot.storage.people import set_terms_shown
from bot.storage.tables import consents, contacts, conversations, leads
from bot.use_cases.join_team import change_reach
from bot.use_cases.keep_consent import give_help, stop_messages
from bot.use_cases.team_message import Refused
from tests.use_cases.house import ANNA, POLICY, House

WITH_TERMS = replace(POLICY, privacy_url="https://example.org/privacy")


async def recorded(house: House) -> list[tuple[Any, ...]]:
    known = sa.select(consents.c.purpose, consents.c.given, consents.c.text_version, consents.c.source)
    return [tuple(row) for row in await house.store.read(lambda tx: tx.execute(known.order_by(consents.c.id)).all())]


async def stops(house: House, name: str = "Иван") -> None:
    await house.do(stop_messages, house.says(name, "/stop"), house.policy, house.now)


async def test_after_stop_nothing_is_written_until_he_writes(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.forgets_promises()
    await stops(house)
    await stops(house)
    assert await recorded(house) == [("messages", False, "/stop", "telegram")]
    assert await house.told(ANNA.telegram_id) == ["told.stopped"]
    assert [item.payload["text"] for item in await house.promised("greet")] == ["greet.stopped"]
    lead = await house.lead(lead_id)
    assert lead.waiting_since is None, "nobody can answer, so nobody is late"
    assert await house.says_to_bot(ANNA, "И всё-таки?") == Refused("refused.stopped")

    await house.forgets_promises()
    await house.writes("Иван", "Передумал")
    assert await house.told(ANNA.telegram_id) == ["told.resumed"]
    assert (await recorded(house))[1:] == [("messages", True, "message", "telegram")]
    assert (await house.lead(lead_id)).waiting_since == house.now
    assert not isinstance(await house.says_to_bot(ANNA, "Рада!"), Refused)
    assert (await house.events(lead_id))[-2:] == ["stopped", "resumed"]


async def test_start_comes_back_too_and_opens_nothing(house: House) -> None:
    await house.starts("Иван")
    await stops(house)
    await house.starts("Иван")
    assert await house.store.read(lambda tx: tx.scalar(sa.select(contacts.c.stopped_at))) is None
    assert (await recorded(house))[-1] == ("messages", True, "/start", "telegram")
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(leads))) == 0


async def test_a_form_in_his_name_does_not_lift_it(house: House) -> None:
    await house.owned_lead()
    await stops(house)
    await house.writes("Иван", "С формы", one_way=True)
    assert await house.store.read(lambda tx: tx.scalar(sa.select(contacts.c.stopped_at))) is not None


async def test_who_writes_after_the_terms_has_agreed_to_these_words(house: House) -> None:
    house.policy = WITH_TERMS
    await house.starts("Иван")
    await house.writes("Иван")
    assert await recorded(house) == [], "the terms have not been shown yet"
    for version in ("v1", "v1", "v2"):
        await house.do(_shown, version)
        await house.writes("Иван", "ещё")
        await house.writes("Иван", "и ещё")
    assert await recorded(house) == [
        ("personal_data", True, "v1", "telegram"),
        ("personal_data", True, "v2", "telegram"),
    ]


async def test_a_ticked_box_is_consent_once_to_the_same_words(house: House) -> None:
    for version in ("zamer:1", "zamer:1", "zamer:2"):
        ticked = Consent(version, "form:zamer")
        await house.writes("Иван", "С формы", one_way=True, consents=(ticked,))
    await house.writes("Иван", "Без галочки", one_way=True)
    assert await recorded(house) == [
        ("personal_data", True, "zamer:1", "form:zamer"),
        ("personal_data", True, "zamer:2", "form:zamer"),
    ]


def _shown(tx: Any, version: str) -> None:
    for number in tx.scalars(sa.select(conversations.c.id)).all():
        set_terms_shown(tx, number, version)


async def test_help_opens_no_lead(house: House) -> None:
    await house.do(give_help, house.says("Иван", "/help"), house.policy, house.now)
    assert [item.payload["text"] for item in await house.promised("greet")] == ["greet.help"]
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(leads))) == 0


async def test_the_owner_is_told_once_of_a_closed_door_and_once_of_an_open_one(house: House) -> None:
    await house.owned_lead()
    for reachable in (False, False, True, True):
        await house.do(change_reach, "telegram", house.customer("Иван"), reachable, house.now)
    assert await house.told(ANNA.telegram_id) == ["told.blocked", "told.unblocked"]
