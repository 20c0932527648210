"""Files in both directions over HTTP: what is taken, what is refused, and to whom what is shown."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.errors import FileGoneError, FilesAwayError
from bot.domain.messages import MessageKind
from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.locales import Texts
from bot.runtime.intake import Intake
from bot.storage.messages import get_message, learn_file
from bot.storage.store import Bell, Store
from bot.storage.tables import messages, uploads
from bot.storage.uploads import find_upload, make_room
from integrations.gate import Gate
from integrations.webchat import files as desk
from integrations.webchat.files import FILES_A_MINUTE, LARGEST_FILE, FileDesk
from integrations.webchat.filetypes import clean_name, recognise
from integrations.webchat.hub import Hub
from integrations.webchat.identity import Passport
from integrations.webchat.interpreter import WindowInterpreter
from integrations.webchat.onward import Onward
from integrations.webchat.receiver import Receiver
from integrations.webchat.tokens import LINK_LIFE, Signer
from integrations.webchat.words import CHANNEL
from tests.conftest import MovableClock

SITE = "https://shop.example"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
PDF = b"%PDF-1.7\n" + b"<script>alert(1)</script>" * 9
ID = "0123456789abcdef"
Client = TestClient[web.Request, web.Application]


class Telegram:
    """Where the team's files are."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes | Exception] = {}

    @asynccontextmanager
    async def open_file(self, file_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        content = self.kept.get(file_id, FileGoneError())
        if isinstance(content, Exception):
            raise content
        yield _in_pieces(content)


async def _in_pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content[:100]
    yield content[100:]


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
async def client(store: Store, clock: MovableClock, telegram: Telegram) -> AsyncIterator[Client]:
    policy = Policy(default_rules(), "RUB", "private", frozenset())
    texts = {locale: Texts(locale, ZoneInfo("Europe/Moscow")) for locale in ("ru", "en")}
    intake, hub, signer = Intake(store, clock), Hub(store, Bell()), Signer(store, "")
    intake.add(CHANNEL, WindowInterpreter(policy, texts["ru"], {}, clock))
    gate = Gate({SITE}, set(), a_minute=1_000, a_minute_by_server=1)
    app = web.Application()
    onward = Onward(store, lambda _tx: None, clock)
    passport = Passport("", "RU")
    app.add_routes(
        Receiver(store, intake.take, gate, hub, policy, texts, "ru", signer, clock, onward, passport).routes()
    )
    app.add_routes(FileDesk(store, telegram, gate, signer, texts, "ru", 3 * LARGEST_FILE, clock).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def stranger(client: Client) -> str:
    """Somebody new, by his token."""
    return str((await polled(client, None))["token"])


async def polled(client: Client, token: str | None, after: int = 0) -> Any:
    response = await client.post("/chat/poll", json={"token": token, "after": after}, headers={"Origin": SITE})
    return await response.json()


async def brings(
    client: Client, token: str, content: Any = PNG, name: str = "кухня.png", number: str = ID, **more: str
) -> tuple[int, Any]:
    headers = {
        "Origin": SITE,
        "Authorization": f"Bearer {token}",
        "X-File-Id": number,
        "X-File-Name": quote(name),
        **more,
    }
    response = await client.post("/chat/file?lang=ru", data=content, headers=headers)
    return response.status, await response.json()


async def says(client: Client, token: str, number: str = ID, text: str = "") -> Any:
    said = {"t": "say", "id": number, "text": text, "token": token, "file": {"id": number}}
    response = await client.post("/chat/send", json=said, headers={"Origin": SITE})
    return await response.json()


async def shown(client: Client, token: str, **more: Any) -> Mapping[str, Any]:
    """The file of the first line."""
    file: Mapping[str, Any] = (await polled(client, token, **more))["lines"][0]["file"]
    return file


async def test_a_picture_is_kept_said_and_shown_to_its_visitor(client: Client, store: Store) -> None:
    token = await stranger(client)
    for _ in range(3):  # brought again it is the same file
        assert await brings(client, token) == (200, {"name": "кухня.png", "size": len(PNG), "picture": True})
    for _ in range(2):
        assert await says(client, token, text="Вот такая") == {"t": "ok", "id": ID}
    (message,) = await store.read(lambda tx: tx.execute(messages.select()).mappings().all())
    assert (message["kind"], message["text"], message["file"]["name"]) == ("photo", "Вот такая", "кухня.png")
    file = await shown(client, token)
    assert file["picture"] and file["size"] == len(PNG)
    response = await client.get(file["url"])
    assert (response.status, await response.read()) == (200, PNG)
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Disposition"] == f"inline; filename*=UTF-8''{quote('кухня.png')}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (await client.get(file["url"])).status == 200 and await shown(client, token) == file


async def test_what_is_no_picture_is_for_saving_only(client: Client) -> None:
    token = await stranger(client)
    assert (await brings(client, token, PDF, "план.pdf"))[1]["picture"] is False
    await says(client, token)
    response = await client.get((await shown(client, token))["url"])
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert await response.read() == PDF


async def test_only_its_own_visitor_has_a_link_and_not_for_long(
    client: Client, clock: MovableClock, store: Store
) -> None:
    token, other = await stranger(client), await stranger(client)
    await brings(client, token)
    await says(client, token)
    await brings(client, other, number="f" * 16)
    await says(client, other, number="f" * 16)
    url, foreign = (await shown(client, token))["url"], (await shown(client, other))["url"]
    number, until, signature = url.rpartition("/")[2].split(".")
    theirs = foreign.rpartition("/")[2].split(".")[2]
    forged = (
        f"{number}.{until}.{theirs}",
        f"{number}.{int(until) + 3600}.{signature}",
        f"{int(number) + 1}.{until}.{signature}",
        f"99.{until}.{signature}",
        "../../etc/passwd",
        f"{'9' * 30}.1.x",
    )
    for link in forged:
        assert (await client.get(f"/chat/file/{link}")).status == 404, link
    assert (await says(client, other, number=ID))["field"] == "file"  # nobody says with another's file

    clock.time += LINK_LIFE
    response = await client.get(f"{url}?lang=en")
    assert response.status == 410 and "expired" in await response.text()
    asked = {"t": "link", "n": 1, "token": token}
    told = await (await client.post("/chat/send", json=asked, headers={"Origin": SITE})).json()
    assert told["t"] == "line" and (await client.get(told["line"]["file"]["url"])).status == 200


async def test_the_teams_file_comes_from_where_it_is(client: Client, store: Store, telegram: Telegram) -> None:
    token = await stranger(client)
    await brings(client, token)
    await says(client, token)

    def at_telegram(tx: Any) -> None:
        learn_file(tx, 1, MessageKind.DOCUMENT, "tg-1")
        assert make_room(tx, 1) == len(PNG)

    await store.write(at_telegram)
    url = (await shown(client, token))["url"]
    telegram.kept["tg-1"] = PDF
    response = await client.get(url)
    assert (response.status, await response.read()) == (200, PDF)
    assert response.headers["Content-Disposition"].startswith("attachment")
    for trouble, status in ((FilesAwayError(), 503), (FileGoneError(), 404)):
        telegram.kept["tg-1"] = trouble
        assert (await client.get(url)).status == status

    def is_huge(tx: Any) -> None:
        found = get_message(tx, 1)
        assert found is not None
        tx.execute(messages.update().values(file={**found.file, "size": 30 << 20}))

    await store.write(is_huge)
    assert "url" not in await shown(client, token)


async def test_too_large_by_its_header_and_by_its_body(client: Client, store: Store) -> None:
    token = await stranger(client)

    async def endless() -> AsyncIterator[bytes]:
        yield PNG
        for _ in range(21):
            yield bytes(1 << 20)

    status, told = await brings(client, token, endless())
    assert status == 413 and "20 МБ" in told["error"]
    headers = {"Origin": SITE, "Authorization": f"Bearer {token}", "X-File-Id": ID, "Content-Length": str(1 << 40)}
    reader, writer = await asyncio.open_connection(client.host, client.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST /chat/file HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert await store.read(find_upload, f"webchat:{token.split('.')[1]}", ID) is None


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script>", "page.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo.svg"),
        (b"<svg onload=alert(1)>", "logo.png"),
        (b"MZ\x90\x00" + bytes(60), "invoice.pdf"),
        (b"#!/bin/sh\nrm -rf /", "run.sh"),
        (b"\x7fELF" + bytes(60), "a.txt"),
    ],
)
async def test_what_is_not_taken(client: Client, store: Store, content: bytes, name: str) -> None:
    status, told = await brings(client, await stranger(client), content, name)
    assert status == 415 and "PDF" in told["error"]
    assert await store.read(lambda tx: tx.execute(uploads.select()).all()) == []


async def test_who_may_bring_files(client: Client) -> None:
    token = await stranger(client)
    assert (await brings(client, token, Origin="https://evil.example"))[0] == 403
    assert (await brings(client, token[:-1] + "?"))[0] == 401
    assert (await brings(client, "v1.x"))[0] == 401
    assert (await brings(client, token, number="../../x"))[0] == 400
    assert (await brings(client, token, b""))[0] == 400
    asked = await client.options("/chat/file", headers={"Origin": SITE})
    assert asked.status == 204 and asked.headers["Access-Control-Allow-Origin"] == SITE
    assert (await client.options("/chat/file", headers={"Origin": "https://evil.example"})).status == 403
    for number in range(FILES_A_MINUTE - 1):  # the empty one has counted
        assert (await brings(client, token, number=f"{number:016}"))[0] == 200
    assert (await brings(client, token, number="e" * 16))[0] == 429


async def test_files_on_their_way_are_bounded_all_together(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_IN_THE_AIR", 100)
    token = await stranger(client)
    assert (await brings(client, token))[0] == 503
    monkeypatch.setattr(desk, "MOST_IN_THE_AIR", 1_000)
    for number in range(9):  # what has failed or arrived no longer counts
        assert (await brings(client, token, number=f"{number:016}"))[0] == 200


@pytest.mark.parametrize(
    ("given", "content", "name"),
    [
        ("../../etc/passwd", PNG, "passwd.png"),
        ("C:\\Users\\olga\\кухня.PNG", PNG, "кухня.png"),
        ("cute\u202egnp.exe", PNG, "cutegnp.exe.png"),
        ('a"\r\nX-Evil: 1.png', PNG, "aX-Evil 1.png"),
        (".png", PNG, "file.png"),
        ("", PDF, "file.pdf"),
        ("я" * 500 + ".pdf", PDF, "я" * 96 + ".pdf"),
        ("смета.xlsx", b"PK\x03\x04" + bytes(60), "смета.xlsx"),
        ("app.apk", b"PK\x03\x04" + bytes(60), "app.apk.zip"),
    ],
)
def test_names_are_cleaned(given: str, content: bytes, name: str) -> None:
    found = recognise(content, given)
    assert found is not None and clean_name(given, found) == name


@pytest.mark.parametrize("numbers", ["1.999999999999", "9999999999999999999.1", "1.99999999999", "99999999999999999.1"])
async def test_a_link_of_somebodys_own_making_leads_nowhere(client: Client, numbers: str) -> None:
    """Times beyond the calendar and rows beyond the greatest one among them."""
    assert (await client.get(f"/chat/file/{numbers}.{'x' * 43}")).status == 404
