"""Old buttons stay in the chats for years, and any client can send any data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.telegram.callbacks import LONGEST, Pressed, Tap, pack, unpack

LARGEST_NUMBER = 2**63 - 1


@pytest.mark.parametrize("tap", Tap)
@pytest.mark.parametrize("choice", ["", "v", "only_wanted_free_material", "42"])
def test_what_is_packed_is_unpacked_and_fits(tap: Tap, choice: str) -> None:
    data = pack(tap, LARGEST_NUMBER, choice)
    assert len(data.encode()) <= LONGEST
    assert unpack(data) == Pressed(tap, LARGEST_NUMBER, choice)


def test_codes_never_change_their_meaning() -> None:
    codes = "claim rel won lost lr rej rr back agree disp warm uph over ans hand spam route new bind more"
    assert [tap.value for tap in Tap][: len(codes.split())] == codes.split()


@pytest.mark.parametrize(
    "data", [None, "", ":", "claim", "claim:", "claim:x", "nothing:1", "claim:1e3", "::", "CLAIM:1"]
)
def test_garbage_is_nobodys_button(data: str | None) -> None:
    assert unpack(data) is None


@given(st.text(max_size=80))
def test_no_data_breaks_anything(data: str) -> None:
    pressed = unpack(data)
    assert pressed is None or isinstance(pressed.number, int)
