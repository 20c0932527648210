"""A browser tells of earlier visits: each is one touch at its own time, and first and last are never overwritten."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.messages import InboundMessage, PageView, Sender, Touch, Trail, Visit
from bot.storage.tables import page_views, touches
from bot.storage.visits import MOST_VIEWS
from bot.use_cases.export_person import export_person
from bot.use_cases.forget_contact import forget
from bot.use_cases.receive_message import Received, receive_message
from bot.use_cases.score_lead import gather_facts
from bot.use_cases.view_history import touches_of
from bot.use_cases.view_lead import view_lead
from tests.use_cases.house import House

VISITOR = "Vis1torVis1torVis1tor0"


def came(house: House, *, seconds: int = 70, pages: int = 1) -> Trail:
    """Ten days ago by an ad, yesterday from a search."""
    day = timedelta(days=1)
    ad = Touch(source="yandex", campaign="Осень", landing_page="https://shop.example/prices", ym_uid="1700000000")
    search = Touch(referrer="https://google.com/", landing_page="https://shop.example/")
    views = tuple(
        PageView(f"/kitchens/{number}", house.now - day + timedelta(seconds=number), seconds) for number in range(pages)
    )
    return Trail((Visit(ad, house.now - 10 * day, "ad"), Visit(search, house.now - day, "search")), views)


async def says(house: House, trail: Trail | None, number: str = "m-1", **more: Any) -> Received:
    sender = Sender(VISITOR, "Ольга", unproven=True)
    said = InboundMessage(
        "webchat", sender, f"webchat:{VISITOR}", number, house.now, text="Сколько?", trail=trail, **more
    )
    received = await house.do(receive_message, said, house.policy, house.now)
    assert isinstance(received, Received)
    return received


async def rows(house: House, table: sa.Table) -> list[Any]:
    return await house.store.read(lambda tx: list(tx.execute(sa.select(table).order_by(table.c.at, table.c.id))))


async def test_first_and_last_stand_at_their_own_times(house: House) -> None:
    began, trail = house.now, came(house)
    lead_id = (await says(house, trail)).lead_id
    assert [(row.kind, row.source, row.at) for row in await rows(house, touches)] == [
        ("visit", "yandex", began - timedelta(days=10)),
        ("visit", None, began - timedelta(days=1)),
    ]
    for number in range(3):
        house.clock.advance(minutes=1)
        await says(house, trail, f"again-{number}")
    assert len(await rows(house, touches)) == 2, "told again, it is the same visit"

    assert lead_id is not None
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and view.first_touch is not None and view.last_touch is not None
    assert (view.first_touch["campaign"], view.last_touch["referrer"]) == ("Осень", "https://google.com/")
    newer = Trail((trail.visits[0], Visit(Touch(source="vk"), house.now, "vk")))
    await says(house, newer, "newer")
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and view.first_touch is not None and view.last_touch is not None
    assert (view.first_touch["source"], view.last_touch["source"]) == ("yandex", "vk")


async def test_pages_and_their_time(house: House) -> None:
    lead_id = (await says(house, came(house, seconds=20))).lead_id
    await says(house, came(house, seconds=90), "more")
    await says(house, came(house, seconds=30), "less")
    assert [row.seconds for row in await rows(house, page_views)] == [90]
    await says(house, came(house, pages=MOST_VIEWS + 9), "many")
    kept = await rows(house, page_views)
    assert len(kept) == MOST_VIEWS and kept[0].page == "/kitchens/9", "the newest stay"
    assert lead_id is not None
    view = await house.store.read(view_lead, lead_id, house.now)
    assert view is not None and view.pages[0].page == f"/kitchens/{MOST_VIEWS + 8}"


async def test_what_was_looked_at_counts(house: House) -> None:
    received = await says(house, came(house))
    lead = await house.lead(received.lead_id)
    brought = {reason["rule"] for reason in lead.reasons}
    assert {"visited_prices", "visited", "read_pages"} <= brought
    told = await house.store.read(touches_of, lead.contact_id, house.policy.rules, house.now)
    assert any(line.kind == "page" and line.typed == ("/kitchens/0",) and line.points for line in told)
    kinds = {event.kind for event in (await house.store.read(gather_facts, lead.contact_id)).events}
    assert kinds == {"visit", "page", "message"}


async def test_told_and_forgotten_with_the_person(house: House) -> None:
    lead = await house.lead((await says(house, came(house))).lead_id)
    told = await house.store.read(export_person, lead.contact_id)
    assert told is not None and told["pages"][0]["page"] == "/kitchens/0"
    assert told["touches"][0]["ym_uid"] == "1700000000"
    await forget(house.store, lead.contact_id, house.now)
    assert await rows(house, page_views) == []
    assert all(row.ym_uid is None and row.referrer is None for row in await rows(house, touches))
