"""Amounts as people really type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import parse_amount


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
    assert parse_amount(typed, 2) == (amount, rest)


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
    assert parse_amount(typed, 2) is None


@pytest.mark.parametrize(("typed", "amount"), [("15000", 15_000), ("15 000", 15_000), ("12.5", None), ("1,5к", 1_500)])
def test_a_currency_without_small_change(typed: str, amount: int | None) -> None:
    assert parse_amount(typed, 0) == (None if amount is None else (amount, ""))


@given(st.text(max_size=200), st.integers(0, 3))
def test_no_text_breaks_it(typed: str, digits: int) -> None:
    found = parse_amount(typed, digits)
    assert found is None or found[0] >= 0


@given(st.integers(0, 10**12))
def test_a_plain_number_is_itself(whole: int) -> None:
    assert parse_amount(f"{whole:,}".replace(",", " "), 2) == (whole * 100, "")
    assert parse_amount(str(whole), 2) == (whole * 100, "")
