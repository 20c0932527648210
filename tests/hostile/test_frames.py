"""Windows of strangers on real sockets: anything in any order, and an honest visitor beside them."""

import io
import itertools
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson
import psutil
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.hostile import LONGER, profile
from tests.hostile.conftest import SITE, Served
from tests.hostile.raw_socket import BINARY, CLOSE, CONTINUED, PATIENCE_SECONDS, PING, TEXT, Closed, RawSocket, framed
from tests.hostile.test_telegram import JUNK

MEGABYTE = 1024 * 1024
REASONS = {4400, 4401, 4429, 1000, 1002, 1003, 1007, 1009}
"""A broken frame, a foreign token, too many windows; and what the protocol itself has codes for."""

FRAMES: list[dict[str, Any]] = [
    {"t": "say", "id": "0123456789", "text": "Почём?", "who": {"name": "Ольга", "contact": "+79161234567"}},
    {"t": "say", "id": "9876543210", "text": "", "file": {"id": "0123456789"}, "agreed": {"personal_data": "x"}},
    {"t": "say", "id": "1111111111", "text": "x", "from": {"first": {"at": 1, "page": "https://x/"}, "pages": [{}]}},
    {"t": "read", "n": 1},
    {"t": "link", "n": 1},
    {"t": "rate", "n": 1, "stars": 5, "word": "x"},
    {"t": "go", "from": {"last": {"utm_source": "x"}}},
    {"t": "typing"},
]
HELLO = {"t": "hello", "token": None, "after": 0, "lang": "en", "wait": True, "identity": "a.b.c"}
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    -(2**63),
    1e308,
    "",
    "\0",
    "\u202e<b>",
    "x" * 5_000,
    [],
    [[{}]],
    {"id": 1},
]
STRIDE = 4
"""No divisor of their number: whichever value one field is spared, another has."""


@st.composite
def wrong_frames(draw: st.DrawFn) -> dict[str, Any]:
    frame = draw(st.sampled_from(FRAMES))
    return {**frame, draw(st.sampled_from([*frame, "token"])): draw(st.sampled_from(VALUES) | JUNK)}


# Each is one write on the line; none may need more than an answer or a goodbye.
WRITTEN = st.sampled_from(
    [
        framed(BINARY, b'{"t":"ping"}'),
        framed(TEXT, b"\xff\xfe"),
        framed(TEXT, b'{"t":"pi', fin=False) + framed(PING, b"!") + framed(CONTINUED, b'ng"}'),
        framed(TEXT, b"{", fin=False) + framed(CONTINUED, b"", fin=False) * 50 + framed(CONTINUED, b"}"),
        framed(TEXT, b"{", fin=False) + framed(TEXT, b"{}"),
        framed(CONTINUED, b"{}"),
        framed(TEXT, b"{}", reserved=4),
        framed(TEXT, b'{"t":"ping"}', masked=False),
        framed(3, b"{}"),
        framed(0xB),
        framed(PING, b"x" * 126),
        framed(PING, b"x", fin=False),
        framed(PING) * 50,
        framed(TEXT, b"[" * 30_000),
        framed(TEXT, b'"' + b"x" * 40_000 + b'"'),
        *(framed(TEXT, b'"' + b"x" * 20_000, fin=False) + framed(CONTINUED, b"x" * 20_000 + b'"'),),
        framed(TEXT, b"", announced=2**62),
        framed(BINARY, b"", announced=2**40),
        framed(CLOSE, b"\x00"),
        framed(CLOSE, b"\x03\xe7no such code"),
        framed(CLOSE, b"\x03\xe8\xff\xfe"),
        framed(CLOSE),
    ]
) | st.binary(max_size=20).map(lambda raw: framed(TEXT, raw))
HALVES = st.sampled_from(
    [b"", framed(TEXT, b'{"t":', announced=90), framed(TEXT, b"{", fin=False), b"\x81", framed(CLOSE), b"\xff" * 9]
)

CONTENTS = st.sampled_from(
    [
        *(b"", b"\0", b"MZ\x90\0", b"#!/bin/sh\nid", b"<svg onload=alert(1)>", b"<!DOCTYPE html><script>1</script>"),
        *(b"\x89PNG\r\n\x1a\n", b"GIF89a<script>alert(1)</script>", b"\xff\xd8\xff" + b"x" * 90_000, b"PK\x03\x04"),
        *(b"%PDF-1.7 /JavaScript", b"=HYPERLINK(1)", "Смета".encode(), b"RIFF\0\0\0\0WEBP", b"OggS"),
        b"\0\0\0\x18ftypmp42",
    ]
) | st.binary(max_size=40)
NAMES = st.sampled_from(
    [*("", "photo.png", "a.html", "a.svg", "../../etc/passwd", "con", ".", "x" * 900, '";\r\nX: y', "fdp.\u202egnp")]
) | st.text(max_size=20)
SHOWN = re.compile(r"image/(png|jpeg|gif|webp)|application/octet-stream")
"""As what a browser may be given a file: nothing that runs."""

