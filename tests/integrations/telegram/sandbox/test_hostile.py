"""Whatever comes in, the answer is JSON, and never the sandbox's own failure."""

import random
from typing import Any

import pytest

from integrations.telegram.sandbox.methods import METHODS
from tests.integrations.telegram.sandbox.calls import Api

NASTY: list[Any] = [
    *(
        None,
        True,
        -1,
        0,
        1,
        2**60,
        1.5,
        "",
        " ",
        "x",
        "1",
        "true",
        "@x",
        "{",
        "[]",
        "{}",
        "null",
        "\ud800".encode("utf-8", "replace").decode(),
    ),
    *(
        [],
        [[]],
        [None],
        [1, "x"],
        {},
        {"type": "photo"},
        {"type": []},
        {"message_id": "x"},
        {"inline_keyboard": [[{}]]},
    ),
    *(
        {"inline_keyboard": [[{"text": "x", "copy_text": 1}]]},
        {"keyboard": [[1]]},
        {"keyboard": []},
        {"force_reply": 1},
    ),
    *([{"type": "emoji", "emoji": 1}], [{"type": "photo", "media": "attach://x", "caption": 1}], [{"command": 1}]),
    *([{"type": "bold", "offset": 1, "length": 10**9}], [{"type": "text_link", "offset": 0, "length": 1}], "🦄" * 5000),
    *({"message_id": 1, "quote": 1}, {"type": {}}, [{"type": "text_mention", "offset": 0, "length": 1}]),
]


@pytest.mark.parametrize("name", sorted(method.name for method in METHODS.values() if method.name != "setWebhook"))
async def test_nonsense_is_refused_in_order(api: Api, anna: int, team: int, name: str) -> None:
    await api.people.unlimited()
    message = (await api("sendMessage", chat_id=anna, text="x"))["message_id"]
    method, chance = METHODS[name.lower()], random.Random(name)
    good = {"chat_id": anna, "from_chat_id": anna, "message_id": message, "text": "x", "timeout": 0}
    for _ in range(150):
        params = {key: good[key] for key in good if key in method.required or key in method.optional}
        for key in chance.sample(
            [*method.required, *method.optional], min(2, len(method.required) + len(method.optional))
        ):
            if key != "timeout":
                params[key] = chance.choice(NASTY)
        status, body = await api.raw(name, **params)
        assert status < 500, (params, body)
        assert body["ok"] is (status == 200)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff\xfe"])
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x/y"]
)
async def test_a_broken_body(api: Api, body: bytes, kind: str) -> None:
    async with api.http.post(f"{api.base}/sendMessage", data=body, headers={"Content-Type": kind}) as response:
        assert response.status == 400
        assert (await response.json())["ok"] is False
