"""Amounts as people type them."""

import re
from decimal import Decimal, InvalidOperation

MOST = 10**15
_AMOUNT = re.compile(
    r"""^\s*(?P<number>\d[\d\s\u00a0\u202f']*(?:[.,]\d+)?)\s*
        (?P<scale>к|k|тыс\.?|тысяч[аи]?|млн\.?|m|м)?(?![а-яёa-z])\s*
        (?:₽|руб(?:\.|лей|ля|ль)?|р\.?(?![а-яёa-z])|rub|\$|usd|€|eur)?\s*(?P<rest>.*)$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_SCALES = {"к": 1_000, "k": 1_000, "т": 1_000, "м": 1_000_000, "m": 1_000_000}


def parse_amount(text: str, digits: int) -> tuple[int, str] | None:
    """«15 000,50 ₽ диван» → (1500050, "диван") for a currency with two digits; None when no amount leads the text."""
    found = _AMOUNT.match(text)
    if found is None:
        return None
    number = re.sub(r"[\s\u00a0\u202f']", "", found["number"]).replace(",", ".")
    scale = _SCALES[found["scale"][0].lower()] if found["scale"] else 1
    try:
        minor = Decimal(number) * scale * 10**digits
    except InvalidOperation:
        return None
    if minor != minor.to_integral_value() or minor > MOST:
        return None
    return int(minor), found["rest"].strip(" ,.;–-")
