"""The page on which one can be anyone in the sandbox."""

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'"


async def _index(_request: web.Request) -> web.Response:
    html = (_FOLDER / "index.html").read_text()
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY})


async def _asset(request: web.Request) -> web.FileResponse:
    name = request.match_info["name"]
    if name not in {path.name for path in _FOLDER.glob("*.[cj]s*")}:
        raise web.HTTPNotFound
    return web.FileResponse(_FOLDER / name, headers={"Cache-Control": "no-cache"})


def routes() -> list[web.RouteDef]:
    return [web.get("/", _index), web.get("/page/", _index), web.get("/page/{name}", _asset)]
