"""Whatever is typed, searched or exported by whomever: what it means is all that it does."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.settings import Settings, SettingsError
from bot.storage.store import Store
from bot.use_cases.find_leads import find_leads
from bot.use_cases.write_rows import csv_text
from tests.conftest import MovableClock
from tests.hostile import profile
from tests.use_cases.house import House

LETTERS = st.text("abАё%_*?[]\\^$.|(){}+-'\";&\u0130ß", min_size=2, max_size=8)


@pytest.fixture
async def house(store: Store, clock: MovableClock) -> House:
    house = House(store, clock)
    await house.opens()
    return house


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


CELLS = st.text(st.sampled_from("=+-@\t\r\n＝＋－＠0123456789 ,.;'\"|!Aя()"), max_size=12)


@profile(100)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_no_cell_is_a_formula_and_no_phone_is_spoiled(cells: list[str]) -> None:
    """What a spreadsheet reads is what was written, at most with an apostrophe before it; numbers have none."""
    _, read = csv.reader(io.StringIO(csv_text(["x"] * len(cells), [cells]), newline=""))
    for written, cell in zip(cells, read, strict=True):
        assert cell in (written, f"'{written}")
        bare = written.lstrip("+-").replace(",", ".")
        if cell[:1] and cell[0] in "=+-@\t\r\n＝＋－＠":
            assert float(bare) >= 0, "only a number may begin so"
    assert csv_text(["x"], [["+79161234567"]]).splitlines()[1] == "+79161234567"


NAMES = [name for name, field in Settings.model_fields.items() if name not in ("data_dir", "clock_file")]


@profile(100)
@given(name=st.sampled_from(NAMES), value=st.text(max_size=40) | st.sampled_from(["-1", "1e9", "[", "http://", "٣"]))
def test_no_value_of_a_setting_breaks_the_start_in_another_way(name: str, value: str) -> None:
    """Taken, or refused in the one way that becomes a line which names it."""
    try:
        Settings(_env_file=None, **{name: value})  # type: ignore[arg-type]
    except (ValidationError, SettingsError) as refused:
        assert refused
