"""One script for a page, made of parts: no build step, no module that a page would have to load on its own."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from aiohttp import web
from rjsmin import jsmin

PARTS = Path(__file__).parent
KEEP, VISIT = PARTS / "keep.js", PARTS / "visit.js"
"""Parts for any script of ours: what the browser keeps, and where the visitor came from."""

FRESH_SECONDS = 300


class Script:
    """`known` are the constants that the parts find there, by name; whatever JSON can hold."""

    def __init__(self, title: str, known: Mapping[str, object], parts: Sequence[Path]) -> None:
        constants = [f"const {name} = {orjson.dumps(value).decode()};" for name, value in known.items()]
        body = [
            f"/* {title} */",
            '(() => {\n"use strict";',
            *constants,
            *(jsmin(part.read_text("utf-8")) for part in parts),
        ]
        self.text = "\n".join([*body, "})();\n"]).encode()
        self.etag = hashlib.sha256(self.text).hexdigest()[:16]

    async def serve(self, request: web.Request) -> web.Response:
        """Any page may load it: what it may do is asked when it speaks to us."""
        headers = {
            "ETag": f'"{self.etag}"',
            "Cache-Control": f"public, max-age={FRESH_SECONDS}",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        }
        if any(tag.value in (self.etag, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=self.text, content_type="text/javascript", charset="utf-8", headers=headers)
