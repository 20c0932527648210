"""The Bot API over HTTP."""

from typing import Any

import orjson
from aiohttp import web

from integrations.telegram.sandbox.errors import METHOD_NOT_FOUND, UNAUTHORIZED, ApiError
from integrations.telegram.sandbox.faults import Fault
from integrations.telegram.sandbox.requests import read_call
from integrations.telegram.sandbox.sandbox import Sandbox

BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)


def answered(status: int, body: Any) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")


def bad_gateway() -> web.Response:
    return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")


def cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


class BotApi:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.route("*", "/bot{token}", self.no_method),
            web.get("/file/bot{token}/{path:.+}", self.download),
        ]

    async def call(self, request: web.Request) -> web.Response:
        sandbox = self._sandbox
        if sandbox.faults.is_down:
            return cut(request)
        if request.match_info["token"] != sandbox.token:
            return answered(401, UNAUTHORIZED.body())
        name = request.match_info["method"]
        try:
            raw, uploads = await read_call(request)
        except ApiError as error:
            return answered(error.code, error.body())
        fault = sandbox.faults.take(name, _integer(raw.get("chat_id")), str(raw.get("text", "")))
        if fault is not None and (early := await self._before(request, fault)) is not None:
            sandbox.record(name, raw, uploads, early.status, f"fault: {fault.kind}")
            return early
        status, body = await sandbox.answer(name, raw, uploads)
        if fault is not None and (late := await self._after(request, fault)) is not None:
            sandbox.record(name, raw, uploads, late.status, f"fault: {fault.kind}")
            return late
        sandbox.record(name, raw, uploads, status, body)
        # A long poll that began before the trouble does not outlive it.
        if sandbox.faults.is_down:
            return cut(request)
        return answered(status, body)

    async def _before(self, request: web.Request, fault: Fault) -> web.Response | None:
        if fault.kind == "delay_before":
            await self._sandbox.faults.hold(fault.seconds)
            # Whoever asked may have given up, or died: then nothing reached us.
            if request.transport is None or request.transport.is_closing():
                return cut(request)
        elif fault.kind == "bad_gateway":
            return bad_gateway()
        elif fault.kind == "cut_before":
            return cut(request)
        elif fault.kind == "error":
            return answered(fault.code, ApiError(fault.code, fault.description, **fault.parameters).body())
        return None

    async def _after(self, request: web.Request, fault: Fault) -> web.Response | None:
        if fault.kind == "delay_after":
            await self._sandbox.faults.hold(fault.seconds)
        elif fault.kind == "bad_gateway_after":
            return bad_gateway()
        elif fault.kind == "cut_after":
            return cut(request)
        return None

    async def no_method(self, _request: web.Request) -> web.Response:
        return answered(404, METHOD_NOT_FOUND.body())

    async def download(self, request: web.Request) -> web.Response:
        sandbox = self._sandbox
        if sandbox.faults.is_down:
            return cut(request)
        if request.match_info["token"] != sandbox.token:
            return answered(401, UNAUTHORIZED.body())
        stored = sandbox.world.files.by_path.get(request.match_info["path"])
        if stored is None:
            return answered(404, ApiError(404, "Not Found").body())
        content = bytes(stored.size) if stored.content is None else stored.content
        return web.Response(body=content, content_type="application/octet-stream")


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
