"""From payloads as Telegram sends them to what we keep."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import File, MessageKind, Reaction, Touch
from integrations.telegram.parse import is_service, parse_message, parse_payload, parse_reaction, read_command
from integrations.telegram.reception import telegram_event

PAYLOADS = Path(__file__).parent / "payloads"
BOT = 123456
IVAN = 7000000001

MESSAGES: dict[str, tuple[MessageKind, str, dict[str, Any]]] = {
    "text": (MessageKind.TEXT, "Сколько стоит кухня?", {"thread_id": None, "album_id": None, "touch": None}),
    "start": (
        MessageKind.START,
        "/start yandex__autumn_sale__kitchen",
        {"touch": Touch(source="yandex", campaign="autumn sale", offer="kitchen")},
    ),
    "start_bare": (MessageKind.START, "/start", {"touch": Touch()}),
    "photo": (MessageKind.PHOTO, "Вот план", {"file": File("large", None, None, 98_000)}),
    "voice": (MessageKind.VOICE, "", {"file": File("voice1", None, "audio/ogg", 7_000)}),
    "document": (MessageKind.DOCUMENT, "", {"file": File("doc1", "смета.pdf", "application/pdf", 250_000)}),
    "animation": (MessageKind.ANIMATION, "", {"file": File("gif1", "cat.mp4", "video/mp4", 9_000)}),
    "album_part": (MessageKind.PHOTO, "", {"album_id": "13871234567890"}),
    "edited": (MessageKind.TEXT, "Сколько стоит БЕЛАЯ кухня?", {}),
    "own_contact": (MessageKind.CONTACT, "Иван Петров 79261234567", {}),
    "foreign_contact": (MessageKind.CONTACT, "Мастер +79997654321", {}),
    "contact_of_nobody": (MessageKind.CONTACT, "Мастер +79997654321", {}),
    "location": (MessageKind.LOCATION, "55.751244, 37.618423", {"file": None}),
    "venue": (MessageKind.VENUE, "Салон на Арбате, Арбат, 1", {}),
    "sticker": (MessageKind.STICKER, "👍", {"file": File("st1", None, None, 20_000)}),
    "poll": (MessageKind.POLL, "Какой цвет?", {}),
    "reply": (MessageKind.TEXT, "Да, этот", {"reply_to": "40"}),
    "topic": (MessageKind.TEXT, "В теме", {"thread_id": 17}),
    "dice": (MessageKind.DICE, "🎲 5", {"file": None}),
    "story": (MessageKind.STORY, "Кухни Осень", {}),
    "checklist": (MessageKind.CHECKLIST, "Что взять\n• Столешница\n• Мойка", {}),
    "giveaway": (MessageKind.GIVEAWAY, "", {}),
    "paid_media": (MessageKind.PAID_MEDIA, "Проект", {}),
    "start_code": (MessageKind.START, "/start Ab3dEf9Hi1", {"link": "Ab3dEf9Hi1"}),
    "nameless": (MessageKind.TEXT, "?", {}),
}


def payload(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return update


def message(name: str) -> dict[str, Any]:
    update = payload(name)
    found: dict[str, Any] = update.get("message") or update["edited_message"]
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(name: str) -> None:
    kind, text, more = MESSAGES[name]
    parsed = parse_message(message(name), BOT, "RU")
    assert (parsed.kind, parsed.text) == (kind, text)
    assert (parsed.chat, parsed.external_id) == (f"telegram:{BOT}:{IVAN}", "42")
    assert parsed.at.timestamp() == 1_795_000_000 and parsed.sender.external_id == str(IVAN)
    assert {field: getattr(parsed, field) for field in more} == more


@pytest.mark.parametrize(
    ("name", "phone"), [("own_contact", "+79261234567"), ("foreign_contact", None), ("contact_of_nobody", None)]
)
def test_a_contact_is_the_senders_own_only_when_telegram_says_so(name: str, phone: str | None) -> None:
    assert parse_message(message(name), BOT, "RU").sender.phone == phone


def test_who_has_no_name_is_still_somebody() -> None:
    assert parse_message(message("nameless"), BOT, "RU").sender.name == "…"


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_what_is_no_message_is_known_as_such(name: str) -> None:
    update = payload(name)
    found = update.get("message") or update.get("edited_message")
    assert (isinstance(found, dict) and is_service(found)) == name.startswith("service_")


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_every_update_can_be_stored_whatever_it_is(name: str) -> None:
    event = telegram_event(payload(name), BOT)
    assert event.source == f"telegram:{BOT}" and event.external_id == str(payload(name)["update_id"])
    assert event.urgent == name.startswith("tap")


def test_one_persons_events_in_one_chat_share_a_lane_and_nobody_elses() -> None:
    lanes = {name: telegram_event(payload(name), BOT).lane for name in ("text", "edited", "photo", "tap", "from_a_bot")}
    assert lanes["text"] == lanes["edited"] == lanes["photo"]
    assert len({lanes["text"], lanes["tap"], lanes["from_a_bot"]}) == 3


@pytest.mark.parametrize(
    ("given", "touch"),
    [
        ("", Touch()),
        ("vk", Touch(source="vk")),
        ("vk__spring", Touch(source="vk", campaign="spring")),
        ("vk____audit", Touch(source="vk", offer="audit")),
        ("a__b__c__d", Touch(source="a", campaign="b", offer="c  d")),
    ],
)
def test_deep_links(given: str, touch: Touch) -> None:
    assert parse_payload(given) == touch


def test_a_reaction_is_known_by_who_put_what_on_which_message() -> None:
    put = payload("reaction")["message_reaction"]
    assert parse_reaction(put, BOT) == Reaction(IVAN, f"telegram:{BOT}:{IVAN}", "40", "❤", taken_back=False)
    special = put | {"new_reaction": [{"type": "custom_emoji", "custom_emoji_id": "1"}]}
    assert parse_reaction(special, BOT) == Reaction(IVAN, f"telegram:{BOT}:{IVAN}", "40", None, taken_back=False)
    back = parse_reaction(put | {"new_reaction": []}, BOT)
    assert back is not None and back.taken_back
    nobody = {key: value for key, value in put.items() if key != "user"}
    assert parse_reaction(nobody, BOT) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/stop", ("stop", "")),
        ("/Stop@gemba_bot", ("stop", "")),
        ("/help", ("help", "")),
        ("/start vk", ("start", "vk")),
        ("/stopped", None),
        ("стоп", None),
        ("/queue", None),
    ],
)
def test_what_is_asked_of_the_bot_itself(text: str, command: tuple[str, str] | None) -> None:
    assert read_command({"text": text}) == command


@given(st.text(max_size=64))
def test_no_deep_link_breaks_anything(given: str) -> None:
    parse_payload(given)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["chat", "from", "id", "message"]), inner)
    ),
    max_leaves=8,
)


@given(_JSON, st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "chat_member", "new"]))
def test_whatever_telegram_sends_one_day_gets_a_lane(body: Any, kind: str) -> None:
    assert telegram_event({"update_id": 1, kind: body}, BOT).external_id == "1"
