"""A broken scoring file is refused with one line: file, line, what is wrong, what to do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.scoring import load_rules, parse_rules
from bot.domain.toml_file import TomlFileError

VALID = """\
handoff = 50
hysteresis = 5

[bands]
marketing_qualified = 20
sales_accepted = 50
sales_qualified = 80

[groups.words]
cap = 60
title.ru = "Слова"
title.en = "Words"

[[rules]]
id = "asked_price"
points = 30
group = "words"
half_life_days = 30
reason = { ru = "Вопрос о цене", en = "Asked the price" }
text.words = [
  "цена", # a comment with "quotes" ] and = signs
  "сколько стоит",
]

[[rules]]
id = "phone_known"
points = 10
reason.ru = "Телефон известен"
reason.en = "Phone known"
[rules.known.phone]
present = true
"""

BROKEN = [
    # syntax
    ("handoff = 50", "handoff 50", "1: not valid TOML: Expected '=' after a key in a key/value pair"),
    ("[bands]", "[bands", "4: not valid TOML: Expected ']' at the end of a table declaration"),
    ("cap = 60", "cap = 60\ncap = 70", "11: not valid TOML: Cannot overwrite a value"),
    ("present = true\n", 'present = """', "31: not valid TOML: Unterminated string"),
    ("handoff = 50", "handoff = " + "[" * 100_000, "!not valid TOML: too long a number or too deeply nested"),
    # keys
    ("hysteresis = 5", "histeresis = 5", '2: unknown key "histeresis"; did you mean "hysteresis"?'),
    ("points = 30", "pionts = 30", '16: rule "asked_price": unknown key "pionts"; did you mean "points"?'),
    ("cap = 60", "limit = 60", '10: group "words": unknown key "limit"; known here: cap, title'),
    (
        "sales_qualified = 80",
        "sales_kualified = 80",
        '7: bands: unknown key "sales_kualified"; did you mean "sales_qualified"?',
    ),
    ("reason.en", "reason.de", '29: rule "phone_known": unknown key "de"; known here: ru, en'),
    ("text.words", "text.word", '20: rule "asked_price": unknown key "word"; did you mean "words"?'),
    ("known.phone", "known.phnoe", '30: rule "phone_known": known has no field "phnoe"; did you mean "phone"?'),
    # types
    ("points = 30", 'points = "ten"', '16: rule "asked_price": points must be a whole number, got "ten"'),
    ("points = 30", "points = 7.5", '16: rule "asked_price": points must be a whole number, got 7.5'),
    ("points = 30", "points = true", '16: rule "asked_price": points must be a whole number, got true'),
    ("handoff = 50", "handoff = 1979-05-27", '1: handoff must be a whole number, got "1979-05-27"'),
    ("half_life_days = 30", "half_life_days = nan", '18: rule "asked_price": half_life_days must be a number, got NaN'),
    (
        'reason.ru = "Телефон известен"\nreason.en = "Phone known"',
        'reason = "Phone"',
        '28: rule "phone_known": reason must be a table such as { ru = "…", en = "…" }, got "Phone"',
    ),
    (
        '"Phone known"',
        '""',
        '29: rule "phone_known": reason.en must be a text in quotes, got ""',
    ),
    (
        "[rules.known.phone]\npresent = true",
        "known.phone = true",
        '30: rule "phone_known": phone must be a table such as { equals = "…" }, got true',
    ),
    ("present = true", "present = false", '31: rule "phone_known": present can only be true, got false'),
    (
        "text.words = [",
        "event = [1]\ntext.words = [",
        '20: rule "asked_price": event must be a list of texts such as ["one", "two"], got [1]',
    ),
    (
        "text.words = [",
        'event = "form"\ntext.words = [',
        '20: rule "asked_price": event must be a list of texts such as ["one", "two"], got "form"',
    ),
    # what is missing
    ("points = 30\n", "", '14: rule "asked_price": points is missing; it must be a whole number'),
    ('id = "phone_known"\n', "", "25: rule 2: id is missing; it must be a text"),
    ("handoff = 50\n", "", "1: handoff is missing; it must be a whole number"),
    ("sales_accepted = 50\n", "", "4: bands: sales_accepted is missing; it must be a whole number"),
    ('reason.en = "Phone known"\n', "", '28: rule "phone_known": reason.en is missing; it must be a text'),
    (', en = "Asked the price"', "", '19: rule "asked_price": reason.en is missing; it must be a text'),
    (
        "[rules.known.phone]\npresent = true",
        "",
        '25: rule "phone_known": has no condition; add one of event, channel, text, attribute, known',
    ),
    (
        "present = true",
        "",
        '30: rule "phone_known": known.phone has no test; use one of equals, one_of, contains, starts_with, words,'
        " matches, at_least, below, present, missing",
    ),
    # values
    ("points = 30", "points = 1001", '16: rule "asked_price": points must be from -1000 to 1000, got 1001'),
    (
        '"phone_known"',
        '"Phone known"',
        '26: rule 2: "Phone known" is no id; use small Latin letters, digits and _, a letter first',
    ),
    ('"phone_known"', '"asked_price"', '26: rule "asked_price": this id is used twice; rename one of the two rules'),
    ('"phone_known"', '"words"', '26: rule "words": a group has the same id; rename the rule or the group'),
    ('group = "words"', 'group = "word"', '17: rule "asked_price": unknown group "word"; did you mean "words"?'),
    (
        'group = "words"',
        'group = "x"',
        '17: rule "asked_price": unknown group "x"; add a [groups.x] table with cap and title',
    ),
    (
        "sales_accepted = 50",
        "sales_accepted = 20",
        "6: bands: sales_accepted must be higher than marketing_qualified (20), got 20",
    ),
    (
        "sales_qualified = 80",
        "sales_qualified = 49",
        "7: bands: sales_qualified must be higher than sales_accepted (50), got 49",
    ),
    (
        "handoff = 50",
        "handoff = 81",
        "1: handoff must lie between marketing_qualified (20) and sales_qualified (80), got 81",
    ),
    (
        "handoff = 50",
        "handoff = 19",
        "1: handoff must lie between marketing_qualified (20) and sales_qualified (80), got 19",
    ),
    ("hysteresis = 5", "hysteresis = -1", "2: hysteresis must be from 0 to 1000, got -1"),
    ("hysteresis = 5", "hysteresis = 30", "2: hysteresis must be less than the narrowest band (30), got 30"),
    (
        "half_life_days = 30",
        "half_life_days = 0",
        '18: rule "asked_price": half_life_days must be from 0.01 to 3650, got 0',
    ),
    (
        "points = 30",
        "points = -30",
        '18: rule "asked_price": half_life_days needs positive points; to lift negative ones later, use until',
    ),
    (
        "points = 10",
        "points = 10\nmax_times = 3",
        '28: rule "phone_known": max_times needs a condition on events; known fields have no time and count once',
    ),
    ("half_life_days = 30", "max_times = 0", '18: rule "asked_price": max_times must be from 1 to 1000, got 0'),
    (
        "half_life_days = 30",
        'until = ["asked_prise"]',
        '18: rule "asked_price": until names no rule and no group: "asked_prise"; did you mean "asked_price"?',
    ),
    (
        "half_life_days = 30",
        'until = ["phone_known"]',
        '18: rule "asked_price": until names rule "phone_known", which has no condition on events',
    ),
    (
        '"цена", #',
        '"*цена", #',
        '20: rule "asked_price": words: "*цена" has a star elsewhere than at the end of a word',
    ),
    ('"цена", #', '"₽", #', '20: rule "asked_price": words: "₽" has no letters or digits'),
    (
        "present = true",
        'present = true\nequals = "x"',
        '31: rule "phone_known": known.phone has several tests (equals, present); choose one, or make two rules',
    ),
    (
        "present = true",
        "at_least = 5\nbelow = 5",
        '31: rule "phone_known": at_least must be less than below (5), got 5',
    ),
    (
        "present = true",
        "matches = '('",
        '31: rule "phone_known": matches "(" is not a regular expression: missing ), unterminated subpattern at'
        " position 0",
    ),
    (
        "present = true",
        "matches = '(a+)+'",
        '31: rule "phone_known": matches "(a+)+" repeats a group; repeat single characters or list the words',
    ),
    (
        "present = true",
        "matches = 'a.*b.*c'",
        '31: rule "phone_known": matches "a.*b.*c" repeats too much; write .{0,20} instead of .*, or list the words',
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), BROKEN, ids=[case[2][:60] for case in BROKEN])
def test_a_broken_file_is_refused_with_its_line(old: str, new: str, expected: str) -> None:
    assert VALID.count(old) == 1
    with pytest.raises(TomlFileError) as refused:
        parse_rules(VALID.replace(old, new))
    message = str(refused.value)
    if expected.startswith("!"):
        assert message == f"scoring.toml: {expected[1:]}"
    else:
        assert message == f"scoring.toml:{expected}"
    assert "\n" not in message