_addresses = (f"10.9.{number >> 8 & 255}.{number & 255}" for number in itertools.count(1))
_marks = itertools.count(1)


class Window:
    """What one visitor sees; each visitor's words carry a mark that is his alone."""

    def __init__(
        self, served: Served, token: str | None = None, mark: str = "", hello: dict[str, Any] | None = None
    ) -> None:
        self.mark, self.token = mark or f"mark-{next(_marks)}-", token
        self.ended: Closed | None = None
        self.links = dict[str, str]()
        self.line = RawSocket(served.url, SITE, next(_addresses))
        self.line.say(hello if hello is not None else {"t": "hello", "token": token, "after": 0})
        if (greeted := self.hears(lambda frame: frame["t"] == "hello")) is not None:
            self.token = greeted["token"]

    def hears(self, awaited: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        """None where it was closed, and then with a reason; nothing on the way is of somebody else."""
        while self.ended is None:
            frame = self.line.hear()
            if isinstance(frame, Closed):
                self.ended = frame
                break
            told = orjson.dumps(frame).decode()
            assert told.count("mark-") == told.count(self.mark), "words of another visitor"
            self.links |= {line["id"]: line["file"]["url"] for line in frame.get("lines", ()) if "file" in line}
            if awaited(frame):
                return frame
        assert self.ended.code in REASONS, self.ended
        return None

    def says(self, text: str, **more: Any) -> dict[str, Any] | None:
        number = f"{self.mark}said-{next(_marks)}"
        self.line.say({"t": "say", "id": number, "text": f"{self.mark}{text}", **more})
        return self.hears(lambda frame: frame.get("id") == number and frame["t"] in ("ok", "no", "later"))

    def attaches(self, url: str, content: bytes, name: str) -> str | None:
        """The id of the file, where it was kept."""
        number = f"{self.mark}file-{next(_marks)}"
        ours = {"Origin": SITE, "X-Forwarded-For": next(_addresses), "Authorization": f"Bearer {self.token}"}
        told = {**ours, "X-File-Id": number, "X-File-Name": quote(self.mark + name, errors="replace")}
        answered = requests.post(f"{url}/chat/file", content, headers=told, timeout=PATIENCE_SECONDS)
        assert answered.status_code in (200, 400, 415, 429, 507), answered.text
        return number if answered.status_code == 200 else None

    def link_in(self, number: str) -> str | None:
        """Of the file in his line of this number: it may have come before the receipt."""
        if number not in self.links:
            self.hears(lambda _frame: number in self.links)
        return self.links.get(number)

    def is_answered(self) -> bool:
        """Whatever was written before: the next ping is answered, or the window was closed with a reason."""
        self.line.say({"t": "ping"})
        return self.hears(lambda frame: frame["t"] == "pong" and "open" in frame) is not None


class Street(RuleBasedStateMachine):
    """Strangers at their windows, on the one database or the other."""

    windows: Bundle[Window] = Bundle("windows")

    houses: tuple[Served, ...]

    def __init__(self) -> None:
        super().__init__()
        self.opened = list[Window]()

    @initialize(number=st.integers(0, 1))
    def on_a_database(self, number: int) -> None:
        self.served = self.houses[number]
        self.honest = self._open()

    def _open(self, token: str | None = None, mark: str = "") -> Window:
        window = Window(self.served, token, mark)
        self.opened.append(window)
        return window

    @rule(target=windows)
    def somebody_comes(self) -> Window:
        return self._open()

    @rule(target=windows, window=windows)
    def he_opens_another_tab(self, window: Window) -> Any:
        tab = self._open(window.token, window.mark)
        return tab if tab.ended is None else multiple()

    @rule(window=windows, text=st.text(max_size=60))
    def he_speaks(self, window: Window, text: str) -> None:
        assert window.says(text) is not None or window.ended

    @rule(window=windows, content=CONTENTS, name=NAMES)
    def he_sends_a_file(self, window: Window, content: bytes, name: str) -> None:
        sends_a_file(self.served, window, content, name)

    @rule(window=windows, other=windows, content=CONTENTS)
    def he_names_the_file_of_another(self, window: Window, other: Window, content: bytes) -> None:
        if (number := other.attaches(self.served.url, content, "plan.png")) is None:
            return
        answer = window.says("", file={"id": number})
        if answer is not None and window.mark != other.mark:
            assert answer["t"] in ("no", "later"), "a file of somebody else"

    @rule(window=windows, frames=st.lists(wrong_frames(), min_size=1, max_size=5))
    def he_sends_frames_with_something_wrong(self, window: Window, frames: list[dict[str, Any]]) -> None:
        for frame in frames:
            window.line.say(frame)
        window.is_answered()

    @rule(window=windows, other=windows, frame=st.sampled_from(FRAMES))
    def he_shows_the_token_of_another(self, window: Window, other: Window, frame: dict[str, Any]) -> None:
        """On an open socket it says nothing: he goes on as himself."""
        window.line.say({**frame, "token": other.token})
        window.is_answered()

    @rule(window=windows, raw=WRITTEN)
    def he_breaks_the_protocol(self, window: Window, raw: bytes) -> None:
        window.line.write(raw)
        window.is_answered()

    @rule(window=consumes(windows), half=HALVES)
    def he_vanishes_in_the_middle(self, window: Window, half: bytes) -> None:
        window.line.write(half)
        window.line.vanish()
        self.opened.remove(window)

    @rule(window=windows)
    def he_asks_again_and_again_and_reads_nothing(self, window: Window) -> None:
        window.line.write(framed(TEXT, b'{"t":"link","n":1}') * 200)

    def teardown(self) -> None:
        if self.opened:
            assert self.honest.says("Здравствуйте") is not None, "who does nothing wrong is served as ever"
        for window in self.opened:
            window.line.vanish()


def sends_a_file(served: Served, window: Window, content: bytes, name: str) -> bool:
    """What he sees of it is his alone, and nothing that runs in a browser; whether it was taken."""
    if (number := window.attaches(served.url, content, name)) is None:
        return False
    answer = window.says("", file={"id": number})
    link = window.link_in(answer["id"]) if answer is not None and answer["t"] == "ok" else None
    if link is None:
        assert window.ended or (answer is not None and answer["t"] != "ok")
        return False

    def asked_for(link: str) -> requests.Response:
        return requests.get(f"{served.url}{link}", headers={"X-Forwarded-For": next(_addresses)}, timeout=60)

    seen = asked_for(link)
    assert seen.content == content
    assert SHOWN.fullmatch(seen.headers["Content-Type"]), seen.headers
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert asked_for(f"{link[:-3]}AAA").status_code == 404, "a link that we have not signed"
    return True


@pytest.fixture
def nothing_broke(both: tuple[Served, ...], log: io.StringIO) -> Iterator[None]:
    began = len(log.getvalue())
    yield
    told = log.getvalue()[began:]
    assert not any(words in told for words in ("Error handling", "Unhandled", "webchat.")), told
    assert [one.undone() for one in both] == [[], []]
    for one in both:
        until(partial(is_empty, one))


@pytest.mark.usefixtures("nothing_broke")
def test_whatever_is_written_on_a_socket_is_answered_or_closed_with_a_reason(both: tuple[Served, ...]) -> None:
    class OnBoth(Street):
        houses = both

    run_state_machine_as_test(OnBoth, settings=settings(profile(8), stateful_step_count=10))


@pytest.mark.usefixtures("nothing_broke")
def test_a_file_is_shown_to_its_visitor_alone_and_never_runs(both: tuple[Served, ...]) -> None:
    taken = set[bytes]()

    @profile(60)
    @given(st.integers(0, 1), CONTENTS, NAMES)
    def sent(number: int, content: bytes, name: str) -> None:
        window = talking(both[number])
        if sends_a_file(both[number], window, content, name):
            taken.add(content)
        window.line.vanish()

    sent()
    assert len(taken) > 5, "else nothing was shown"


@pytest.mark.usefixtures("nothing_broke")
@pytest.mark.parametrize("frame", [HELLO, *FRAMES], ids=lambda frame: frame["t"])
def test_no_part_of_a_frame_breaks_its_window(both: tuple[Served, ...], frame: dict[str, Any]) -> None:
    """A stride through each field with each wrong value, on the stricter database; in the long form all of them.

    Who is closed out comes again, as somebody new.
    """
    window = talking(both[1])
    known = {"token": window.token} if frame is HELLO else {}
    wrong = itertools.islice(itertools.product(frame, VALUES), 0, None, 1 if LONGER > 1 else STRIDE)
    for number, (field, value) in enumerate(wrong):
        if frame is HELLO:
            window.line.vanish()
            window = Window(both[1], hello={**frame, **known, field: value})
        else:
            window.line.say({**frame, "id": f"number-{number}", field: value})
        if not window.is_answered():
            window = talking(both[1])
    window.line.vanish()


def talking(served: Served) -> Window:
    window = Window(served)
    assert window.says("Здравствуйте") is not None
    return window


def is_empty(served: Served) -> bool:
    """The process thinks of no window any more."""
    (hub,) = (each.close.__self__ for each in served.product.integrations if each.close)  # type: ignore[attr-defined]
    return not hub._from


def until(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() < began + PATIENCE_SECONDS
        time.sleep(0.01)


def test_who_never_reads_costs_no_memory_and_nobodys_time(served: Served) -> None:
    """He asks for one long line twenty thousand times: what he does not take is not written."""
    greedy, honest = Window(served), Window(served)
    assert greedy.says("ы" * 3_900) is not None
    before = psutil.Process().memory_info().rss
    greedy.line.write(framed(TEXT, b'{"t":"link","n":1}') * 20_000)
    began = time.monotonic()
    for _ in range(10):
        assert honest.says("Здравствуйте") is not None
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert psutil.Process().memory_info().rss - before < 30 * MEGABYTE
    greedy.line.vanish()
    honest.line.vanish()
