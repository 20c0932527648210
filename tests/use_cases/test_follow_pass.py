"""A visitor of the site goes on in Telegram: the same person, source, talk and owner; nobody else gets in."""

import asyncio
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import IS_PASS, InboundMessage, MessageKind, NameRank, Sender, Touch, Trail, Visit
from bot.storage.merges import last_merge_of, undo_merge
from bot.storage.passes import LIFE, forget_passes
from bot.storage.store import Tx
from bot.storage.tables import channel_identities, contacts, merges, passes, touches
from bot.storage.team import teammate_by_telegram
from bot.use_cases.answer_customer import answer_customer
from bot.use_cases.follow_pass import follow_pass, give_pass
from bot.use_cases.forget_contact import forget
from bot.use_cases.receive_message import Received
from bot.use_cases.show_in_window import receive_from_window
from bot.use_cases.team_message import SentOn
from bot.use_cases.view_lead import view_lead
from tests.use_cases.house import ANNA, House

VISITOR = "Vis1torVis1torVis1tor0"
AD = Touch(source="yandex", campaign="Осень")


def came(house: House) -> Trail:
    return Trail((Visit(AD, house.now - timedelta(days=3), "ad"),))


async def writes_on_site(house: House, text: str = "Сколько стоит кухня?", number: str = "m-1") -> None:
    sender = Sender(VISITOR, "Гость VIS1", name_rank=NameRank.GUEST, unproven=True)
    chat = f"webchat:{VISITOR}"
    said = InboundMessage("webchat", sender, chat, number, house.now, text=text, trail=came(house))
    await house.do(receive_from_window, said, house.policy, house.now)


async def given(house: House) -> str:
    code = await house.do(give_pass, "webchat", VISITOR, came(house), house.now)
    assert IS_PASS.fullmatch(code) and len(code) <= 64
    return code


async def opens(house: House, name: str, code: str) -> Received:
    return await house.writes(name, f"/start {code}", kind=MessageKind.START, pass_code=code)


async def contact_of(house: House, channel: str, address: str) -> Any:
    found = (
        sa.select(contacts)
        .join(channel_identities, channel_identities.c.contact_id == contacts.c.id)
        .where(channel_identities.c.channel == channel, channel_identities.c.external_id == address)
    )
    return await house.store.read(lambda tx: tx.execute(found).one())


async def site_lead(house: House) -> int:
    (message,) = [one for one in await house.messages(direction="inbound") if one.external_id == "m-1"]
    assert message.lead_id is not None
    return message.lead_id


async def greeted(house: House) -> list[tuple[str, str]]:
    return [(item.destination.partition(":")[0], item.payload["text"]) for item in await house.promised("greet")]


async def test_the_talk_goes_on_with_the_same_owner(house: House) -> None:
    await writes_on_site(house)
    lead_id = await site_lead(house)
    await house.claims(ANNA, lead_id)
    await house.forgets_promises()
    await opens(house, "Ольга", await given(house))
    assert await greeted(house) == [("webchat", "greet.both"), ("telegram", "greet.continued")]
    assert await house.told(ANNA.telegram_id) == ["told.goes_on"]
    assert (await house.events(lead_id)).count("joined") == 1

    received = await house.writes("Ольга", "Хочу купить")
    assert received.lead_id == lead_id
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and view.owner is not None and view.first_touch is not None
    assert (view.owner.name, view.first_touch["campaign"], view.name) == ("Анна", "Осень", "Ольга")
    await house.says_to_bot(ANNA, "Здравствуйте!")
    assert [item.destination for item in await house.promised("answer")] == [f"telegram:{house.customer('Ольга')}"]

    await writes_on_site(house, "Я снова на сайте", "m-2")
    await house.forgets_promises()
    await house.says_to_bot(ANNA, "И здесь")
    assert [item.destination for item in await house.promised("answer")] == [f"webchat:{VISITOR}"]
    assert (await contact_of(house, "webchat", VISITOR)).name == "Ольга", "a guest's number replaces no name"


async def test_who_has_said_nothing_brings_his_source(house: House) -> None:
    assert (await opens(house, "Ольга", await given(house))).lead_id is None
    assert [text for _, text in await greeted(house)] == ["greet.welcome"]
    lead = await house.lead((await house.writes("Ольга")).lead_id)
    view = await house.store.read(view_lead, lead.id, house.now)
    assert view is not None and view.first_touch is not None and view.first_touch["source"] == "yandex"
    assert await house.store.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(touches))) == 1


