"""Enough to tell two people apart, too little to reach them."""

import pytest

from bot.domain.contacts import mask_contacts, mask_email, mask_phone, show_phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+79161234567", "+7 916 •••-••-67"),
        ("+375291234567", "+375 29 •••-••-67"),
        ("+12015550123", "+1 201-•••-••23"),
    ],
)
def test_a_phone_keeps_its_network_and_its_end(number: str, shown: str) -> None:
    assert mask_phone(show_phone(number)) == shown
    assert show_phone(shown) == shown


def test_an_address_keeps_its_first_letter_and_its_host() -> None:
    assert mask_email("ivan@mail.ru") == "i•••@mail.ru"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Звоните 8 (916) 123-45-67 до шести", "Звоните 8 (916) •••-••-67 до шести"),
        ("мой 89161234567, или ivan.petrov@mail.ru", "мой 8916•••••67, или i•••@mail.ru"),
        ("пишите @ivan_petrov", "пишите @i•••"),
        ("8.916.123.45.67", "8.916.•••.••.67"),
        ("кухня 3 метра за 150 000 рублей, 2026 год", "кухня 3 метра за 150 000 рублей, 2026 год"),
        ("", ""),
    ],
)
def test_what_people_type_is_masked_within_their_words(said: str, shown: str) -> None:
    assert mask_contacts(said) == shown
    assert mask_contacts(shown) == shown
