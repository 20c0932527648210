"""Five hundred leads in a minute into one group, in simulated time, under the limits that Telegram keeps."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest
import sqlalchemy as sa

from bot.storage.store import Store
from bot.storage.tables import cards
from bot.storage.team import teammate_by_telegram
from bot.use_cases.answer_customer import answer_customer
from bot.use_cases.show_board import MOST_LINES
from integrations.telegram.callbacks import Tap, unpack
from tests.conftest import MovableClock
from tests.integrations.telegram.simulated import Made, Simulation, Wire
from tests.use_cases.house import ANNA, BORIS, SALES, House

LEADS, SECONDS = 500, 60
HOT, COLD = "Хочу заказать кухню срочно, сколько стоит? Мой телефон +7 916 123-45-67", "Здравствуйте"


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    opened = House(store, clock)
    await opened.opens()
    return opened


class Shop:
    """Who came when, when a button that takes him first stood in the group, and how long answers took."""

    def __init__(self, house: House, wire: Wire, random: Random) -> None:
        self._house, self._random = house, random
        self._free: list[int] = []
        self._chats: dict[int, int] = {}
        self._said: dict[int, datetime] = {}
        """When what is on its way to a customer's chat was written."""
        self.came: dict[int, datetime] = {}
        self.hot: set[int] = set()
        self.claimable: dict[int, datetime] = {}
        self.answered: list[float] = []
        wire.on_made = self._looks

    async def comes(self, name: str, hot: bool) -> None:
        received = await self._house.writes(name, HOT if hot else COLD)
        assert received.lead_id is not None
        self.came[received.lead_id] = self._house.now
        self._chats[received.lead_id] = self._house.customer(name)
        if hot:
            self.hot.add(received.lead_id)

    async def takes_and_answers(self) -> None:
        """Somebody takes any of those that can be taken, and writes to the customer at once."""
        if not self._free:
            return
        lead_id = self._free.pop(self._random.randrange(len(self._free)))
        seller = self._random.choice([ANNA, BORIS])
        await self._house.claims(seller, lead_id)
        mate = await self._house.store.read(teammate_by_telegram, seller.telegram_id)
        assert mate is not None
        words = self._house.words(seller, "Добрый день!")
        await self._house.do(answer_customer, lead_id, mate, words, self._house.now)
        self._said[self._chats[lead_id]] = self._house.now

    def _looks(self, made: Made) -> None:
        if made.method == "copyMessage" and (said_at := self._said.pop(made.params["chat_id"], None)) is not None:
            self.answered.append((made.at - said_at).total_seconds())
        if made.params["chat_id"] == SALES:
            new = [lead_id for lead_id in buttons_of(made) if lead_id not in self.claimable]
            self.claimable |= dict.fromkeys(new, made.at)
            self._free += new

    def waits(self) -> list[float]:
        return sorted((self.claimable[lead_id] - at).total_seconds() for lead_id, at in self.came.items())

    def overtaken(self) -> list[int]:
        """Hot ones that stood there later than a cold one who had not come before them."""
        return [
            hot
            for hot in self.hot
            for cold in self.came.keys() - self.hot
            if self.came[cold] >= self.came[hot] and self.claimable[cold] < self.claimable[hot]
        ]


def buttons_of(made: Made) -> list[int]:
    rows = made.params.get("reply_markup", {}).get("inline_keyboard", [])
    pressed = [unpack(key["callback_data"]) for row in rows for key in row]
    return [each.number for each in pressed if each is not None and each.tap is Tap.CLAIM]


@pytest.mark.long
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_five_hundred_leads_in_a_minute(house: House) -> None:
    """A third of them is taken and answered meanwhile; claims, answers, desks and edits all have their budgets."""
    wire, began = Wire(house.clock), house.now
    shop, simulation = Shop(house, wire, Random(1)), Simulation(house.store, house.clock, wire)
    for n in range(LEADS):
        at = began + timedelta(seconds=n * SECONDS / LEADS)
        simulation.plan(at, partial(shop.comes, f"Клиент {n}", n % 7 == 0))
        if n % 3 == 0:
            simulation.plan(at + timedelta(seconds=1), shop.takes_and_answers)
    await simulation.run(began + timedelta(seconds=SECONDS + 12))
    waits = shop.waits()
    assert (len(waits), wire.refused, shop.overtaken()) == (LEADS, [], [])
    assert waits[int(LEADS * 0.95)] <= 5 and waits[-1] <= 10
    assert len(shop.answered) > LEADS / 4 and max(shop.answered) < 1
    posted = [made for made in wire.made if made.params["chat_id"] == SALES and made.method == "sendMessage"]
    assert len(posted) < 30, "few messages, most of them boards"


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_the_coldest_of_more_than_a_board_holds_is_shown_as_well(house: House) -> None:
    """He came first and it is his turn; the board of his turn has room for the hottest alone."""
    wire = Wire(house.clock)
    came = [(await house.writes("Первый", "Здравствуйте")).lead_id]
    came += [(await house.writes(f"Клиент {n}", "Сколько стоит кухня?")).lead_id for n in range(MOST_LINES + 5)]
    await Simulation(house.store, house.clock, wire).run(house.now + timedelta(seconds=30))
    shown = await house.store.read(
        lambda tx: set(tx.scalars(sa.select(cards.c.lead_id).where(cards.c.place == "sales")))
    )
    assert shown == set(came)
