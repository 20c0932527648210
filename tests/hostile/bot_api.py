"""Updates drawn from the published description of the Bot API: each kind, with whatever optional fields."""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from integrations.telegram.callbacks import Tap

Json = dict[str, Any]

DEEPEST = 4
"""Below, only what is required."""

PEOPLE = (101, 201, 301, 999, 5_000, 2**52 - 1)
"""Teammates of the house, a stranger, a customer, and the greatest id that there can be."""

CHATS: tuple[Json, ...] = (
    *({"id": number, "type": "private", "first_name": "…"} for number in PEOPLE),
    *({"id": number, "type": "supergroup", "title": "…"} for number in (-1001, -1002, -1009)),
    {"id": -5, "type": "group", "title": "…"},
    {"id": -1007, "type": "channel", "title": "…"},
)
WORDS = st.text(max_size=40) | st.sampled_from(
    [
        *("", " ", "/", "//", "/start", "/start a__b__c", "/my", "/find %_\\", "/lead 99999999999999999999", "/t x"),
        *("/away завтра", "/digest неделя", "/link <b>", "/setup", "/customer", "/stop", "/note x", "/won"),
        *("<b>&amp;</b>", "\x00", "\u202e", "=cmd|'/c calc'!A1", "👩‍👩‍👧" * 200, "x" * 4_096, "\r\nlevel=error"),
    ]
)
MOMENTS_IN_WORDS = st.lists(
    st.sampled_from(
        [
            *("завтра", "в", "10", "tomorrow", "next", "Monday", "через", "час", "31.02.2027", "99:99", "off", "week"),
            *("неделя", "месяц", "2026-13-45", "декабря", "5", "0", "9999999999", "-1", "к", "млн", "₽", "1e999", "٣"),
            *("с", "по", "-", "—", ".", "/", ":", "+00:00", "Z", "вчера", "yesterday", "year", "год", "10000", "года"),
        ]
    ),
    max_size=5,
).map(" ".join)
NUMBERS = st.sampled_from([0, 1, 2, 3, 17, 2**31 - 1, 2**52 - 1]) | st.integers(0, 2**52 - 1)
MOMENTS = st.integers(1_700_000_000, 2**31 - 1)
TAPS = st.builds(
    "{}:{}{}".format,
    st.sampled_from([tap.value for tap in Tap]),
    st.sampled_from([0, 1, 2, 3, 2**63 - 1, 2**63, -1, "x", "١"]),
    st.sampled_from(["", ":", ":v", ":1", ":words", ":0", ":99999999999", ":spam", ":week", ":sales", ":talk-1", ":٣"]),
) | st.text(max_size=64)

_CONSTANT = re.compile(r'[“"]([^”"]+)[”"]|must be (\w+)')
_CLOSED = ("always", "an be", "one of", "must be")
_NEWER: Json = {"ChatMemberAdministrator": {"can_send_welcome_messages": True}}
"""Required since, and not in the published description."""


@cache
def specification() -> Json:
    told: Json = orjson.loads((Path(os.environ["GEMBA_EVALUATION_DATA"]) / "telegram_bot_api_spec.json").read_bytes())
    return told


def kinds() -> list[str]:
    return [field["name"] for field in specification()["types"]["Update"]["fields"] if not field["required"]]


@st.composite
def updates(draw: st.DrawFn, kind: str) -> Json:
    (field,) = (field for field in specification()["types"]["Update"]["fields"] if field["name"] == kind)
    return {kind: _value(draw, field, 0)}


def _object(draw: st.DrawFn, name: str, depth: int) -> Any:
    told = specification()["types"][name]
    if name == "User":
        more = draw(st.fixed_dictionaries({}, optional={"last_name": WORDS, "username": WORDS, "language_code": WORDS}))
        return {"id": draw(st.sampled_from(PEOPLE)), "is_bot": draw(st.booleans()), "first_name": draw(WORDS), **more}
    if name == "Chat":
        return dict(draw(st.sampled_from(CHATS)))
    if subtypes := told.get("subtypes"):
        return _value(draw, {"name": name, "types": subtypes, "description": ""}, depth + 1)
    fields = told.get("fields", [])
    wanted = {field["name"] for field in fields if field["required"]}
    optional = [field["name"] for field in fields if not field["required"]]
    if optional and depth < DEEPEST:
        wanted |= draw(st.sets(st.sampled_from(optional), max_size=4))
    if name == "Message" and depth <= 1:
        wanted |= draw(st.sampled_from([set(), {"from"}, {"from", "text"}]))
    told = {field["name"]: _value(draw, field, depth + 1) for field in fields if field["name"] in wanted}
    return {**told, **_NEWER.get(name, {})}


def _value(draw: st.DrawFn, field: Json, depth: int) -> Any:
    name, kind = field["name"], draw(st.sampled_from(field["types"]))
    if (of := kind.removeprefix("Array of ")) != kind:
        most = 2 if depth < DEEPEST else 0
        return [_value(draw, {**field, "types": [of]}, depth) for _ in range(draw(st.integers(0, most)))]
    match kind:
        case "Integer" | "Integer64":
            return draw(MOMENTS if "date" in name.split("_") else NUMBERS)
        case "Float":
            return draw(st.floats(-180, 180))
        case "True" | "Boolean":
            return kind == "True" or draw(st.booleans())
        case "String":
            constants = [one or other for one, other in _CONSTANT.findall(field["description"])]
            if constants and any(words in field["description"] for words in _CLOSED):
                return draw(st.sampled_from(constants))
            return draw(TAPS if name == "data" else WORDS)
        case _:
            return _object(draw, kind, depth)
