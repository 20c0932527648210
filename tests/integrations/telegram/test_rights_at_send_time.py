"""What is on its way when somebody leaves, or when the lead moves on: it is looked at again before it goes."""

from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.locales import Texts
from bot.ports import OutboxItem
from bot.storage.outbox import due_items
from bot.storage.store import Store
from bot.storage.store.base import Tx
from bot.storage.tables import memberships
from bot.use_cases.hand_off_lead import hand_to_sales
from integrations.telegram.client import Call
from integrations.telegram.errands import all_errands
from integrations.telegram.errands.base import Nothing, Surroundings
from tests.conftest import MovableClock
from tests.use_cases.house import ANNA, BOT, MARIA, POLICY, House

ERRANDS = all_errands(Surroundings(Texts("ru", ZoneInfo("Europe/Moscow")), POLICY, BOT, False, "gemba_bot"))


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    opened = House(store, clock)
    await opened.opens()
    return opened


def she_is_gone(tx: Tx) -> None:
    """As when Telegram's word of it and a promise made just before cross each other."""
    tx.execute(sa.update(memberships).where(memberships.c.telegram_id == ANNA.telegram_id).values(status="left"))


async def pending(house: House, kind: str) -> OutboxItem:
    items = await house.store.read(due_items, house.now, [], 100)
    return next(item for item in items if item.kind == kind)


async def test_a_late_word_after_closing(house: House) -> None:
    lead_id = await house.owned_lead()
    await house.wins(ANNA, lead_id)
    await house.delivers()
    await house.forgets_promises()
    await house.writes("Иван", "Спасибо!")
    item = await pending(house, "relay")
    assert isinstance(await house.store.read(ERRANDS["relay"].prepare, item, house.now), Call)
    await house.store.write(she_is_gone)
    assert isinstance(await house.store.read(ERRANDS["relay"].prepare, item, house.now), Nothing)


async def test_a_correction_of_what_was_sent(house: House) -> None:
    await house.owned_lead()
    await house.says_to_bot(ANNA, "Стол готв", message_id=501)
    await house.delivers()
    await house.forgets_promises()
    await house.corrects(ANNA, 501, "Стол готов")
    item = await pending(house, "answer_edit")
    assert isinstance(await house.store.read(ERRANDS["answer_edit"].prepare, item, house.now), Call)
    await house.store.write(she_is_gone)
    assert isinstance(await house.store.read(ERRANDS["answer_edit"].prepare, item, house.now), Nothing)


async def test_a_card_for_marketing_that_the_lead_has_outrun(house: House) -> None:
    lead_id = (await house.shows_photo("Иван")).lead_id
    item = await pending(house, "card")
    assert item.payload["place"] == "marketing"
    assert isinstance(await house.store.read(ERRANDS["card"].prepare, item, house.now), Call)
    assert lead_id is not None
    await house.do(hand_to_sales, lead_id, MARIA, POLICY, house.now)
    assert isinstance(await house.store.read(ERRANDS["card"].prepare, item, house.now), Nothing)
