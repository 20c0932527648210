"""For browsers without scripts: a page of thanks, or the form again with what has to be mended; nothing is lost."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot.locales import Texts
from integrations.forms.names import ALIASES, fold

NEXT = "_next"
"""A hidden field: the page to show when it is sent."""

STYLE = Markup(
    ":root{color-scheme:light dark}"
    "body{font:17px/1.5 system-ui,sans-serif;max-width:28rem;margin:12vh auto 0;padding:0 1.25rem}"
    "h1{font-size:1.6rem;line-height:1.2}form{display:grid;gap:1rem}label{display:grid;gap:.25rem}"
    "input,textarea,button{font:inherit;padding:.7rem .8rem;border-radius:.6rem;border:1px solid #767676}"
    "button{border:0;background:#0a6b44;color:#fff;font-weight:600}b{color:#b3261e;font-weight:400}"
    "@media(prefers-color-scheme:dark){b{color:#ffb4ab}}"
)
PAGE = Markup(
    '<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="robots" content="noindex"><title>{title}</title><style>{style}</style><h1>{title}</h1>{body}</html>'
)
FIELD = Markup(
    '<label>{label} <b id="e{number}">{error}</b>'
    '<input name="{name}" value="{value}" aria-describedby="e{number}" aria-invalid="true"></label>'
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def thanks(texts: Texts, back: str | None) -> web.Response:
    link = Markup('<p><a href="{}">{}</a></p>').format(back, texts.plain("form.back")) if back else Markup()
    return _page(200, texts, "form.thanks", Markup("<p>{}</p>").format(texts.plain("form.thanks_more")) + link)


def mend(texts: Texts, given: Mapping[str, Any], errors: Mapping[str, str]) -> web.Response:
    """Everything that was filled in, hidden, and what is wrong with it to be written anew."""
    kept = [
        Markup('<input type="hidden" name="{}" value="{}">').format(name, one)
        for name, value in given.items()
        if name not in errors
        for one in (value if isinstance(value, list) else [value])
    ]
    asked = [
        FIELD.format(label=_named(texts, name), error=error, name=name, value=_one(given.get(name)), number=number)
        for number, (name, error) in enumerate(errors.items())
    ]
    button = Markup("<button>{}</button>").format(texts.plain("form.send"))
    inner = Markup().join([*kept, *asked, button])
    return _page(422, texts, "form.mend", Markup('<form method="post">{}</form>').format(inner))


def trouble(status: int, texts: Texts, key: str) -> web.Response:
    return _page(status, texts, key, Markup("<p>{}</p>").format(texts.plain("form.go_back")))


def _named(texts: Texts, name: str) -> str:
    ours = ALIASES.get(fold(name), name)
    return texts.plain(f"form.field_{ours}") if ours in ("name", "phone", "email", "message") else name


def _one(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and value else value or "")


def _page(status: int, texts: Texts, title: str, body: Markup) -> web.Response:
    html = PAGE.format(lang=texts.locale, title=texts.plain(title), style=STYLE, body=body)
    return web.Response(status=status, text=html, content_type="text/html", headers=HEADERS)