def test_the_valid_file_is_accepted_whatever_its_line_ends() -> None:
    for text in (VALID, VALID.replace("\n", "\r\n")):
        rules = parse_rules(text)
        assert [rule.id for rule in rules.rules] == ["asked_price", "phone_known"]
        assert (rules.handoff, rules.thresholds.hysteresis, rules.groups["words"].cap) == (50, 5, 60)


def test_line_numbers_hold_with_windows_line_ends() -> None:
    with pytest.raises(TomlFileError, match=r"^scoring.toml:27: "):
        parse_rules(VALID.replace("points = 10", "points = []").replace("\n", "\r\n"))


def test_no_rules() -> None:
    with pytest.raises(TomlFileError, match=r"^x.toml:1: there are no rules; add at least one \[\[rules\]\] table$"):
        parse_rules(VALID[: VALID.index("[[rules]]")], "x.toml")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ": the file is empty; start from a copy of the default rules"),
        (b" \n\t\n", ": the file is empty; start from a copy of the default rules"),
        (b"\xef\xbb\xbf", ": the file is empty; start from a copy of the default rules"),
        (VALID.encode("cp1251"), ":11: not UTF-8 text; save the file as UTF-8"),
        (VALID.encode("utf-16"), ":1: not UTF-8 text; save the file as UTF-8"),
        (b"#" * (256 * 1024 + 1), ": larger than 256 kB; this is no file for SCORING_FILE"),
    ],
)
def test_a_file_that_is_no_rules_file(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "scoring.toml"
    path.write_bytes(content)
    with pytest.raises(TomlFileError) as refused:
        load_rules(path)
    assert str(refused.value) == f"{path}{expected}"


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "scoring.toml"
    path.write_bytes(b"\xef\xbb\xbf" + VALID.encode())
    assert len(load_rules(str(path)).rules) == 2


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(TomlFileError) as refused:
        load_rules(path)
    assert str(refused.value) == f"{path}: no such file; correct SCORING_FILE or leave it out for the defaults"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TomlFileError) as refused:
        load_rules(tmp_path)
    assert str(refused.value) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_message_is_one_line_even_when_the_file_is_hostile() -> None:
    with pytest.raises(TomlFileError) as refused:
        parse_rules(VALID + '"a\\nb\\u2028c" = 1\n')
    assert len(str(refused.value).splitlines()) == 1


@given(
    st.integers(0, len(VALID)),
    st.integers(0, 30),
    st.sampled_from(
        ("", "\n", '"', "[", "]]", "{", "=", "#", "\\", "1e999", "[1]", "{}", "-", "true", "x = 1\n", "\x00")
    )
    | st.text(max_size=5),
)
def test_any_damage_is_refused_or_harmless(start: int, length: int, replacement: str) -> None:
    try:
        parse_rules(VALID[:start] + replacement + VALID[start + length :])
    except TomlFileError as refused:
        assert len(str(refused).splitlines()) == 1
