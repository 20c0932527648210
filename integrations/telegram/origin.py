"""Where a customer comes from and what he has looked at, in the words of the card."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from bot.locales import Texts
from bot.use_cases.view_lead import LeadView
from integrations.telegram.html import LONGEST_MARK, ago, cut

MOST_PAGES = 3
LONGEST_PAGE = 40

CLICKS = {
    "yclid": "click.yclid",
    "ysclid": "click.ysclid",
    "gclid": "click.gclid",
    "gbraid": "click.gclid",
    "wbraid": "click.gclid",
    "vkclid": "click.vkclid",
    "rb_clickid": "click.vkclid",
    "fbclid": "click.fbclid",
    "msclkid": "click.msclkid",
    "ttclid": "click.ttclid",
}
"""Whose ads put such a number into an address."""


def origin(view: LeadView, texts: Texts) -> Markup:
    """From where: the channel, then what the marks tell. First and last touch, where they differ."""
    first, last = marks_of(view.first_touch, texts), marks_of(view.last_touch, texts)
    line = Markup("📍 {}").format(" · ".join([texts.plain(f"channel.{view.lead.channel}"), *last]))
    if view.first_touch is not None and first and first != last:
        at = view.first_touch["at"]
        line += Markup("\n") + texts("card.first_touch", marks=" · ".join(first), ago=ago(at, texts.moment(at)))
    return line


def pages(view: LeadView, texts: Texts) -> Markup | None:
    """Where he has been longest says what he wants; each page once, however often he came back to it."""
    spent: dict[str, int] = {}
    for seen in view.pages:
        spent[seen.page] = spent.get(seen.page, 0) + seen.seconds
    if not spent:
        return None
    longest = sorted(spent, key=lambda page: -spent[page])[:MOST_PAGES]
    told = " · ".join(cut(page, LONGEST_PAGE) for page in longest)
    return texts("card.pages", count=len(spent), time=texts.duration(sum(spent.values())), pages=told)


def marks_of(touch: Mapping[str, Any] | None, texts: Texts) -> list[str]:
    """Who sent him is told by the mark, else by whose number the ad left, else by the site that he came from."""
    if not touch:
        return []
    clicked = CLICKS.get(str(touch.get("click_id") or "").partition(":")[0])
    sent_by = touch.get("source") or (texts.plain(clicked) if clicked else _host(touch.get("referrer")))
    campaign = f"«{cut(touch['campaign'], LONGEST_MARK)}»" if touch.get("campaign") else None
    found = [sent_by, campaign, touch.get("landing_page"), touch.get("offer")]
    return [cut(mark, LONGEST_MARK) for mark in found if mark]


def _host(address: str | None) -> str | None:
    try:
        return (urlsplit(address or "").hostname or "").removeprefix("www.") or None
    except ValueError:
        return None
