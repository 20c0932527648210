"""Amounts as people type them."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision

MOST = 10**15
_SPACE = " \t\u00a0\u202f\u2009'’"
_CURRENCIES: dict[str, str] = {
    "RUB": r"₽|руб(?:\.|лей|ля|ль)?|р\.?",
    "USD": r"\$|долл?(?:\.|ар(?:а|ов)?)?|dollars?|бакс(?:а|ов)?",
    "EUR": r"€|евро|euros?",
    "GBP": r"£|фунт(?:а|ов)?|pounds?",
    "KZT": r"₸|тенге|tenge",
    "BYN": r"byn|бел\.?\s?руб(?:\.|лей|ля|ль)?",
    "UAH": r"₴|грн\.?|грив(?:ен|на|ны|ня|ні)",
    "TRY": r"₺|лир[аы]?",
    "AMD": r"֏|драм(?:а|ов)?",
    "GEL": r"₾|лари",
    "UZS": r"сум(?:а|ов)?",
    "KGS": r"сом(?:а|ов)?",
    "AED": r"дирхам(?:а|ов)?|dirhams?",
    "CNY": r"юан(?:ь|я|ей)|yuan",
    "PLN": r"zł|злот(?:ый|ых)",
    "INR": r"₹|рупи[йяи]",
    "ILS": r"₪|шекел(?:ь|я|ей)",
}
"""How people write currencies; their three letters always work."""

_NAMED = "|".join(f"(?:{code}|{words})" for code, words in _CURRENCIES.items())
_ROUBLES = frozenset({"RUB", "BYN"})
_AMOUNT = re.compile(
    rf"""^\s*(?:(?P<before>{_NAMED})\s*)?(?P<number>
            \d{{1,3}}(?:[{_SPACE}]\d{{3}})+(?!\d)(?:[.,]\d{{1,2}}(?!\d))?   # 15 000,50
          | \d{{1,3}}(?:\.\d{{3}}){{2,}}(?!\d)(?:,\d{{1,2}}(?!\d))?         # 1.500.000,00
          | \d{{1,3}}(?:,\d{{3}}){{2,}}(?!\d)(?:\.\d{{1,2}}(?!\d))?         # 1,500,000.00
          | \d{{1,3}}\.\d{{3}},\d{{1,2}}(?!\d)                              # 15.000,50
          | \d{{1,3}},\d{{3}}\.\d{{1,2}}(?!\d)                              # 15,000.50
          | \d++(?:[.,]\d++)?
        )\s*
        (?:(?P<scale>к|k|тыс\.?|тысяч[аи]?|млн\.?|миллион(?:а|ов)?|m|м)(?![^\W\d_]))?\s*
        (?:(?P<after>{_NAMED})(?![^\W\d_]))?\s*(?P<rest>.*)$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_SCALES = {"к": 1_000, "k": 1_000, "т": 1_000, "м": 1_000_000, "m": 1_000_000}
_MORE_NUMBER = re.compile(r"\s*(?:[-–—+*/.,:]\s*\d|[\d\s]+$)")
_GROUPS_OF_THREE = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True, slots=True)
class Amount:
    minor: int
    """In minor units of `currency`."""
    currency: str
    rest: str
    """What was said besides: the product."""


def parse_amount(text: str, currency: str) -> Amount | None:
    """«15 000,50 ₽ диван» → 1 500 050 RUB for "диван"; None when no amount leads the text.

    It is in the currency that it names, else in `currency`, which is also what «руб» means where that is some rouble.
    What can be read in two ways is no amount: «100–150 тысяч», «1 5000», «$500 €». Three digits after a single point or
    comma are thousands, except before «млн» and the like: nobody sells for 15 roubles and 000 thousandths.
    """
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    found = _AMOUNT.match(visible)
    if found is None or _MORE_NUMBER.match(found["rest"]):
        return None
    named = {_code(name, currency) for name in (found["before"], found["after"]) if name}
    if len(named) > 1:
        return None
    currency = named.pop() if named else currency
    digits = get_currency_precision(currency)
    minor = Decimal(_plain(found["number"], scaled=bool(found["scale"]))) * _scale(found["scale"]) * 10**digits
    if minor > MOST or minor != minor.to_integral_value():
        return None
    return Amount(int(minor), currency, found["rest"].strip(" \t\n,.;–-"))


def _code(name: str, house: str) -> str:
    code = next(code for code, words in _CURRENCIES.items() if re.fullmatch(f"{code}|{words}", name, re.IGNORECASE))
    return house if code == "RUB" and house in _ROUBLES and name.upper() != "RUB" else code


def _plain(number: str, *, scaled: bool) -> str:
    """The number as a machine writes it."""
    number = re.sub(rf"[{_SPACE}]", "", number)
    marks = re.findall(r"[.,]", number)
    if len(marks) == 1 and (scaled or not _GROUPS_OF_THREE.fullmatch(number)):
        return number.replace(",", ".")
    if len(set(marks)) > 1:  # the last mark is the decimal one
        whole, _, cents = number.rpartition(marks[-1])
        return f"{re.sub('[.,]', '', whole)}.{cents}"
    return re.sub("[.,]", "", number)


def _scale(word: str | None) -> int:
    return _SCALES[word[0].lower()] if word else 1
