"""Amounts as people type them."""

import re
import unicodedata
from decimal import Decimal

MOST = 10**15
_SPACE = " \t\u00a0\u202f\u2009'’"
_AMOUNT = re.compile(
    rf"""^\s*(?P<number>
            \d{{1,3}}(?:[{_SPACE}]\d{{3}})+(?!\d)(?:[.,]\d{{1,2}}(?!\d))?   # 15 000,50
          | \d{{1,3}}(?:\.\d{{3}}){{2,}}(?!\d)(?:,\d{{1,2}}(?!\d))?         # 1.500.000,00
          | \d{{1,3}}(?:,\d{{3}}){{2,}}(?!\d)(?:\.\d{{1,2}}(?!\d))?         # 1,500,000.00
          | \d{{1,3}}\.\d{{3}},\d{{1,2}}(?!\d)                              # 15.000,50
          | \d{{1,3}},\d{{3}}\.\d{{1,2}}(?!\d)                              # 15,000.50
          | \d++(?:[.,]\d++)?
        )\s*
        (?:(?P<scale>к|k|тыс\.?|тысяч[аи]?|млн\.?|миллион(?:а|ов)?|m|м)(?![^\W\d_]))?\s*
        (?:₽|руб(?:\.|лей|ля|ль)?(?![^\W\d_])|р\.?(?![^\W\d_])|rub|\$|usd|€|eur)?\s*(?P<rest>.*)$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_SCALES = {"к": 1_000, "k": 1_000, "т": 1_000, "м": 1_000_000, "m": 1_000_000}
_MORE_NUMBER = re.compile(r"\s*(?:[-–—+*/.,:]\s*\d|[\d\s]+$)")
_GROUPS_OF_THREE = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def parse_amount(text: str, digits: int) -> tuple[int, str] | None:
    """«15 000,50 ₽ диван» → (1500050, "диван") for a currency with two digits; None when no amount leads the text.

    What can be read in two ways is no amount: «100–150 тысяч», «1 5000». Three digits after a single point or comma are
    thousands, except before «млн» and the like: nobody sells for 15 roubles and 000 thousandths.
    """
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    found = _AMOUNT.match(visible)
    if found is None or _MORE_NUMBER.match(found["rest"]):
        return None
    minor = Decimal(_plain(found["number"], scaled=bool(found["scale"]))) * _scale(found["scale"]) * 10**digits
    if minor > MOST or minor != minor.to_integral_value():
        return None
    return int(minor), found["rest"].strip(" \t\n,.;–-")


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
