"""Text as the rules see it: one spelling for one word, whatever the customer's keyboard produced."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_TEXT: Final = 8_000
"""Characters of one text that are looked at; twice the longest Telegram message."""

_WORD = re.compile(r"\w+\*?")
# Soft hyphens, zero-width characters and stress marks are invisible to people and would split a word in two.
_SPELLING: Final = {ord("ё"): "е", **dict.fromkeys((0x00AD, 0x0301, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))}


def fold(text: str) -> str:
    """NFKC, case folded, ё as е, single spaces, at most `MAX_TEXT` characters."""
    folded = unicodedata.normalize("NFKC", text[:MAX_TEXT]).casefold().translate(_SPELLING)
    return " ".join(folded.split())[:MAX_TEXT]


def words_pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the words or phrases in a folded text.

    `стоимост*` stands for every word with that beginning; the words of a phrase follow each other. Runs in linear time.

    Raises ValueError, with a reason in plain words, for a phrase without letters or with a misplaced star.
    """
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_phrase_pattern, phrases))})(?!\w)")


def _phrase_pattern(phrase: str) -> str:
    words = _WORD.findall(fold(phrase))
    if not words:
        raise ValueError(f'"{phrase}" has no letters or digits')
    if phrase.count("*") != sum(word.endswith("*") for word in words) or re.search(r"\*\w", phrase):
        raise ValueError(f'"{phrase}" has a star elsewhere than at the end of a word')
    # One to three characters between words, so that "чек-лист" and "цена , срок" match but sentences far apart do not.
    return r"\W{1,3}".join(word[:-1] + r"\w*" if word.endswith("*") else word for word in words)
