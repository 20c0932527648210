"""Every address of ours, called by our own description of it, rightly and wrongly: never a 500, always as described."""

import itertools
from pathlib import Path
from typing import Any

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
from tests.hostile.conftest import SECRET, Served

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


@schema.parametrize()
@profile(20)
def test_nothing_that_is_sent_breaks_the_server(case: schemathesis.Case[Any], served: Served, token: str) -> None:
    headers = {"X-Forwarded-For": next(_addresses)}
    if case.path == "/hooks/telegram":
        headers["X-Telegram-Bot-Api-Secret-Token"] = SECRET
    if case.path == "/chat/file":
        headers["Authorization"] = f"Bearer {token}"
    case.call_and_validate(base_url=served.url, headers=headers, checks=CHECKS)
