"""What a visitor filled in, field by field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import Consent, Touch
from integrations.forms.submission import Submission, Wrong, message_of, read_submission
from tests.conftest import MONDAY_NOON


def read(**given: Any) -> Submission:
    found = read_submission("callback", given, "RU")
    assert isinstance(found, Submission), found
    return found


def errors(**given: Any) -> dict[str, str]:
    found = read_submission("callback", given, "RU")
    assert isinstance(found, Wrong), found
    return dict(found.errors)


def test_everything_finds_its_place() -> None:
    found = read(
        name="Иван ",
        phone="8 (916) 123-45-67",
        email="Ivan@Example.org",
        message="Сколько стоит?",
        consent="on",
        utm_source="yandex",
        utm_campaign="Осень",
        page="https://shop.example/kitchen?x=1",
        Бюджет="до 300 000",
        Опции=["остров", "подсветка"],
        submission_id="a-1",
    )
    assert (found.name, found.phone, found.email) == ("Иван", "+79161234567", "ivan@example.org")
    assert found.consent and found.submission_id == "a-1"
    assert found.touch == Touch(
        source="yandex",
        campaign="Осень",
        landing_page="https://shop.example/kitchen?x=1",
        answers={"Бюджет": "до 300 000", "Опции": "остров, подсветка"},
    )


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, {"phone": "form.no_contact"}),
        ({"name": "Иван", "phone": " ", "email": ""}, {"phone": "form.no_contact"}),
        ({"phone": "12345"}, {"phone": "form.bad_phone"}),
        ({"phone": "звоните", "email": "a@b"}, {"phone": "form.bad_phone", "email": "form.bad_email"}),
        ({"phone": "12345", "email": "a@example.org"}, {"phone": "form.bad_phone"}),
        ({"phone": "+79161234567", "message": "x" * 4_001}, {"message": "form.too_long"}),
        ({"phone": "+79161234567", "Бюджет": "9" * 1_001}, {"Бюджет": "form.too_long"}),
        ({"phone": "+79161234567", **{f"q{n}": "a" for n in range(61)}}, {"message": "form.too_many"}),
    ],
)
def test_what_has_to_be_mended_is_named(given: dict[str, Any], wrong: dict[str, str]) -> None:
    assert errors(**given) == wrong


def test_what_form_builders_call_it() -> None:
    tilda = {"Name": "Иван", "Phone": "+7 (916) 123-45-67", "Comments": "Кухня", "tranid": "111:222", "formid": "form9"}
    found = read(**tilda)
    assert (found.name, found.phone, found.message, found.submission_id) == ("Иван", "+79161234567", "Кухня", "111:222")
    assert found.touch.answers == {"formid": "form9"}
    labels = read(Имя="Ольга", Телефон="89161234567", message="Шкаф", Комментарий="срочно")
    assert (labels.name, labels.message) == ("Ольга", "Шкаф")
    assert labels.touch.answers == {"Комментарий": "срочно"}


def test_the_phone_of_another_country_needs_its_code() -> None:
    assert read(phone="+375 29 123-45-67").phone == "+375291234567"


def test_who_tells_no_name_is_called_by_what_he_told() -> None:
    assert read(phone="89161234567").name == "+79161234567"


def test_the_message_carries_the_answers() -> None:
    message = message_of(read(email="a@example.org", message="Здравствуйте", Срок="май"), "n1", MONDAY_NOON)
    assert message.text == "Здравствуйте\nСрок: май"
    assert (message.channel, message.chat, message.external_id) == ("form", "form:callback", "n1")
    assert message.sender.external_id == "a@example.org" and message.one_way


@pytest.mark.parametrize(
    ("given", "consent"),
    [
        ({}, None),
        ({"consent": ""}, None),
        ({"consent": "0", "consent_text": "Согласен"}, None),
        ({"consent": "on"}, Consent("callback", "form:callback")),
    ],
)
def test_only_a_ticked_box_is_consent(given: dict[str, Any], consent: Consent | None) -> None:
    found = message_of(read(phone="+79161234567", **given), "n1", MONDAY_NOON)
    assert found.touch == Touch()
    assert found.consents == ((consent,) if consent is not None else ())


def test_other_words_are_another_consent() -> None:
    def version(words: str) -> str:
        (consent,) = message_of(
            read(phone="+79161234567", consent="on", consent_text=words), "n1", MONDAY_NOON
        ).consents
        return consent.text_version

    assert version("Согласен  на\nобработку") == version(" Согласен на обработку ")
    assert version("Согласен на обработку") != version("Согласен на рассылку")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["name", "phone", "email", "message", "utm_source", "x", "Y"]), JSON))
def test_whatever_is_sent_is_read_or_refused(given: dict[str, Any]) -> None:
    found = read_submission("callback", given, "RU")
    if isinstance(found, Submission):
        assert message_of(found, "n", MONDAY_NOON).text is not None
