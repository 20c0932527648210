"""Phones and addresses in people's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.contacts import find_email, find_phone, show_phone


@pytest.mark.parametrize(
    "said",
    [
        "+79161234567",
        "89161234567",
        "8 (916) 123-45-67",
        "мой номер 8-916-123-45-67, Иван",
        "+7 916 123 45 67.",
        "звоните 9161234567",
        "Заказ 1234567890123, телефон 8 916 123-45-67",
        "89161234567 89031234567",
        "89161234567👍",
    ],
)
def test_a_phone_however_it_is_written(said: str) -> None:
    assert find_phone(said, "RU") == "+79161234567"


@pytest.mark.parametrize("said", ["", "123", "0000000000", "договор 1234567890123456", "95 000 ₽", "с 10 до 20"])
def test_digits_that_are_no_phone(said: str) -> None:
    assert find_phone(said, "RU") is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Пишите на Ivan.Petrov+shop@Mail.RU, жду", "ivan.petrov+shop@mail.ru"),
        ("почта ivan@firma.example.", "ivan@firma.example"),
        ("иван@почта.рф", "иван@почта.рф"),
        ("@ivan", None),
        ("ivan@localhost", None),
        ("5 шт @ 100 р.", None),
    ],
)
def test_an_address_in_a_sentence(said: str, found: str | None) -> None:
    assert find_email(said) == found


def test_a_phone_as_people_read_it() -> None:
    assert show_phone("+79161234567") == "+7 916 123-45-67"
    assert show_phone("мусор") == "мусор"


@given(st.text(max_size=2_000))
def test_no_text_breaks_them(said: str) -> None:
    find_phone(said, "RU")
    find_email(said)
