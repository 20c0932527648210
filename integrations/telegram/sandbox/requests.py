"""Reading a call: parameters from the query, a form, JSON or multipart, whatever the client chose."""

from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import orjson
from aiohttp import web

from integrations.telegram.sandbox.errors import bad_request
from integrations.telegram.sandbox.files import Upload
from integrations.telegram.sandbox.state import Json


async def read_call(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    raw: Json = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.method != "POST" or not request.can_read_body:
        return raw, uploads
    try:
        await _read_body(request, raw, uploads)
    except ValueError:
        raise bad_request("can't parse request body") from None
    return raw, uploads


async def _read_body(request: web.Request, raw: Json, uploads: dict[str, Upload]) -> None:
    kind = request.content_type
    if kind == "application/json":
        raw |= _json(await request.read())
    elif kind == "multipart/form-data":
        await _multipart(request, raw, uploads)
    else:
        raw |= parse_qsl((await request.read()).decode(), keep_blank_values=True)


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request("can't parse request JSON object") from None
    if not isinstance(decoded, dict):
        raise bad_request("object expected as request")
    return decoded


async def _multipart(request: web.Request, raw: Json, uploads: dict[str, Upload]) -> None:
    async for part in await request.multipart():
        if not isinstance(part, aiohttp.BodyPartReader) or not part.name:
            continue
        content = await part.read(decode=True)
        if part.filename is None:
            raw[part.name] = content.decode()
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            uploads[part.name] = Upload(part.filename, bytes(content), kind)
