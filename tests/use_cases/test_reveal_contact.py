"""Where contacts are masked, its owner alone reads the number, and the log says that he did."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.domain.leads import DeadlineKind
from bot.domain.messages import Sender, Touch
from bot.locales import LOCALES, Texts
from bot.storage.deadlines import set_deadline
from bot.storage.store import Tx
from bot.storage.tables import consents
from bot.use_cases.forget_contact import forget, silent_contacts
from bot.use_cases.reveal_contact import Revealed, reveal_contact
from bot.use_cases.team import Gone, NotAllowed, NotYours
from bot.use_cases.turn_page import PAGES, turn_page
from bot.use_cases.view_lead import masked, view_lead
from integrations.telegram.cards import render_card
from integrations.telegram.html import LONGEST_TEXT
from integrations.telegram.sandbox.entities import parse_html
from integrations.telegram.views import render_view
from scheduler.retention import RetentionJob
from tests.use_cases.house import ANNA, BORIS, MARIA, POLICY, SALES, STRANGER, VIKTOR, House

HIDING = replace(POLICY, mask_contacts=True)
PHONE, EMAIL, USERNAME = "+79165550142", "ivan@example.org", "ivan_petrov"
SENDER = Sender("5000", "Иван", USERNAME, phone=PHONE, email=EMAIL)
PLAIN = ("916 555-01-42", "9165550142", EMAIL, USERNAME)


async def known(house: House) -> int:
    said = await house.writes("Иван", "Перезвоните: 8 916 555-01-42", sender=SENDER)
    await house.delivers()
    await house.claims(ANNA, said.lead_id)
    await house.delivers()
    assert said.lead_id is not None
    return said.lead_id


def shown(tx: Tx, house: House, asked: dict[str, Any], policy: Any = HIDING, locale: str = "ru") -> str:
    texts = Texts(locale, ZoneInfo("Europe/Moscow"))
    rendered = render_view(tx, {**asked, "policy": policy}, texts, house.now)
    parse_html(str(rendered.text))
    assert len(rendered.text) <= LONGEST_TEXT
    return str(rendered.text)


async def test_nobody_reads_the_number_on_any_card_or_page(house: House) -> None:
    lead_id = await known(house)
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None
    texts = Texts("ru", ZoneInfo("Europe/Moscow"))
    for place in ("sales", "marketing", "feedback", "desk:1"):
        card = str(render_card(masked(view), place, texts).text)
        assert not [word for word in PLAIN if word in card], place
    desk = render_card(masked(view), "desk:1", texts)
    assert "+7 916 •••-••-42 · i•••@example.org · @i•••" in desk.text
    assert texts.plain("button.show_contact") in [key["text"] for row in desk.keyboard for key in row]
    for page in PAGES:
        asked = {"view": "lead", "lead": lead_id, "viewer": 101, "private": True, "page": page, "number": 0}
        told = await house.store.read(shown, house, asked)
        assert not [word for word in PLAIN if word in told], page


async def test_the_owner_has_it_shown_to_him_alone_and_it_is_logged(house: House) -> None:
    lead_id = await known(house)
    for person, refused in ((BORIS, NotYours("Анна")), (VIKTOR, NotYours("Анна")), (STRANGER, NotAllowed("sales"))):
        assert await house.do(reveal_contact, lead_id, person, HIDING, house.now) == refused
    assert await house.do(reveal_contact, 99, ANNA, HIDING, house.now) == Gone()
    assert "contact_revealed" not in await house.events(lead_id)
    assert await house.do(reveal_contact, lead_id, ANNA, HIDING, house.now) == Revealed(lead_id, True)
    (item,) = await house.promised("view")
    assert item.destination == f"telegram:{ANNA.telegram_id}"
    told = await house.store.read(shown, house, dict(item.payload))
    assert "+7 916 555-01-42" in told and EMAIL in told and f"@{USERNAME}" in told
    assert (await house.events(lead_id))[-1] == "contact_revealed"
    await house.releases(ANNA, lead_id)
    late = await house.store.read(shown, house, dict(item.payload))
    assert not [word for word in PLAIN if word in late]  # what waited is rendered when it goes, to who owns it then


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_pages_tell_the_story(house: House, locale: str) -> None:
    touch = Touch(
        source="yandex", campaign="осень", content="баннер-3", term="кухня недорого", landing_page="/kuhni",
        referrer="https://ya.ru/search", offer="замер", answers={"Метраж": "12"},
    )  # fmt: skip
    lead_id = (await house.writes("Иван", "Сколько стоит кухня?", sender=SENDER, touch=touch)).lead_id
    await house.claims(ANNA, lead_id)
    assert lead_id is not None
    await house.wins(ANNA, lead_id)
    house.clock.advance(days=5)
    second = (await house.writes("Иван", "Нужен ещё шкаф", sender=SENDER)).lead_id
    assert second is not None
    await house.claims(BORIS, second)

    def more(tx: Tx) -> None:
        set_deadline(tx, second, DeadlineKind.CALL_BACK, house.now + timedelta(hours=2))
        row = {"contact_id": 1, "purpose": "personal_data", "given": True, "text_version": "1", "source": "form:zamer"}
        tx.execute(consents.insert().values(**row, at=house.now))

    await house.do(more)
    texts = Texts(locale, ZoneInfo("Europe/Moscow"))
    asked = {"view": "lead", "lead": second, "viewer": 102, "private": True}
    told = await house.store.read(shown, house, asked, POLICY, locale)
    for word in ("баннер-3", "кухня недорого", "https://ya.ru/search", "/kuhni", "замер", "Метраж: 12", "№1"):
        assert word in told, word
    assert texts.plain("card.call_at", moment=texts.moment(house.now + timedelta(hours=2))) in told
    where = f"{texts.plain('channel.form')} «zamer»"
    assert texts.plain("lead.consent", at=texts.moment(house.now), where=where) in told
    short = await house.store.read(shown, house, {**asked, "private": False}, POLICY, locale)
    assert "баннер-3" not in short and len(short) < len(told)
    audit = await house.store.read(shown, house, {**asked, "page": "audit"}, POLICY, locale)
    assert f"Борис · {texts.plain('audit.claimed')}" in audit
    touches = await house.store.read(shown, house, {**asked, "page": "touches"}, POLICY, locale)
    assert "yandex" in touches and "<b>+" in touches
    said = await house.store.read(shown, house, {**asked, "page": "messages"}, POLICY, locale)
    assert said.index("шкаф") < said.index("Сколько стоит")


async def test_a_long_story_is_paged(house: House) -> None:
    lead_id = await known(house)
    for number in range(25):
        await house.writes("Иван", f"<слово> {number} " * 60, sender=SENDER)
    for number in (0, 1, 2, 99):
        asked = {"view": "lead", "lead": lead_id, "viewer": 101, "private": True, "page": "messages", "number": number}
        assert "&lt;слово&gt;" in await house.store.read(shown, house, asked)


async def test_pages_are_for_the_team(house: House) -> None:
    lead_id = await known(house)
    place = (SALES, 7)
    assert await house.do(turn_page, lead_id, "audit", 0, *place, STRANGER, POLICY, house.now) == NotAllowed("sales")
    assert await house.do(turn_page, 99, "audit", 0, *place, MARIA, POLICY, house.now) == Gone()
    assert await house.do(turn_page, lead_id, "audit", 0, *place, MARIA, POLICY, house.now) is None
    (item,) = await house.promised("view")
    assert (item.payload["page_of"], item.payload["page"], item.payload["manager"]) == (7, "audit", False)


async def test_a_forgotten_lead_has_one_line(house: House) -> None:
    lead_id = await known(house)
    await forget(house.store, (await house.lead(lead_id)).contact_id, house.now)
    for page in PAGES:
        asked = {"view": "lead", "lead": lead_id, "viewer": 101, "private": True, "page": page}
        told = await house.store.read(shown, house, asked, POLICY)
        assert told.count("\n") == 1


async def test_who_has_been_silent_for_long_is_forgotten(house: House) -> None:
    closed = await house.owned_lead("Иван")
    await house.rejects(ANNA, closed)
    still_open = await house.owned_lead("Пётр")
    await house.starts("Олег")  # said nothing, and has no lead
    house.clock.advance(days=29)
    job = RetentionJob(house.store, house.clock, house.clock.now, 30)
    await job.run()
    assert len(await house.messages()) == 3
    house.clock.advance(days=2)
    await house.writes("Новый")
    await RetentionJob(house.store, house.clock, house.clock.now, None).run()
    assert len(await house.store.read(silent_contacts, house.now - timedelta(days=30), 10)) == 2
    await job.run()
    names = await house.store.read(lambda tx: list(tx.scalars(sa.text("SELECT name FROM contacts ORDER BY id"))))
    assert names == ["…", "Пётр", "…", "Новый"]
    assert (await house.lead(still_open)).status == "claimed"
