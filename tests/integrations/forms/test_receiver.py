"""The address of the forms: what each kind of caller is answered."""

import base64
import gzip
import hmac
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
from integrations.forms.loading import presets
from integrations.forms.mapping import Form
from integrations.forms.receiver import Doors, Receiver
from integrations.forms.secret import Secret
from integrations.gate import Gate

SITE = "https://shop.example"
SEAL = "the-seal"
FORMS = {
    "tilda": presets()["tilda"],
    "header": Form(secret=Secret("header", "X-Api-Key", "K", "s3cret")),
    "query": Form(secret=Secret("query", "key", "K", "s3cret")),
    "field": Form(secret=Secret("field", "api_key", "K", "s3cret")),
    "signed": Form(secret=Secret("signature", "Signature", "K", "s3cret")),
    "scripted": Form(script=True),
}
FROM_SITE = {"Origin": SITE, "Sec-Fetch-Site": "cross-site"}
PAGE = {**FROM_SITE, "Accept": "text/html,application/xhtml+xml"}
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


async def test_tilda_hears_what_it_wants_to_hear(client: Client, desk: Desk) -> None:
    for sent in ({"test": "test"}, {"Phone": "89161234567", "tranid": "1:2"}, {"Name": "Ольга", "Phone": "12"}):
        response = await client.post("/forms/tilda", data=sent)
        assert (response.status, await response.text()) == (200, "ok")
    assert len(desk.events) == 2 and desk.events[1].raw["keeps_errors"]


@pytest.mark.parametrize("shown", ["", "wrong", "s3cre", "s3cret!", "\u0441"])
async def test_without_the_secret_nothing_is_taken(client: Client, desk: Desk, shown: str) -> None:
    told = [
        await client.post("/forms/header", json=GOOD, headers={"X-Api-Key": shown.encode("ascii", "ignore").decode()}),
        await client.post("/forms/query", json=GOOD, params={"key": shown}),
        await client.post("/forms/field", json={**GOOD, "api_key": shown}),
        await client.post("/forms/signed", json=GOOD, headers={"Signature": "sha256=" + "0" * 64}),
    ]
    assert [response.status for response in told] == [401] * 4 and desk.events == []


async def test_with_the_secret_it_is_and_nobody_reads_it_again(client: Client, desk: Desk) -> None:
    body = b'{"phone":"89161234567"}'
    digest = hmac.digest(b"s3cret", body, "sha256")
    signed = [f"sha256={base64.b64encode(digest).decode()}", digest.hex()]
    told = [
        await client.post("/forms/header", json=GOOD, headers={"X-Api-Key": "Bearer s3cret"}),
        await client.post("/forms/query", json=GOOD, params={"key": "s3cret"}),
        await client.post("/forms/field", data={**GOOD, "api_key": "s3cret"}),
        *[await client.post("/forms/signed", data=body, headers={"Signature": each}) for each in signed],
    ]
    assert [response.status for response in told] == [202] * 5
    assert "s3cret" not in str(desk.events)


@pytest.mark.parametrize(
    ("form", "sent", "headers", "sign"),
    [
        ("order", {"json": {**GOOD, "gemba_seal": SEAL, "gemba_took": 2_400}}, FROM_SITE, None),
        ("order", {"json": GOOD}, FROM_SITE, None),
        ("order", {"data": GOOD}, FROM_SITE, None),
        ("order", {"data": GOOD}, {}, None),
        ("order", {"json": {**GOOD, "gemba_seal": SEAL, "gemba_took": 300}}, FROM_SITE, "haste"),
        ("order", {"json": {**GOOD, "gemba_seal": "guessed", "gemba_took": 9_000}}, FROM_SITE, "forged"),
        ("order", {"json": {**GOOD, "gemba_seal": SEAL, "gemba_took": "soon"}}, FROM_SITE, "forged"),
        ("order", {"json": {**GOOD, "gemba_url": "https://spam.example"}}, FROM_SITE, "trap"),
        ("order", {"data": {**GOOD, "gemba_url": "x"}}, {}, "trap"),
        ("order", {"data": GOOD}, {"Origin": SITE}, "no_script"),
        ("scripted", {"json": GOOD}, {}, "no_script"),
    ],
)
async def test_robots_are_thanked_like_everybody(
    client: Client, desk: Desk, form: str, sent: Any, headers: dict[str, str], sign: str | None
) -> None:
    status, body = await answered(await client.post(f"/forms/{form}", headers=headers, **sent))
    assert status == 202 and set(body) == {"status", "id"}
    (event,) = desk.events
    assert event.raw.get("robot") == sign and "gemba" not in str(event.raw["fields"])


