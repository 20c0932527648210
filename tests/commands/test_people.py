"""`forget` and `export person`: whom one means, what is left, and what is told."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bot.domain.messages import InboundMessage, Sender, Touch
from bot.domain.policy import Policy
from bot.domain.scoring import default_rules
from bot.storage.cards import Card, put_card
from bot.storage.failed_items import erasures_left
from bot.storage.notes import add_note
from bot.storage.store import Tx
from bot.storage.tables import consents, contacts, outbox
from bot.storage.team import find_or_add_teammate
from bot.use_cases.receive_message import Received, receive_message
from tests.commands.conftest import Called, within
from tests.conftest import MONDAY_NOON
from tests.storage.scan import cells_with, files_with

POLICY = Policy(default_rules(), "RUB", "private", frozenset())
PERSONAL = [
    "Забывакин",
    "zabyv",
    "9165550142",
    "zabyvakin@example.org",
    "столешница",
    "вспыльчив",
    "кв. 17",
    "777000555",
]


def two_people(tx: Tx, now: datetime) -> None:
    """Two of one name; the first has left everything a person can leave."""
    text = "Нужна столешница, zabyvakin@example.org"
    touch = Touch(source="yandex", answers={"адрес": "кв. 17"})
    first = receive_message(tx, said("777000555", "7", text, "zabyv", "+79165550142", touch), POLICY, now)
    receive_message(tx, said("777000556", "8", "Здравствуйте, 8 916 555-01-42", None, None), POLICY, now)
    assert isinstance(first, Received) and first.lead_id is not None
    anna = find_or_add_teammate(tx, 101, "Анна", None, now)
    add_note(tx, first.lead_id, anna.id, "вспыльчив", now)
    put_card(tx, Card(first.lead_id, "sales", -1001234, None, 15), now)
    tx.execute(
        consents.insert().values(contact_id=1, purpose="contact", given=True, text_version="2", source="form", at=now)
    )


def said(
    address: str, number: str, text: str, username: str | None, phone: str | None, touch: Touch | None = None
) -> Any:
    sender = Sender(address, "Забывакин", username, phone=phone)
    return InboundMessage("telegram", sender, f"telegram:1:{address}", number, MONDAY_NOON, text=text, touch=touch)


@pytest.fixture
def people(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("bot.commands.people.LOOK_SECONDS", 0.0)
    within(database, two_people, MONDAY_NOON)
    yield database


@pytest.mark.parametrize("said", ["1", "lead:1", "@ZABYV", "zabyvakin@example.org", "telegram:777000555"])
def test_a_person_is_forgotten_by_whatever_names_him(
    people: str, call: Callable[..., Called], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    code, out, err = call("forget", said)
    assert (code, err) == (0, "")
    assert "erased from the database" in out and "chats: 1" in out
    assert within(people, cells_with, [word for word in PERSONAL if word not in ("Забывакин", "9165550142")]) == []
    names = within(people, lambda tx: list(tx.scalars(sa.select(contacts.c.name).order_by(contacts.c.id))))
    assert names == ["…", "Забывакин"]
    if people.startswith("sqlite"):
        assert files_with(Path(people.removeprefix("sqlite:///")), ["столешница", "вспыльчив", "кв. 17"]) == []
    told = (out + caplog.text).casefold()
    assert [word for word in PERSONAL if word.casefold() in told.replace(said.casefold(), "")] == []


def test_where_several_fit_they_are_listed_and_nothing_is_done(people: str, call: Callable[..., Called]) -> None:
    code, out, err = call("forget", "8 916 555-01-42")
    assert (code, out) == (2, "")
    assert "Several fit (2)" in err and "№1" in err and "№2" in err
    assert within(people, lambda tx: tx.scalar(sa.select(sa.func.count(contacts.c.forgotten_at)))) == 0


def test_nobody_fits(people: str, call: Callable[..., Called]) -> None:
    for said in (
        "99",
        "lead:99",
        "@nobody",
        "a@b.example",
        "+7 921 000-00-00",
        "что-то",
        "lead:x",
        "99999999999999999999",
    ):
        assert call("forget", said) == (1, "", f"Nobody was found: {said}\n")
    assert call("forget", "1")[0] == 0
    assert call("forget", "1")[0] == 1


def test_what_telegram_refused_is_listed_with_its_place_and_nothing_personal(
    people: str, call: Callable[..., Called]
) -> None:
    call("forget", "1")
    refused = (
        outbox.update()
        .where(outbox.c.kind == "erase")
        .values(status="failed", error="delete_refused", finished_at=MONDAY_NOON)
    )
    within(people, lambda tx: tx.execute(refused))
    assert within(people, erasures_left, 1) == (0, 1)
    _, out, _ = call("failed", "list")
    assert "https://t.me/c/1234/15" in out and "delete_refused" in out
    assert not [word for word in PERSONAL if word in out]


def test_one_person_is_exported_whole(people: str, call: Callable[..., Called], tmp_path: Path) -> None:
    out = tmp_path / "person.json"
    assert call("export", "person", "--contact", "@zabyv", "--out", str(out)) == (
        0,
        f"All about one person: {out}\n",
        "",
    )
    told = orjson.loads(out.read_bytes())
    assert (told["name"], told["phone"]) == ("Забывакин", "+79165550142")
    assert told["identities"][0]["external_id"] == "777000555"
    assert told["consents"][0]["text_version"] == "2"
    assert told["touches"][0]["answers"] == {"адрес": "кв. 17"}
    assert told["messages"][0]["text"].startswith("Нужна столешница")
    assert told["leads"][0]["notes"] == [
        {"id": 1, "author": "Анна", "text": "вспыльчив", "at": told["leads"][0]["notes"][0]["at"]}
    ]
    assert [event["kind"] for event in told["leads"][0]["events"]][:1] == ["created"]
    assert out.read_bytes().count(b"\n") > 40  # a person can read it


@pytest.mark.parametrize("wrong", [("export", "person"), ("export", "leads", "--contact", "1")])
def test_a_contact_is_named_for_a_person_and_only_then(
    people: str, call: Callable[..., Called], wrong: tuple[str, ...], tmp_path: Path
) -> None:
    code, out, err = call(*wrong, "--out", str(tmp_path / "x"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--contact" in err
