"""Whatever is typed, searched or exported by whomever: what it means is all that it does."""

import base64
import csv
import hmac
import io
import ipaddress
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from pydantic import ValidationError

from bot.domain.toml_file import TomlFileError
from bot.settings import Settings, SettingsError
from bot.use_cases.find_leads import find_leads
from bot.use_cases.write_rows import FileFormat, csv_text, open_writer
from integrations.forms.loading import parse_forms
from integrations.gate import Gate
from integrations.webchat.filetypes import PNG, clean_name
from integrations.webchat.identity import Identity, Passport
from tests.hostile import profile
from tests.hostile.test_telegram import JUNK
from tests.use_cases.house import House

LETTERS = st.text("abАё%_*?[]\\^$.|(){}+-'\";&\u0130ß", min_size=2, max_size=8)


@profile(25)
@given(name=LETTERS, query=LETTERS)
async def test_what_is_searched_is_letters_and_no_pattern(house: House, name: str, query: str) -> None:
    """Found by its own letters, whatever they would mean in a pattern; and by no others."""
    lead_id = (await house.writes(f"x{name}y", "…")).lead_id
    found = {hit.lead.id for hit in await house.store.read(find_leads, name, "RU")}
    assert lead_id in found or len(found) >= 10
    for hit in await house.store.read(find_leads, query, "RU"):
        assert _folded(query) in _folded(f"{hit.name} {hit.said or ''}")


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")


FORMULA = "=+-@\t\r\n＝＋－＠"
CELLS = st.text(st.sampled_from("=+-@\t\r\n＝＋－＠0123456789 ,.;'\"|!Aя()"), max_size=12)


@profile(100)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_no_cell_is_a_formula_and_no_phone_is_spoiled(cells: list[str]) -> None:
    """What a spreadsheet reads is what was written, with an apostrophe before what is no number; and so it is where
    files are broken at semicolons instead, whatever stands in quotation marks."""
    table = csv_text(["x"] * (len(cells) + 1), [["7", *cells]])
    _, (_, *read) = csv.reader(io.StringIO(table, newline=""))
    for written, cell in zip(cells, read, strict=True):
        assert cell.replace("'", "") == written.replace("'", "")
        if cell.startswith(tuple(FORMULA)):
            assert float(written.lstrip("+-").replace(",", ".")) >= 0, "only a number may begin so"
    for broken in re.split(r"[;\r\n]", table.partition("\n")[2]):
        assert not broken.lstrip(" \t").startswith(tuple(FORMULA))
    assert csv_text(["x"], [["+79161234567"]]).splitlines()[1] == "+79161234567"


@profile(15)
@given(st.lists(CELLS | st.text(max_size=12), min_size=1, max_size=4))
def test_a_sheet_says_what_was_written_and_reckons_nothing(tmp_path: Path, cells: list[str]) -> None:
    with_text = [cell.replace("\r", "") for cell in cells]  # XML has one kind of line break
    sheet = open_writer(tmp_path / "x.xlsx", FileFormat.XLSX, ["x"], "Leads")
    sheet.write([{"x": cell} for cell in with_text])
    sheet.close()
    page = zipfile.ZipFile(tmp_path / "x.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page and "<hyperlink" not in page and page.count('t="inlineStr"') == 1 + len(cells)


MOMENT = datetime(2026, 11, 16, 9, tzinfo=UTC)
NOW = int(MOMENT.timestamp())
KEY, HS256 = "0123456789abcdef0123456789abcdef", {"alg": "HS256"}
SECONDS = st.sampled_from([NOW, NOW + 1, NOW - 3_600, NOW + 3_600, 0, -1, 10**30, -(10**30), 1e308, True, "1", None])
CLAIMS = st.fixed_dictionaries(
    {"iat": SECONDS, "exp": SECONDS, "sub": st.sampled_from(["42", 42, "x" * 129, " ", 2**70, ["42"]]) | JUNK},
    optional={"name": JUNK, "phone": JUNK | LETTERS, "email": JUNK | LETTERS, "kid": JUNK},
)


def jwt(head: object, claims: object, key: str) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)]
    digest = hmac.digest(key.encode(), ".".join(parts).encode(), "sha256")
    return ".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()])


