"""Five hundred leads in a minute into one group, in simulated time, under the limits that Telegram keeps."""

from datetime import datetime, timedelta
from functools import partial
from random import Random
from statistics import median

import pytest

from bot.storage.store import Store
from integrations.telegram.callbacks import Tap, unpack
from tests.conftest import MovableClock
from tests.integrations.telegram.simulated import Made, Simulation, Wire
from tests.use_cases.house import ANNA, BORIS, SALES, House

LEADS, SECONDS = 500, 60
HOT, COLD = "Хочу заказать кухню срочно, сколько стоит? Мой телефон +7 916 123-45-67", "Здравствуйте"


class Shop:
    """Who came when, and when a button that takes him first stood in the group."""

    def __init__(self, house: House, wire: Wire) -> None:
        self.house = house
        self.came: dict[int, datetime] = {}
        self.hot: set[int] = set()
        self.claimable: dict[int, datetime] = {}
        self.newest: list[int] = []
        wire.on_made = self.looks

    async def comes(self, name: str, hot: bool) -> None:
        received = await self.house.writes(name, HOT if hot else COLD)
        assert received.lead_id is not None
        self.came[received.lead_id] = self.house.now
        if hot:
            self.hot.add(received.lead_id)

    def looks(self, made: Made) -> None:
        if made.params["chat_id"] != SALES:
            return
        for lead_id in buttons_of(made):
            if lead_id not in self.claimable:
                self.claimable[lead_id] = made.at
                self.newest.append(lead_id)

    async def claims(self, random: Random) -> None:
        if self.newest:
            lead_id = self.newest.pop(random.randrange(len(self.newest)))
            await self.house.claims(random.choice([ANNA, BORIS]), lead_id)

    def waits(self) -> list[float]:
        return sorted((self.claimable[lead] - at).total_seconds() for lead, at in self.came.items())


def buttons_of(made: Made) -> list[int]:
    rows = made.params.get("reply_markup", {}).get("inline_keyboard", [])
    pressed = [unpack(key["callback_data"]) for row in rows for key in row]
    return [each.number for each in pressed if each is not None and each.tap is Tap.CLAIM]


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    opened = House(store, clock)
    await opened.opens()
    return opened


async def test_a_burst(house: House) -> None:
    wire, random, began = Wire(house.clock), Random(1), house.now
    shop, simulation = Shop(house, wire), Simulation(house.store, house.clock, wire)
    for n in range(LEADS):
        at = began + timedelta(seconds=n * SECONDS / LEADS)
        simulation.plan(at, partial(shop.comes, f"Клиент {n}", n % 7 == 0))
        if n % 3 == 0:
            simulation.plan(at + timedelta(seconds=1), partial(shop.claims, random))
    await simulation.run(began + timedelta(seconds=SECONDS + 12))
    waits = shop.waits()
    print(
        median(waits),
        waits[int(len(waits) * 0.95)],
        waits[-1],
        len(wire.made),
        sum(m.params["chat_id"] == SALES for m in wire.made),
        len([m for m in wire.made if m.params["chat_id"] == SALES and m.method == "sendMessage"]),
    )
    assert wire.refused == []
    assert waits[int(len(waits) * 0.95)] <= 5 and waits[-1] <= 10
    assert 0
