"""The script as it is served: small enough for any page, whatever is added to its parts."""

from zoneinfo import ZoneInfo

from bot.locales import LOCALES, Texts
from integrations.webchat.widget import widget

MOST_BYTES = 40_000


def test_it_stays_small() -> None:
    texts = {locale: Texts(locale, ZoneInfo("Europe/Moscow")) for locale in LOCALES}
    assert len(widget(texts, "ru", "https://shop.example/privacy").text) < MOST_BYTES
