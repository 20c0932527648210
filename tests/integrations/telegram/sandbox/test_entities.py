"""Telegram's HTML, as its own server reads it."""

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.telegram.sandbox import utf16
from integrations.telegram.sandbox.detection import with_detected
from integrations.telegram.sandbox.entities import parse_html
from integrations.telegram.sandbox.errors import ApiError
from integrations.telegram.sandbox.formatting import formatted


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>ж</b>", "ж", [("bold", 0, 1)]),
        ("👍<i>x</i>", "👍x", [("italic", 2, 1)]),
        ("<B>x</b >", "x", [("bold", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<b></b>x", "x", []),
        ("<b>x</>", "x", [("bold", 0, 1)]),
        ("<ins>u</ins><del>s</del>", "us", [("underline", 0, 1), ("strikethrough", 1, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("&lt;b&gt; &amp;&quot; &#33;&#x21;", '<b> &" !!', []),
        ("&nbsp;&unknown; & &", "&nbsp;&unknown; & &", []),
        ("1 > 2", "1 > 2", []),
    ],
)
def test_tags_become_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    parsed, found = parse_html(source)
    assert parsed == text
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == entities


@pytest.mark.parametrize(
    ("source", "entity"),
    [
        ('<a href="example.com">x</a>', {"type": "text_link", "url": "http://example.com/"}),
        ("<a href='https://e.com/?a=1&amp;b=2'>x</a>", {"type": "text_link", "url": "https://e.com/?a=1&b=2"}),
        ('<a href="tg://user?id=7">x</a>', {"type": "text_mention", "user": {"id": 7}}),
        ('<pre><code class="language-sql">x</code></pre>', {"type": "pre", "language": "sql"}),
        ("<pre>x</pre>", {"type": "pre"}),
        ('<code class="language-sql">x</code>', {"type": "code"}),
        (
            '<tg-emoji emoji-id="5368324170671202286">x</tg-emoji>',
            {"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"},
        ),
        (
            '<tg-time unix="1800000000" format="r">x</tg-time>',
            {"type": "date_time", "unix_time": 1800000000, "date_time_format": "r"},
        ),
        ('<tg-time unix="1800000000">x</tg-time>', {"type": "date_time", "unix_time": 1800000000}),
    ],
)
def test_arguments_of_tags(source: str, entity: dict[str, Any]) -> None:
    assert parse_html(source) == ("x", [{"offset": 0, "length": 1, **entity}])


def test_a_bad_link_loses_its_entity() -> None:
    assert parse_html('<a href="nonsense">x</a>') == ("x", [])


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("<x>", 'Unsupported start tag "x" at byte offset 0'),
        ("жж<br>", 'Unsupported start tag "br" at byte offset 4'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</i>", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ('<a href="x>x</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x/>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_mistakes_are_named_in_the_words_of_telegram(source: str, mistake: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parse_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {mistake}"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["b", "i", "u", "s", "code"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        )
    )
)
def test_entities_cover_exactly_what_was_tagged(parts: list[tuple[str, str]]) -> None:
    text, entities = parse_html("".join(f"<{tag}>{html.escape(inner)}</{tag}>" for tag, inner in parts))
    assert text == "".join(inner for _, inner in parts)
    assert [utf16.cut(text, entity["offset"], entity["length"]) for entity in entities] == [i for _, i in parts]


@given(st.text())
def test_any_text_is_parsed_or_refused(source: str) -> None:
    try:
        parse_html(source)
    except ApiError as refusal:
        assert refusal.code == 400


def test_white_space_at_the_ends_is_dropped_and_entities_follow() -> None:
    assert formatted("  <b> x </b>  ", "HTML", None) == ("x", [{"type": "bold", "offset": 0, "length": 1}])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("👍 /help@sandbox_bot", [("bot_command", "/help@sandbox_bot")]),
        ("a/b path/to", []),
        ("see https://example.com/a?b=1.", [("url", "https://example.com/a?b=1")]),
        ("сайт example.ru, да", [("url", "example.ru")]),
        ("пишите me@example.com", [("email", "me@example.com")]),
        ("тел. +7 900 123-45-67", [("phone_number", "+7 900 123-45-67")]),
        ("@anna и #лид", [("mention", "@anna"), ("hashtag", "#лид")]),
        ("#1 не метка", []),
    ],
)
def test_entities_found_in_plain_text(text: str, found: list[tuple[str, str]]) -> None:
    entities = with_detected(text, [])
    assert [(e["type"], utf16.cut(text, e["offset"], e["length"])) for e in entities] == found


def test_nothing_is_found_inside_code() -> None:
    code = {"type": "code", "offset": 0, "length": 6}
    assert with_detected("/start", [code]) == [code]
