"""The site of the demo's firm: a landing page with the chat on it, and a form."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from aiohttp import web

PAGE = Path(__file__).with_name("shop.html")

WORDS: Mapping[str, Mapping[str, str]] = {
    "ru": {
        "title": "Кухни, в которых хочется завтракать",
        "lead": "Делаем на заказ в Москве: от замера до первого завтрака – три недели.",
        "picture": "Кухня с зелёными фасадами",
        "price_name": "От 90 000 ₽",
        "price": "за три метра, с фурнитурой и сборкой",
        "time_name": "21 день",
        "time": "от договора до установки, срок – в договоре",
        "measure_name": "Замер бесплатно",
        "measure": "в удобный вечер или в выходной",
        "form_title": "Бесплатный замер",
        "form_button": "Позовите замерщика",
        "form_thanks": "Спасибо! Позвоним и договоримся о времени.",
        "field_name": "Имя",
        "field_phone": "Телефон",
        "field_budget": "Бюджет",
        "campaign": "Осень",
    },
    "en": {
        "title": "Kitchens that make you want breakfast",
        "lead": "Made to measure: three weeks from the first visit to the first breakfast.",
        "picture": "A kitchen with green fronts",
        "price_name": "From 90,000 ₽",
        "price": "for three metres, with fittings, installed",
        "time_name": "21 days",
        "time": "from contract to kitchen, the date is in the contract",
        "measure_name": "Free measuring",
        "measure": "on the evening or weekend that suits you",
        "form_title": "Free measuring",
        "form_button": "Send somebody to measure",
        "form_thanks": "Thank you! We will call and agree on a time.",
        "field_name": "Name",
        "field_phone": "Phone",
        "field_budget": "Budget",
        "campaign": "Autumn",
    },
}


def shop_routes(locale: str, bot_url: str) -> list[web.RouteDef]:
    """The page at `/shop`; `bot_url` is where the chat and the forms are."""
    words = WORDS.get(locale, WORDS["en"])
    page = Template(PAGE.read_text("utf-8")).substitute(words, lang=locale, bot=bot_url)

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    return [web.get("/shop", show)]
