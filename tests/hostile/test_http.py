"""Every address of ours, called by our own description of it, rightly and wrongly: never a 500, always as described."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
import schemathesis
import yaml
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.hostile import profile
from tests.hostile.conftest import SECRET, SITE, Served

DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_path(DESCRIPTION)


def operations() -> set[tuple[str, str]]:
    paths = yaml.safe_load(DESCRIPTION.read_text("utf-8"))["paths"]
    methods = ("get", "post", "options")
    return {(method.upper(), path) for path, told in paths.items() for method in methods if method in told}


def test_the_description_is_of_what_is_served(served: Served) -> None:
    assert {(route.method, route.path) for route in served.routes} == operations()


_addresses = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" for number in itertools.count(1))


@pytest.fixture
def windows(both: tuple[Served, ...]) -> Iterator[list[tuple[Served, str]]]:
    """A visitor on each database; what was accepted has been done in the end."""
    yield [(one, one.token()) for one in both]
    assert [one.undone() for one in both] == [[], []]


@schema.parametrize()
@profile(20)
def test_nothing_that_is_sent_breaks_the_server(
    case: schemathesis.Case[Any], windows: list[tuple[Served, str]]
) -> None:
    """Neither on the one database nor on the other, and both say the same to it."""
    headers, said = {"X-Forwarded-For": next(_addresses)}, set[int]()
    if case.path == "/hooks/telegram":
        headers["X-Telegram-Bot-Api-Secret-Token"] = SECRET
    for one, token in windows:
        if case.path == "/chat/file":
            headers["Authorization"] = f"Bearer {token}"
        answer = case.call_and_validate(base_url=one.url, headers=headers, checks=CHECKS)
        said.add(answer.status_code)
    assert len(said) == 1 or case.path == "/readyz" or 429 in said, said


@pytest.mark.parametrize("shown", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper()])
def test_only_who_knows_the_secret_brings_updates(served: Served, shown: str | None) -> None:
    headers = {} if shown is None else {"X-Telegram-Bot-Api-Secret-Token": shown}
    assert requests.post(f"{served.url}/hooks/telegram", b"[" * 99, headers=headers, timeout=60).status_code == 401


def test_what_strangers_send_is_in_no_log(served: Served, token: str, log: io.StringIO) -> None:
    """Words that fail on their way, words that are refused, and lines that look like ours."""
    words = 'Тайна +7 916 123-45-67\n{"level":"error","event":"gemba.forged"}'
    bad: Any = {"update_id": 7, "message": {"chat": {"type": "private"}, "text": words, "from": {"id": words}}}
    secret = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert requests.post(f"{served.url}/hooks/telegram", json=bad, headers=secret, timeout=60).status_code == 200
    said: Any = {"t": "say", "id": "in-no-log", "text": words, "token": token}
    assert requests.post(f"{served.url}/chat/send", json=said, headers={"Origin": SITE}, timeout=60).status_code == 200
    requests.post(f"{served.url}/forms/x", json={"phone": words, "message": words}, timeout=60)
    told = log.getvalue()
    assert "intake.failed" in told, "what went wrong is told"
    metrics = requests.get(f"{served.url}/metrics", timeout=60).text
    for secret_word in ("Тайна", "916 123", "123-45-67", "79161234567", "forged", token, SECRET, "123456:TEST"):
        assert secret_word not in told and secret_word not in metrics
    assert all(orjson.loads(line) for line in told.splitlines() if line.startswith("{"))
