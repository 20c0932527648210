"""Amounts as people really type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Amount, parse_amount


@pytest.mark.parametrize(
    ("typed", "amount", "rest"),
    [
        ("15000", 15_000_00, ""),
        ("15 000", 15_000_00, ""),
        ("15\u00a0000,50 ₽", 15_000_50, ""),
        ("15'000", 15_000_00, ""),
        ("15000 диван", 15_000_00, "диван"),
        ("15000р. диван угловой", 15_000_00, "диван угловой"),
        ("15 000 рублей, диван", 15_000_00, "диван"),
        ("15000руб", 15_000_00, ""),
        ("15000 реклама", 15_000_00, "реклама"),
        ("15к", 15_000_00, ""),
        ("15k кухня", 15_000_00, "кухня"),
        ("15 кухонь", 15_00, "кухонь"),
        ("15 тыс. руб. кухня", 15_000_00, "кухня"),
        ("1,5 млн", 1_500_000_00, ""),
        ("1,250 млн", 1_250_000_00, ""),
        ("2 миллиона", 2_000_000_00, ""),
        ("12.5", 12_50, ""),
        ("12,05", 12_05, ""),
        ("15.000", 15_000_00, ""),
        ("15,000", 15_000_00, ""),
        ("15.000,50", 15_000_50, ""),
        ("15,000.50", 15_000_50, ""),
        ("1.234.567,89", 1_234_567_89, ""),
        ("1,234,567", 1_234_567_00, ""),
        ("95 000 3 метра", 95_000_00, "3 метра"),
        ("95000 2 шкафа", 95_000_00, "2 шкафа"),
        ("0", 0, ""),
        ("\u200f15000", 15_000_00, ""),
        ("95 000 🎉", 95_000_00, "🎉"),
        ("١٥", 15_00, ""),
        ("15000\nдиван", 15_000_00, "диван"),
    ],
)
def test_an_amount_and_what_was_sold(typed: str, amount: int, rest: str) -> None:
    assert parse_amount(typed, "RUB") == Amount(amount, "RUB", rest)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "диван",
        "-5",
        "−5000",
        "около 15",
        "1 5000",
        "100-150 тысяч",
        "100 – 150",
        "12:30",
        "16.11.2026",
        "0,005",
        "9" * 17,
        "99999999999 млн",
        "// 15000",
        "👍",
    ],
)
def test_what_is_no_amount_is_asked_for_again(typed: str) -> None:
    assert parse_amount(typed, "RUB") is None


@pytest.mark.parametrize(("typed", "amount"), [("15000", 15_000), ("15 000", 15_000), ("12.5", None), ("1,5к", 1_500)])
def test_a_currency_without_small_change(typed: str, amount: int | None) -> None:
    assert parse_amount(typed, "JPY") == (None if amount is None else Amount(amount, "JPY", ""))


@pytest.mark.parametrize(
    ("typed", "minor", "currency", "rest"),
    [
        ("$500", 500_00, "USD", ""),
        ("$ 1,500.50 lamp", 1_500_50, "USD", "lamp"),
        ("500 €", 500_00, "EUR", ""),
        ("500€ стол", 500_00, "EUR", "стол"),
        ("500 USD", 500_00, "USD", ""),
        ("usd 500", 500_00, "USD", ""),
        ("500 тыс. руб", 500_000_00, "RUB", ""),
        ("500 долларов за стол", 500_00, "USD", "за стол"),
        ("15 000 евро", 15_000_00, "EUR", ""),
        ("200 000 тенге", 200_000_00, "KZT", ""),
        ("1,5 млн ₸", 1_500_000_00, "KZT", ""),
        ("500 долек", 500_00, "GEL", "долек"),
        ("500", 500_00, "GEL", ""),
    ],
)
def test_the_currency_that_is_named_else_the_houses(typed: str, minor: int, currency: str, rest: str) -> None:
    assert parse_amount(typed, "GEL") == Amount(minor, currency, rest)


def test_roubles_are_the_houses_own() -> None:
    assert parse_amount("500 руб", "BYN") == Amount(500_00, "BYN", "")
    assert parse_amount("500 RUB", "BYN") == Amount(500_00, "RUB", "")
    assert parse_amount("500 руб", "USD") == Amount(500_00, "RUB", "")
    assert parse_amount("$500 €", "RUB") is None


@given(st.text(max_size=200), st.sampled_from(["RUB", "JPY", "KWD"]))
def test_no_text_breaks_it(typed: str, currency: str) -> None:
    found = parse_amount(typed, currency)
    assert found is None or found.minor >= 0


@given(st.integers(0, 10**12))
def test_a_plain_number_is_itself(whole: int) -> None:
    assert parse_amount(f"{whole:,}".replace(",", " "), "RUB") == Amount(whole * 100, "RUB", "")
    assert parse_amount(str(whole), "RUB") == Amount(whole * 100, "RUB", "")