async def test_what_is_wrong_is_told_before_it_is_sent_and_nothing_is_stored(client: Client, desk: Desk) -> None:
    looks = {"check": "1", "lang": "en"}
    for _ in range(2):
        told = await answered(await client.post("/forms/order", json={"tel": "1"}, params=looks, headers=FROM_SITE))
        assert told == (422, {"errors": {"tel": "Check the number: there is no such phone."}})
    fine = await client.post("/forms/order", json=GOOD, params=looks, headers=FROM_SITE)
    assert (fine.status, desk.events) == (200, [])
    again = await client.post("/forms/order", json=GOOD, params=looks, headers=FROM_SITE)
    assert again.status == 429, "asking has a pace of its own"
    assert (await client.post("/forms/order", json=GOOD, headers=FROM_SITE)).status == 202


async def test_without_scripts_a_page_thanks_or_asks_again(client: Client, desk: Desk) -> None:
    asked = await client.post("/forms/order", data={"tel": "<b>", "name": '"><script>', "_next": "/ok"}, headers=PAGE)
    page = await asked.text()
    assert asked.status == 422 and asked.content_type == "text/html"
    assert "<script>" not in page and "&lt;b&gt;" in page and f'value="{SITE}/ok"' in page
    for wanted, location in (("/thanks", f"{SITE}/thanks"), (f"{SITE}/a?b=1", f"{SITE}/a?b=1")):
        sent = await client.post(
            "/forms/order",
            data={**GOOD, "_next": wanted},
            headers={**PAGE, "X-Forwarded-For": "7.7.7.7"},
            allow_redirects=False,
        )
        assert (sent.status, sent.headers["Location"]) == (303, location)
    assert "_next" not in str(desk.events)


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example", ""]
)
async def test_nobody_is_sent_on_to_a_foreign_page(client: Client, wanted: str) -> None:
    sent = await client.post("/forms/order", data={**GOOD, "_next": wanted}, headers=PAGE, allow_redirects=False)
    assert sent.status == 200 and "Location" not in sent.headers and "evil" not in await sent.text()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {**GOOD, **{f"q{n}": "a" for n in range(10_000)}}}, 413),
        ({"json": {**GOOD, **{f"q{n}": n for n in range(3_000)}}}, 422),
        ({"json": {**GOOD, "na\x00me": "a\x00b", "<script>": "<img src=x>", "": "nameless"}}, 202),
        ({"data": {**{f"a[{n}]" * 40: "x" for n in range(20)}, **GOOD}}, 202),
        ({"data": gzip.compress(b"0" * 30_000_000), "headers": {"Content-Encoding": "gzip"}}, 413),
        ({"json": {**GOOD, "trail": {"first": ["x"], "pages": "y"}}}, 202),
        (
            {
                "json": {
                    **GOOD,
                    "q": [[[{"a": 1}]]],
                    "answers": [{"q": {"x": 1}, "a": None}, {"q": "?", "a": {"b": []}}],
                }
            },
            202,
        ),
    ],
)
async def test_hostile_bodies_are_read_or_refused(client: Client, desk: Desk, sent: Any, status: int) -> None:
    assert (await client.post("/forms/order", **sent)).status == status
    assert len(desk.events) == (status == 202)
