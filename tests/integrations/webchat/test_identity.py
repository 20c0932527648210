"""Who is logged in on the site: believed by the site's signature alone, and one person everywhere."""

import base64
import hmac
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bot.storage.store import Store
from bot.storage.tables import channel_identities, contacts
from integrations.webchat.identity import LONGEST, Identity, NoIdentity, Passport
from tests.conftest import MovableClock
from tests.integrations.webchat.test_receiver import PASSPORT, SECRET, Client, Window, client, opened, posted

__all__ = ["client"]

NOW = MovableClock().now()


def part(said: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(said)).rstrip(b"=").decode()


def token(key: str = SECRET, head: Any = None, **claims: Any) -> str:
    """As every JWT library makes it."""
    now = int(NOW.timestamp())
    said = {"sub": "42", "name": "Ольга Петрова", "iat": now, "exp": now + 600, **claims}
    signed = f"{part(head or {'alg': 'HS256', 'typ': 'JWT'})}.{part(said)}"
    signature = hmac.digest(key.encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_what_the_site_has_signed_is_believed() -> None:
    told = PASSPORT.read(token(sub=42, phone="8 916 123-45-67", email="Olga@Example.org"), NOW)
    assert told == Identity("42", "Ольга Петрова", "+79161234567", "olga@example.org")


def test_what_another_library_signs_is_read() -> None:
    """The example of jwt.io: its signature holds, and it says no end."""
    theirs = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    told = Passport("your-256-bit-secret", "RU").read(theirs, NOW)
    assert isinstance(told, NoIdentity) and "iat and exp" in told.why


@pytest.mark.parametrize(("given", "why"), [
    (token("another secret of 32 characters!!"), "signature"),
    (token(head={"alg": "none"}), "alg"),
    (token(head={"alg": "none"}).rpartition(".")[0] + ".", "alg"),
    (token(head={"alg": "HS512"}), "alg"),
    (token(head=["HS256"]), "no JWT"),
    (token(exp=int(NOW.timestamp()) - 61), "expired"),
    (token(iat=int(NOW.timestamp()) + 90), "future"),
    (token(exp=int(NOW.timestamp()) + 3601), "hour"),
    (token(exp=None), "iat and exp"),
    (token(exp="tomorrow"), "iat and exp"),
    (token(sub=""), "sub"),
    (token(sub=["42"]), "sub"),
    (token(sub=True), "sub"),
    (token(sub="4" * 129), "sub"),
    (token(name="x" * LONGEST), "longer"),
    ("", "no JWT"),
    ("a.b.c", "no JWT"),
    ("....", "no JWT"),
    ("ключ.ключ.ключ", "no JWT"),
])  # fmt: skip
def test_nothing_else_is(given: str, why: str) -> None:
    told = PASSPORT.read(given, NOW)
    assert isinstance(told, NoIdentity) and why in told.why and "Ольга" not in told.why


def test_without_a_secret_nobody_is_logged_in() -> None:
    assert isinstance(Passport("", "RU").read(token(""), NOW), NoIdentity)


async def enters(client: Client, identity: str, kept: str | None = None, after: int = 0) -> tuple[Window, Any]:
    window = Window(await client.ws_connect("/chat/socket", headers={"Origin": "https://shop.example"}))
    await window.socket.send_json({"t": "hello", "token": kept, "after": after, "lang": "ru", "identity": identity})
    hello = await window.hears("hello")
    window.token = hello["token"]
    return window, hello


def visitor(window: Window) -> str:
    return window.token.split(".")[1]


async def person(store: Store, window: Window) -> sa.Row[Any]:
    found = (
        sa.select(contacts, channel_identities.c.login)
        .join(channel_identities, channel_identities.c.contact_id == contacts.c.id)
        .where(channel_identities.c.external_id == visitor(window))
    )
    return await store.read(lambda tx: tx.execute(found).one())


async def test_one_person_has_one_talk_on_every_device(client: Client, store: Store) -> None:
    claims = {"phone": "+79161234567", "email": "olga@example.org"}
    first, hello = await enters(client, token(**claims))
    assert hello["self"] == {"agreed": False} and "refused" not in hello
    await first.says("Где мой заказ?", who={"name": "Не Ольга", "contact": "+79160000000"})
    phone, _ = await enters(client, token(sub=42))
    assert [line["text"] for line in (await phone.hears("lines"))["lines"]] == ["Где мой заказ?"]
    one = await person(store, first)
    assert (one.name, one.phone, one.login) == ("Ольга Петрова", "+79161234567", "42")
    assert one.phone_proven and one.email_proven
    other, _ = await enters(client, token(sub="43"), first.token, after=1)
    assert visitor(other) != visitor(first), "the next person at this computer is another one"
    assert (await posted(client, "/chat/poll", {"token": other.token, "after": 0}))[1]["lines"] == []


async def test_who_wrote_and_logs_in_goes_on_with_his_talk(client: Client, store: Store, clock: MovableClock) -> None:
    before = await opened(client)
    await before.says("Здравствуйте")
    after, _ = await enters(client, token(), before.token, after=1)
    assert visitor(after) == visitor(before)
    await after.says("Это я", "fedcba9876543210")
    assert (await person(store, after)).name == "Ольга Петрова"
    clock.advance(minutes=5)
    late = await opened(client)
    await late.says("Я тут сижу", "fedcba9876543211")
    clock.advance(minutes=31)
    now = int(clock.now().timestamp())
    stranger, _ = await enters(client, token(sub="7", iat=now, exp=now + 60), late.token, after=1)
    assert visitor(stranger) != visitor(late), "after half an hour it may be anybody"


@pytest.mark.parametrize("spoil", [lambda given: given[:-2] + "AA", lambda given: "x"])
async def test_who_is_not_believed_goes_on_as_anybody(client: Client, spoil: Callable[[str], str]) -> None:
    window, hello = await enters(client, spoil(token()))
    assert hello["refused"] and "self" not in hello
    await window.says("Здравствуйте")


async def test_over_requests_every_word_carries_it(client: Client, store: Store) -> None:
    said = {"t": "say", "id": "0" * 16, "text": "Где заказ?", "token": None, "identity": token()}
    status, hello = await posted(client, "/chat/poll", {"token": None, "identity": token()})
    assert status == 200 and hello["self"]
    assert (await posted(client, "/chat/send", {**said, "token": hello["token"]}))[0] == 200
    found = await store.read(lambda tx: list(tx.scalars(sa.select(channel_identities.c.login))))
    assert found == ["42"]