async def test_a_link_serves_one_person_once(house: House) -> None:
    await writes_on_site(house)
    code = await given(house)
    await opens(house, "Ольга", code)
    first = await contact_of(house, "webchat", VISITOR)
    for name in ("Ольга", "Вор"):
        await opens(house, name, code)
    assert (await contact_of(house, "telegram", str(house.customer("Ольга")))).id == first.id
    thief = await contact_of(house, "telegram", str(house.customer("Вор")))
    assert thief.id != first.id and thief.name == "Вор"
    assert await house.store.read(lambda tx: len(tx.execute(sa.select(merges)).all())) == 1


async def test_of_two_at_once_one_gets_it(house: House) -> None:
    await writes_on_site(house)
    code = await given(house)
    await asyncio.gather(*(opens(house, name, code) for name in ("Ольга", "Вор")))
    joined = [
        name
        for name in ("Ольга", "Вор")
        if (await contact_of(house, "telegram", str(house.customer(name)))).id
        == (await contact_of(house, "webchat", VISITOR)).id
    ]
    assert len(joined) == 1


async def test_an_old_or_invented_link_says_nothing(house: House) -> None:
    await writes_on_site(house)
    code = await given(house)
    house.clock.advance(seconds=LIFE.total_seconds())
    for number, tried in enumerate((code, "go-" + "A" * 22)):
        await opens(house, f"Гость {number}", tried)
    assert await house.store.read(lambda tx: tx.execute(sa.select(merges)).all()) == []
    marked = sa.select(touches.c.source).where(touches.c.kind == "start", touches.c.source.is_not(None))
    assert await house.store.read(lambda tx: tx.execute(marked).all()) == [], "a spent code is no advertising mark"
    await house.do(forget_passes, house.now)
    assert await house.store.read(lambda tx: tx.execute(sa.select(passes)).all()) == []


async def test_a_customer_whom_we_know_gets_no_window_into_his_talk(house: House) -> None:
    """Somebody could send a link of his own visit to our customer: the answers stay in Telegram."""
    lead_id = await house.owned_lead("Иван")
    house.clock.advance(hours=1)
    await house.wins(ANNA, lead_id)
    await writes_on_site(house)
    site = await site_lead(house)
    await house.claims(ANNA, site)
    await house.forgets_promises()
    await opens(house, "Иван", await given(house))
    assert ("webchat", "greet.moved") in await greeted(house)
    await writes_on_site(house, "Какой у меня адрес?", "m-2")
    await house.forgets_promises()

    def answered(tx: Tx) -> None:
        anna = teammate_by_telegram(tx, ANNA.telegram_id)
        assert anna is not None
        assert isinstance(answer_customer(tx, site, anna, house.words(ANNA, "Вот он"), house.now), SentOn)

    await house.do(answered)
    assert {item.destination for item in await house.promised("answer")} == {f"telegram:{house.customer('Иван')}"}


async def test_two_open_leads_are_not_mixed(house: House) -> None:
    theirs = await house.owned_lead("Иван")
    await writes_on_site(house)
    site = await site_lead(house)
    await house.claims(ANNA, site)
    await house.forgets_promises()
    await opens(house, "Иван", await given(house))
    assert await house.told(ANNA.telegram_id) == ["told.same_person", "told.same_person"]
    assert (await house.lead(theirs)).contact_id != (await house.lead(site)).contact_id


async def test_a_merge_can_be_undone_and_forgotten(house: House) -> None:
    await writes_on_site(house, "Мой телефон 8 916 123-45-67")
    lead = await house.lead(await site_lead(house))
    await opens(house, "Ольга", await given(house))

    def parted(tx: Tx) -> None:
        merge = last_merge_of(tx, lead.contact_id)
        assert merge is not None
        undo_merge(tx, merge, house.now)
        assert last_merge_of(tx, lead.contact_id) is None

    await house.do(parted)
    olga = await contact_of(house, "telegram", str(house.customer("Ольга")))
    assert olga.id != lead.contact_id and olga.joined_id is None
    assert (await contact_of(house, "webchat", VISITOR)).id == lead.contact_id
    await opens(house, "Ольга", await given(house))
    await forget(house.store, lead.contact_id, house.now)
    left = await house.store.read(
        lambda tx: [tx.execute(sa.select(table)).all() for table in (merges, passes, channel_identities)]
    )
    assert left == [[], [], []]
    assert {row.name for row in await house.store.read(lambda tx: tx.execute(sa.select(contacts)).all())} == {"…"}


async def test_only_start_follows(house: House) -> None:
    said = house.says("Иван", "привет")
    assert await house.do(follow_pass, said, house.now) is said
