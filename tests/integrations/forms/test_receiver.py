"""The address of the forms: what each kind of caller is answered."""

from collections.abc import AsyncIterator, Awaitable
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.errors import StoreUnavailableError
from bot.locales import Texts
from bot.ports import Answer, RawEvent
from integrations.forms.body import LARGEST_BODY
from integrations.forms.mapping import Form
from integrations.forms.receiver import Doors, Receiver
from integrations.gate import Gate

SITE = "https://shop.example"
SEAL = "the-seal"
FORMS: dict[str, Form] = {}
GOOD = {"phone": "+7 916 123-45-67", "name": "Иван"}
Client = TestClient[web.Request, web.Application]


class Desk:
    """Takes events as the intake does."""

    def __init__(self) -> None:
        self.events: list[RawEvent] = []
        self.away = False

    async def take(self, event: RawEvent) -> Answer | None:
        if self.away:
            raise StoreUnavailableError
        self.events.append(event)
        return Answer(event.raw["number"])


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[Client]:
    texts = {locale: Texts(locale, ZoneInfo("Europe/Moscow")) for locale in ("ru", "en")}
    gate = Gate({SITE}, {"127.0.0.1"}, a_minute=3, a_minute_by_server=5)
    doors = Doors(gate, Gate({SITE}, {"127.0.0.1"}, a_minute=3, a_minute_by_server=3))
    app = web.Application()
    app.add_routes(Receiver(desk.take, doors, FORMS, texts, "ru", "RU", SEAL, https=True).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def answered(response: Any) -> tuple[int, Any]:
    return response.status, await response.json()


async def test_json_and_both_kinds_of_forms(client: Client, desk: Desk) -> None:
    for sent in ({"json": GOOD}, {"data": GOOD}, {"data": _multipart()}):
        status, body = await answered(await client.post("/forms/callback", **sent))
        assert status == 202 and body["status"] == "accepted"
        assert desk.events[-1].raw["number"] == body["id"]
    assert len(desk.events) == 3


def _multipart() -> Any:
    import aiohttp

    form = aiohttp.FormData(GOOD)
    form.add_field("plan", b"%PDF", filename="plan.pdf")
    return form


@pytest.mark.parametrize("sent", [{"json": {"test": "test"}}, {"data": {"test": "test"}}])
async def test_a_form_builder_asks_whether_anybody_is_here(client: Client, desk: Desk, sent: Any) -> None:
    assert (await client.post("/forms/tilda", **sent)).status == 200
    assert desk.events == []


async def test_its_own_number_makes_it_one_event(client: Client, desk: Desk) -> None:
    for _ in range(2):
        await client.post("/forms/callback", json={**GOOD, "submission_id": "s-1"})
    assert {event.external_id for event in desk.events} == {"callback:id:s-1"}


@pytest.mark.parametrize(
    ("language", "told"), [("ru-RU,ru;q=0.9", "Проверьте номер"), ("en", "Check the number"), ("fr", "Проверьте номер")]
)
async def test_errors_by_field_in_the_visitors_language(client: Client, language: str, told: str) -> None:
    response = await client.post("/forms/callback", json={"phone": "1"}, headers={"Accept-Language": language})
    status, body = await answered(response)
    assert status == 422 and told in body["errors"]["phone"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"[]", {"Content-Type": "application/json"}, 400),
        (b"", {"Content-Type": "application/json"}, 400),
        (b"\xff\xfe", {"Content-Type": "application/json"}, 400),
        (b'{"phone":"89161234567","x":%b1%b}' % (b"[" * 900, b"]" * 900), {"Content-Type": "application/json"}, 400),
        (
            b'{"phone":"89161234567","x":%b1%b}' % (b'{"a":' * 300, b"}" * 300),
            {"Content-Type": "application/json"},
            400,
        ),
        (b"--x\r\nbroken", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"phone=%ff", {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}, 400),
        (b"x" * (LARGEST_BODY + 1), {"Content-Type": "application/json"}, 413),
    ],
)
async def test_what_cannot_be_read(
    client: Client, desk: Desk, body: bytes, headers: dict[str, str], status: int
) -> None:
    told, answer = await answered(await client.post("/forms/callback", data=body, headers=headers))
    assert told == status and answer["error"] and desk.events == []


async def test_a_site_must_be_known_and_a_server_need_not(client: Client) -> None:
    ours = await client.post("/forms/callback", json=GOOD, headers={"Origin": SITE})
    assert ours.status == 202 and ours.headers["Access-Control-Allow-Origin"] == SITE
    foreign = await client.post("/forms/callback", json=GOOD, headers={"Origin": "https://evil.example"})
    assert foreign.status == 403 and "Access-Control-Allow-Origin" not in foreign.headers
    assert (await client.options("/forms/callback", headers={"Origin": SITE})).status == 204
    assert (await client.options("/forms/callback", headers={"Origin": "null"})).status == 403
    assert (await client.post("/forms/<b>", json=GOOD)).status == 404


async def test_a_pace_for_each_address(client: Client) -> None:
    def visitor(address: str) -> Awaitable[Any]:
        headers = {"Origin": SITE, "X-Forwarded-For": f"6.6.6.6, {address}"}
        return client.post("/forms/callback", json=GOOD, headers=headers)

    assert [(await visitor("1.1.1.1")).status for _ in range(4)] == [202, 202, 202, 429]
    assert 1 <= int((await visitor("1.1.1.1")).headers["Retry-After"]) <= 60
    assert (await visitor("2.2.2.2")).status == 202


async def test_without_the_store_it_is_told_to_come_again(client: Client, desk: Desk) -> None:
    desk.away = True
    response = await client.post("/forms/callback", json=GOOD)
    assert response.status == 503 and response.headers["Retry-After"] == "5"


async def test_no_body_whatever_breaks_it(client: Client, desk: Desk) -> None:
    """Drawn at random, of every kind that a form may be sent as: read or refused, never an error of ours."""
    dice = Random(7)
    kinds = (
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
    )
    words = (
        b"--x\r\n",
        b'Content-Disposition: form-data; name="phone"\r\n\r\n',
        b"{",
        b'"phone":',
        b"\x00\xff",
        b"&=%",
        b"1" * 99,
    )
    for number in range(200):
        body = b"".join(dice.choices(words, k=dice.randrange(8)))
        headers = {"Content-Type": dice.choice(kinds), "X-Forwarded-For": f"10.1.1.{number}"}
        response = await client.post("/forms/callback", data=body, headers=headers)
        assert response.status in (202, 400, 422), (body, headers)
