"""A bad value stops the start with one line that names it."""

import pytest

from bot.settings import SettingsError, load_settings

BAD = {
    "BOT_TOKEN": "garbage",
    "TELEGRAM_MODE": "pigeon",
    "TELEGRAM_API_URL": "api.telegram.org",
    "TELEGRAM_GROUP_RATE": "-1",
    "HTTP_PORT": "99999",
    "SALES_CHAT_ID": "sales",
    "ADMIN_IDS": "anna",
    "TIMEZONE": "Moscow",
    "LOCALE": "fr",
    "CURRENCY": "rubles",
    "DIGEST_TIME": "25:00",
    "RETENTION_DAYS": "0",
    "LOG_FORMAT": "xml",
    "PUBLIC_URL": "http://example.com",
    "CONVERSATIONS": "pigeons",
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in BAD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(str(tmp_path))


@pytest.mark.parametrize(("name", "value"), BAD.items())
def test_a_bad_value_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def test_the_defaults_are_those_of_a_russian_firm() -> None:
    settings = load_settings()
    assert (settings.locale, settings.currency, settings.timezone) == ("ru", "RUB", "Europe/Moscow")
    assert settings.store_url == "sqlite:///data/gemba.db"


def test_lists_are_split_at_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IDS", "7, 8 9")
    assert load_settings().admin_ids == {7, 8, 9}


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES_CHAT_ID", "")
    assert load_settings().sales_chat_id is None


def test_webhook_needs_an_address_and_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_MODE", "webhook")
    with pytest.raises(SettingsError, match="PUBLIC_URL and TELEGRAM_WEBHOOK_SECRET"):
        load_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456:very-secret")
    assert "very-secret" not in repr(load_settings())