@profile(100)
@given(
    claims=CLAIMS | JUNK,
    head=st.sampled_from([HS256, HS256, {"alg": "none"}, {"alg": "RS256"}, {"alg": "hs256"}, {}, [], None, "HS256"]),
    key=st.sampled_from([KEY, KEY, KEY.upper(), ""]),
    spoiled=st.sampled_from(["{}", "{}", "{}=", "{}.", ".{}", "{} ", "{}\n", "é{}", "x{}"]),
)
def test_nobody_is_logged_in_by_what_the_site_has_not_signed_for_now(
    claims: Any, head: Any, key: str, spoiled: str
) -> None:
    told = Passport(KEY, "RU").read(spoiled.format(jwt(head, claims, key)), MOMENT)
    if isinstance(told, Identity):
        assert (head, key) == (HS256, KEY) and spoiled in ("{}", "{}=")
        assert claims["iat"] - 60 <= NOW < claims["exp"] + 60 <= claims["iat"] + 3_660
        assert 1 <= len(told.login) <= 128 and told.login == str(claims["sub"]).strip() and len(told.name) <= 128


PLACES = st.lists(st.sampled_from([*"./\\\0\u202e:% ", "..", "a.exe", ".png ", "\ud800", "CON"]), max_size=9).map(
    "".join
)


@profile(100)
@given(name=st.text(max_size=120) | PLACES)
def test_a_file_has_a_name_and_no_place(name: str) -> None:
    cleaned = clean_name(name, PNG)
    assert re.fullmatch(r"[^/\\:\x00-\x1f\u202a-\u202e\u2066-\u2069]*[^/\\:.]\.png", cleaned) and len(cleaned) <= 100
    assert not cleaned.startswith(".")


FORMS_FILE = """[forms.order]
preset = "tilda"
fields = { "Ваше имя" = "name", "q*" = "message" }
labels = { "result.title" = "Итог" }
constant = { utm_source = "quiz" }
drop = ["_wp*"]
secret = { in = "header", name = "X-Key", variable = "ORDER" }
reply = { status = 200, text = "ok" }
keeps_errors = true
"""


DAMAGE = ["\n", '"', "[", "[" * 3_000, "{", "{x=" * 900, "=", "#", "\\", "1e999", "[[forms.order]]", "true", "\0"]
DAMAGE += ["*" * 99, "a." * 999, "9" * 5_000, "2027-13-45", "\u2028"]


@profile(100)
@given(
    start=st.integers(0, len(FORMS_FILE)), length=st.integers(0, 30), put=st.sampled_from(DAMAGE) | st.text(max_size=5)
)
def test_a_damaged_file_of_forms_is_refused_with_one_line_or_harmless(start: int, length: int, put: str) -> None:
    try:
        forms = parse_forms(FORMS_FILE[:start] + put + FORMS_FILE[start + length :], "forms.toml", {"ORDER": "s3cret"})
    except TomlFileError as refused:
        assert len(str(refused).splitlines()) == 1 and "s3cret" not in str(refused)
    else:
        assert all("s3cret" not in repr(form) for form in forms.values())


PROXIES = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]
HOPS = st.sampled_from(
    ["10.1.2.3", "192.0.2.1", "2001:db8::1", "8.8.8.8", "6.6.6.6", "", "x" * 99, "::ffff:10.1.2.3", "[::1]", " "]
)


@profile(100)
@given(nearest=HOPS, hops=st.lists(HOPS, max_size=4), apart=st.integers(0, 4))
def test_only_our_proxies_say_where_somebody_comes_from(nearest: str, hops: list[str], apart: int) -> None:
    """Whatever stands before the address that a proxy of ours has seen is a tale of whoever sent it."""
    headers = CIMultiDict[str]()
    for part in filter(None, (hops[:apart], hops[apart:])):
        headers.add("X-Forwarded-For", ",".join(part))
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=nearest)
    way = [hop.strip() for hop in [*hops, nearest]]
    seen = next((hop for hop in reversed(way) if not is_one_of_ours(hop)), way[0])
    assert Gate((), PROXIES, a_minute=1, a_minute_by_server=1).address(request).strip() == seen[:64]


def is_one_of_ours(hop: str) -> bool:
    try:
        return any(ipaddress.ip_address(hop) in ipaddress.ip_network(proxy) for proxy in PROXIES)
    except ValueError:
        return False


NAMES = [name for name, field in Settings.model_fields.items() if name not in ("data_dir", "clock_file")]


@profile(100)
@given(name=st.sampled_from(NAMES), value=st.text(max_size=40) | st.sampled_from(["-1", "1e9", "[", "http://", "٣"]))
def test_no_value_of_a_setting_breaks_the_start_in_another_way(name: str, value: str) -> None:
    """Taken, or refused in the one way that becomes a line which names it."""
    try:
        Settings(_env_file=None, **{name: value})  # type: ignore[arg-type]
    except (ValidationError, SettingsError) as refused:
        assert refused
