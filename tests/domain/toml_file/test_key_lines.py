"""Lines are found in every way TOML lets a key be written."""

import tomllib

import pytest

from bot.domain.toml_file.key_lines import KeyLines, KeyPath

TEXT = (
    '''\
# comment with [table] and key = "value"
plain = 1
"quoted key" = "] not = a # header ["

a.b . "c.d" = 3
text = """
[not.a.header]
key = 1 \\"""
more""""
raw = \'\'\'
[[neither]]\'\'\'
list = [
  { x = 1 }, # ]
  [ "=" ],
]
after = 'C:\\[x]'

[[item]]
name = "one"
[item.sub."deep.er"]
value = 1
[[item.child]]
n = 1
[[item.child]]
n = 2

[ [item] ] '''.replace("[ [item] ] ", "[[ item ]] # second\n")
    + "name = 'two'\n[item.sub]\nvalue = 2"
)

PLACES: list[tuple[KeyPath, int]] = [
    (("plain",), 2),
    (("quoted key",), 3),
    (("a",), 5),
    (("a", "b", "c.d"), 5),
    (("text",), 6),
    (("raw",), 10),
    (("list",), 12),
    (("list", 0, "x"), 12),
    (("after",), 16),
    (("item", 0), 18),
    (("item", 0, "name"), 19),
    (("item", 0, "sub"), 20),
    (("item", 0, "sub", "deep.er", "value"), 21),
    (("item", 0, "child", 0, "n"), 23),
    (("item", 0, "child", 1), 24),
    (("item", 0, "child", 1, "n"), 25),
    (("item", 1), 27),
    (("item", 1, "name"), 28),
    (("item", 1, "sub", "value"), 30),
    (("item", 1, "absent"), 27),
    (("nowhere",), 1),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_line_of(path: KeyPath, line: int) -> None:
    assert tomllib.loads(TEXT)
    assert KeyLines(TEXT).line(path) == line
