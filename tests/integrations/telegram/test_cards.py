"""The card as a person reads it, and what hostile names and endless messages do to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leads import FeedbackState, Status
from bot.domain.messages import Direction, MessageKind, MessageStatus, PageView
from bot.locales import LOCALES, Texts
from bot.storage.feedback import Feedback
from bot.storage.leads import Lead
from bot.storage.messages import Message
from bot.storage.prompts import Prompt
from bot.storage.team import Teammate
from bot.use_cases.view_lead import History, LeadView
from integrations.telegram.callbacks import LONGEST, unpack
from integrations.telegram.cards import render_card
from integrations.telegram.html import LONGEST_TEXT, without_markup
from integrations.telegram.sandbox.entities import parse_html

NOON = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
RU = Texts("ru", ZoneInfo("Europe/Moscow"))
ANNA = Teammate(1, 70, "Анна", "anna", NOON, False)
PLACES = ("sales", "marketing", "desk:1", "desk:2", "feedback", "dispute")


def a_lead(**changes: Any) -> Lead:
    known: dict[str, Any] = dict.fromkeys(Lead.__dataclass_fields__)
    known |= {
        "id": 12,
        "contact_id": 3,
        "status": Status.OFFERED,
        "score": 77,
        "band": "sales_accepted",
        "reasons": [
            {"points": 50, "text": {"ru": "Сообщение от клиента", "en": "Wrote to us"}},
            {"points": 20, "text": {"ru": "Вопрос о цене", "en": "Asked the price"}},
            {"points": 8, "text": {"ru": "Телефон", "en": "Phone"}},
            {"points": 4, "text": {"ru": "Почта", "en": "E-mail"}},
            {"points": -5, "text": {"ru": "Чек-лист", "en": "Checklist"}},
        ],
        "channel": "telegram",
        "created_at": NOON,
        "waiting_since": NOON,
    }
    return Lead(**{**known, **changes})


def a_message(text: str, kind: MessageKind = MessageKind.TEXT) -> Message:
    known: dict[str, Any] = dict.fromkeys(Message.__dataclass_fields__)
    known |= {
        "id": 1,
        "conversation_id": 1,
        "direction": Direction.INBOUND,
        "status": MessageStatus.RECEIVED,
        "kind": kind,
        "text": text,
        "file": {},
        "chat": "telegram:1:5",
        "external_id": "9",
        "at": NOON,
    }
    return Message(**known)


def a_view(**changes: Any) -> LeadView:
    touch = {"source": "yandex", "campaign": "Осень", "landing_page": "/kuhni", "offer": "Замер бесплатно", "at": NOON}
    view = LeadView(
        lead=a_lead(),
        name="Иван Петров",
        phone="+79161234567",
        email=None,
        username="ivan",
        reachable=True,
        stopped=False,
        owner=None,
        first_touch=touch,
        last_touch=touch,
        last_words=[a_message("Сколько стоит кухня 3 метра?")],
        unanswered=1,
        history=History(2, 1, {"RUB": 4_500_000}, NOON, "won", "Анна"),
        feedback=None,
        rejected_by=None,
        settled_by=None,
        judged_by=None,
        choice=None,
        notes=[],
    )
    return replace(view, **changes)


def read(view: LeadView, place: str = "sales", texts: Texts = RU) -> str:
    """What stands on the screen; non-breaking spaces as plain ones."""
    text, _ = parse_html(str(render_card(view, place, texts).text))
    return text.replace("\u00a0", " ")


def test_an_offered_lead_at_one_glance() -> None:
    assert read(a_view()).splitlines() == [
        "🟢 Тёплый · 77 · №12",
        "Иван Петров",
        "«Сколько стоит кухня 3 метра?»",
        "",
        "⏳ Ждёт ответа, писали 17 нояб., 12:00",
        "📍 Telegram · yandex · «Осень» · /kuhni · Замер бесплатно",
        "📞 +7 916 123-45-67 · @ivan",
        "💡 +50 Сообщение от клиента, +20 Вопрос о цене, +8 Телефон, −1 ещё 2 причины",
        "↩️ 2 обращения раньше · 1 покупка (45 000 ₽) · раньше: Анна",
    ]


def test_the_waiting_time_ages_without_edits() -> None:
    _, entities = parse_html(str(render_card(a_view(), "sales", RU).text))
    moment = next(entity for entity in entities if entity["type"] == "date_time")
    assert moment["unix_time"] == int(NOON.timestamp())


def test_the_shown_points_sum_to_the_score() -> None:
    line = next(line for line in read(a_view()).splitlines() if line.startswith("💡"))
    points = [int(word.replace("−", "-")) for word in line.split() if word[0] in "+−"]
    assert sum(points) == 77


@pytest.mark.parametrize(
    ("lead", "telling"),
    [
        (
            {"status": Status.CLAIMED, "owner_id": 1, "shown_at": NOON, "claimed_at": NOON + timedelta(seconds=12)},
            "Анна · взято за 12 с",
        ),
        ({"status": Status.WON, "amount": 9_500_000, "currency": "RUB", "product": "кухня"}, "95 000 ₽ · кухня"),
        ({"status": Status.WON}, "🏆"),
        ({"status": Status.LOST, "loss_reason": "price"}, RU.plain("loss.price")),
        ({"status": Status.REJECTED, "reject_reason": "no_budget"}, RU.plain("reject.no_budget")),
        ({"status": Status.NURTURING}, "🌱"),
    ],
)
def test_the_sales_card_tells_what_became_of_the_lead(lead: dict[str, Any], telling: str) -> None:
    first_line = read(a_view(lead=a_lead(**lead), owner=ANNA)).splitlines()[0]
    assert telling in first_line


@pytest.mark.parametrize(
    ("place", "view", "taps"),
    [
        ("sales", a_view(), ["claim"]),
        ("sales", a_view(lead=a_lead(status=Status.WORKING, owner_id=1), owner=ANNA), ["claim"]),
        ("sales", a_view(lead=a_lead(status=Status.WON), owner=ANNA), []),
        ("marketing", a_view(lead=a_lead(status=Status.NURTURING)), ["ans", "hand", "handn", "spam"]),
        ("marketing", a_view(lead=a_lead(status=Status.NURTURING, owner_id=1), owner=ANNA), []),
        (
            "desk:1",
            a_view(lead=a_lead(status=Status.CLAIMED, owner_id=1), owner=ANNA),
            ["won", "lost", "call", "late", "rej", "more"],
        ),
        ("desk:2", a_view(lead=a_lead(status=Status.CLAIMED, owner_id=1), owner=ANNA), []),
        ("desk:1", a_view(lead=a_lead(status=Status.WON, owner_id=1), owner=ANNA), ["amt", "buy", "refund", "reopen"]),
        ("desk:1", a_view(lead=a_lead(status=Status.LOST, owner_id=1), owner=ANNA), ["reopen"]),
    ],
)
def test_the_buttons_are_what_may_be_done_from_there(place: str, view: LeadView, taps: list[str]) -> None:
    pressed = [unpack(button["callback_data"]) for row in render_card(view, place, RU).keyboard for button in row]
    assert [one.tap.value for one in pressed if one is not None] == taps
    if place == "sales" and view.lead.status is Status.OFFERED:
        assert render_card(view, place, RU).keyboard[0][0]["style"] == "success"


def test_the_reasons_to_reject_are_buttons_while_they_are_asked() -> None:
    choice = Prompt(5, 1, 12, "reject", 70, None, None, {})
    view = a_view(lead=a_lead(status=Status.WORKING, owner_id=1), owner=ANNA, choice=choice)
    labels = [button["text"] for row in render_card(view, "desk:1", RU).keyboard for button in row]
    assert RU.plain("reject.no_budget") in labels and RU.plain("button.back") in labels


def test_a_rejected_lead_goes_to_marketing_with_its_reason() -> None:
    case = Feedback(1, 12, FeedbackState.OPEN, "other", "просит в кредит <b>", 1, None, None, NOON + timedelta(hours=2))
    lead = a_lead(status=Status.REJECTED, owner_id=1, claimed_at=NOON)
    text = read(a_view(lead=lead, owner=ANNA, feedback=case, rejected_by="Анна"), "feedback")
    for words in ("Анна", "«просит в кредит <b>»", "2 ч 0 мин", "yandex", "Сколько стоит"):
        assert words in text


def test_a_desk_card_stays_as_it_is_while_people_talk() -> None:
    """Every edit is a call: what is said stands below the card, not in it."""
    lead = a_lead(status=Status.WORKING, owner_id=1)
    before = a_view(lead=lead, owner=ANNA)
    after = a_view(
        lead=replace(lead, waiting_since=NOON + timedelta(minutes=5)),
        owner=ANNA,
        last_words=[a_message("Ещё вопрос")],
        unanswered=4,
    )
    assert render_card(before, "desk:1", RU) == render_card(after, "desk:1", RU)
    assert render_card(before, "sales", RU) == render_card(after, "sales", RU)


def test_the_same_phone_elsewhere_is_told_unless_marketing_has_called_it_a_duplicate() -> None:
    assert "почта: №3\n" in read(a_view(same_way=(5, 3), duplicates=(5,))) + "\n"
    assert "Тот же телефон" not in read(a_view(same_way=(5,), duplicates=(5,))) + read(a_view())


def test_an_ad_at_first_and_a_search_at_last() -> None:
    ad = {"source": None, "campaign": "Осень", "click_id": "yclid:17", "landing_page": None, "at": NOON}
    search = {"source": None, "campaign": None, "referrer": "https://www.google.com/search", "at": NOON}
    seen = [("/kitchens", 30), ("/prices", 170), ("/kitchens", 40), ("/about", 1), ("/dostavka", 2)]
    pages = tuple(PageView(page, NOON, seconds) for page, seconds in seen)
    card = render_card(a_view(first_touch=ad, last_touch=search, pages=pages), "sales", RU)
    told = without_markup(card.text)
    assert "· google.com\n🧭 Впервые: Яндекс Директ · «Осень», " in told
    assert "👣 На сайте 4 страницы, 4 мин: /prices · /kitchens · /dostavka" in told.replace("\u00a0", " ")


@pytest.mark.parametrize(("count", "folded"), [(2, False), (7, True), (40, True)])
def test_what_was_offered_and_asked_is_said_once_and_a_long_quiz_is_folded(count: int, folded: bool) -> None:
    said = {f"Вопрос {number}?": f"Ответ {number}" for number in range(count)}
    words = "\n".join(["Звоните после 18", *(f"{name}: {answer}" for name, answer in said.items())])
    touch = {"offer": "Расчёт кухни", "answers": said}
    view = a_view(last_words=[a_message(words, MessageKind.FORM)], first_touch=touch, last_touch=touch)
    card = render_card(view, "sales", RU).text
    told = without_markup(card)
    assert told.count("Ответ 1") == (1 if count < 12 else 3)  # 1, 10 and 11
    assert "Расчёт кухни" in told and "«Звоните после 18»" in told
    assert ("<blockquote expandable>📋 Вопрос 0?: Ответ 0\nВопрос 1?" in card) is folded
    assert ("…</blockquote>" in card) is (count > 12) and len(card) < 2_000


def hostile_view(name: str, words: str) -> LeadView:
    case = Feedback(1, 12, FeedbackState.OPEN, "other", words, 1, None, None, NOON)
    touch = {"source": name, "campaign": words, "landing_page": words, "offer": words, "at": NOON}
    return a_view(
        lead=a_lead(status=Status.WORKING, owner_id=1, claimed_at=NOON, product=words),
        name=name,
        email=words,
        username=name,
        owner=replace(ANNA, name=name[:128]),
        first_touch={**touch, "source": "vk"},
        last_touch=touch,
        last_words=[a_message(words), a_message(words, MessageKind.PHOTO), a_message("", MessageKind.VOICE)],
        unanswered=10_000,
        feedback=case,
        rejected_by=name,
        notes=[words] * 20,
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("<3", "<b>жирно</b> & <script>"),
        ("x" * 5_000, "слово " * 5_000),
        ("&" * 500, "&" * 5_000),
        ("", ""),
        ("{name} %s {0}", "{amount}"),
        ("\u202eналоп\x00", "строка\nстрока\r\nстрока"),
        ("👨‍👩‍👧‍👦" * 100, "🔥" * 5_000),
    ],
)
def test_no_name_and_no_message_breaks_a_card(place: str, locale: str, name: str, words: str) -> None:
    rendered = render_card(hostile_view(name, words), place, Texts(locale, ZoneInfo("Europe/Moscow")))
    text, _ = parse_html(str(rendered.text))
    assert 0 < len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    for row in rendered.keyboard:
        assert all(button["text"] and len(button["callback_data"].encode()) <= LONGEST for button in row)


@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_is_typed_is_shown_and_never_markup(name: str, words: str) -> None:
    for place in PLACES:
        parse_html(str(render_card(hostile_view(name, words), place, RU).text))
