"""Pages that say again what somebody typed: every letter of it is there, and none of it is markup."""

from html.parser import HTMLParser
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.locales import Texts
from integrations.forms.page import mend
from tests.hostile import profile

TEXTS = Texts("ru", ZoneInfo("Europe/Moscow"))
TYPED = st.text(max_size=12) | st.lists(
    st.sampled_from([*"<>\"'&;=/ \n`{}%", "script", "onload", "--", "&quot;", "{name}", "%s", "\0", "х"]), max_size=9
).map("".join)
OURS = {
    *("html", "meta", "title", "style", "h1", "form", "input", "label", "b", "button"),
    *("lang", "charset", "name", "content", "method", "type", "value", "id", "aria-describedby", "aria-invalid"),
}


class Reader(HTMLParser):
    """Names of tags and attributes, and what stands in the fields."""

    def __init__(self) -> None:
        super().__init__()
        self.names, self.fields, self.said = set[str](), list[tuple[str, str]](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}
        told = dict(attrs)
        if tag == "input":
            self.fields.append((told["name"] or "", told["value"] or ""))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@profile(50)
@given(data=st.data(), filled=st.dictionaries(TYPED, TYPED | st.lists(TYPED, min_size=1, max_size=2), max_size=4))
def test_a_form_that_comes_back_holds_what_was_typed(data: st.DataObject, filled: dict[str, str | list[str]]) -> None:
    wrong = data.draw(st.dictionaries(st.sampled_from([*filled, "phone"]), TYPED, max_size=2))
    page = Reader()
    page.feed(mend(TEXTS, filled, wrong).text or "")
    page.close()
    assert page.names <= OURS
    asked = [(name, _first(filled.get(name, ""))) for name in wrong]
    kept = [(name, one) for name, said in filled.items() if name not in wrong for one in _every(said)]
    assert page.fields == [*kept, *asked]
    assert all(text in "".join(page.said) for text in wrong.values())


def _every(said: str | list[str]) -> list[str]:
    return said if isinstance(said, list) else [said]


def _first(said: str | list[str]) -> str:
    return _every(said)[0]
