"""The published Bot API against the sandbox's own tables, and against the calls of a bot."""

import os

import pytest

from integrations.telegram.sandbox import run_sandbox
from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.methods import METHODS
from integrations.telegram.sandbox.specification import VARIABLE, Specification, from_environment
from tests.integrations.telegram.sandbox.calls import Api

# Parameters that the published version has and the sandbox does not take, by intention.
LEFT_OUT = {"editMessageText": {"rich_message"}}


@pytest.fixture
def specification() -> Specification:
    found = from_environment()
    if found is None:
        pytest.skip(f"{VARIABLE} names no folder with the published Bot API")
    return found


@pytest.mark.parametrize("name", sorted(method.name for method in METHODS.values()))
def test_own_tables_agree(specification: Specification, name: str) -> None:
    method, published = METHODS[name.lower()], specification.parameters(name)
    assert published is not None
    assert {*method.required, *method.optional} == published.keys() - LEFT_OUT.get(name, set())
    assert method.required.keys() == {parameter for parameter, required in published.items() if required}


@pytest.mark.parametrize(
    ("method", "raw", "fits"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x"}, True),
        ("sendMessage", {"chat_id": "1", "text": "x", "protect_content": "true"}, True),
        ("sendMessage", {"chat_id": 1}, False),
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": 1}, False),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": '{"inline_keyboard":[[{"text":"x"}]]}'}, True),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{"txt": "x"}]]}}, False),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [{"text": "x"}]}}, False),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_parameters": {"message_id": "1"}}, False),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo", "media": "x"}]}, True),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo"}]}, False),
        ("sendMessages", {}, False),
    ],
)
def test_calls_are_held_against_it(
    specification: Specification, method: str, raw: dict[str, object], fits: bool
) -> None:
    assert (specification.problems(method, raw, {}) == []) is fits


def test_an_upload_stands_for_a_file(specification: Specification) -> None:
    upload = Upload("a", b"x")
    assert specification.problems("sendPhoto", {"chat_id": 1}, {"photo": upload}) == []
    assert specification.problems("sendMessage", {"chat_id": 1}, {"text": upload}) != []


async def test_violations_are_remembered(specification: Specification, api: Api, anna: int) -> None:
    api.running.sandbox.specification = specification
    await api("sendMessage", chat_id=anna, text="x")
    assert await api.people.violations() == []
    broken = {"chat_id": anna, "text": "x", "link_preview_options": {"off": True}}
    status, text = await api.refusal("sendMessage", **broken)
    assert status == 400
    assert text.startswith("Bad Request: the call breaks the specification: sendMessage: 'link_preview_options'")
    assert [one["method"] for one in await api.people.violations() or []] == ["sendMessage"]


async def test_without_it_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(os.environ, VARIABLE, raising=False)
    async with run_sandbox() as running:
        assert await running.client.violations() is None
