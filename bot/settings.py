"""Typed settings from the environment or `.env`; every one is described in docker/env.example."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

OFFICIAL_API = "https://api.telegram.org"


LEAST_SECRET = 32
"""Bytes, as HS256 asks for."""


ChatId = Annotated[int, Field(gt=-(2**52), lt=2**52)]
"""Telegram's have 52 bits at most."""

Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 31)]
"""A month of them is more than anybody waits."""


class SettingsError(Exception):
    """A setting is wrong; the text is one plain line that names it."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    bot_token: str = Field(default="", repr=False)
    telegram_api_url: str = OFFICIAL_API
    telegram_proxy: str | None = Field(default=None, repr=False)
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: str | None = Field(default=None, repr=False, pattern=r"^[A-Za-z0-9_-]{1,256}$")
    telegram_group_rate: int = Field(default=20, ge=0)
    telegram_global_rate: int = Field(default=30, ge=0)
    telegram_chat_rate: int = Field(default=1, ge=0)
    telegram_timeout: int = Field(default=30, ge=2)

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    lease_seconds: int = Field(default=15, ge=3)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    public_url: str | None = None
    secret_key: str = Field(default="", repr=False)

    sales_chat_id: ChatId | None = None
    marketing_chat_id: ChatId | None = None
    managers_chat_id: ChatId | None = None
    admin_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    conversations: Literal["private", "topics"] = "private"

    timezone: str = "Europe/Moscow"
    locale: Literal["ru", "en"] = "ru"
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    digest_time: str = Field(default="09:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    working_hours: str = "Mon-Fri 09:00-18:00"
    country: str = Field(default="RU", pattern=r"^[A-Z]{2}$")
    claim_minutes: Minutes = 15
    answer_minutes: Minutes = 30
    reoffer_minutes: Minutes = 60
    mask_contacts: bool = False
    privacy_url: str | None = None
    retention_days: int | None = Field(default=None, ge=1)
    allowed_origins: Annotated[frozenset[str], NoDecode] = frozenset()
    chat_files_mb: int = Field(default=1_000, ge=1)
    chat_identity_secret: str = Field(default="", repr=False)
    trusted_proxies: Annotated[frozenset[str], NoDecode] = frozenset()
    scoring_file: Path | None = None
    forms_file: Path | None = None
    log_format: Literal["console", "json"] = "console"
    clock_file: Path | None = None

    @field_validator("admin_ids", "allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value

    @field_validator("bot_token")
    @classmethod
    def _a_token(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]+", value):
            raise ValueError("a token looks like 123456:ABC-def; take it from @BotFather as it is")
        return value

    @field_validator("chat_identity_secret")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value.encode()) < LEAST_SECRET:
            raise ValueError(f"a secret has at least {LEAST_SECRET} characters; `openssl rand -hex 32` makes one")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone is called {value!r}; use an IANA name such as Europe/Moscow") from error
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: frozenset[str]) -> frozenset[str]:
        for proxy in value:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError as error:
                raise ValueError(f"{proxy!r} is no address; write 10.0.0.1 or 10.0.0.0/8") from error
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: frozenset[str]) -> frozenset[str]:
        for origin in value:
            if not re.fullmatch(r"https?://[^/\s]+/?", origin):
                raise ValueError(f"{origin!r} is no origin; write https://example.org, without a path")
        return value

    @field_validator("telegram_api_url", "public_url", "privacy_url")
    @classmethod
    def _an_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if not re.match(r"https?://[^/\s]", value):
            raise ValueError("an address begins with https:// (or http:// for a server of your own)")
        official = info.data.get("telegram_api_url", OFFICIAL_API) == OFFICIAL_API
        if info.field_name == "public_url" and official and not value.startswith("https://"):
            raise ValueError("Telegram delivers to https:// addresses only")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _webhook_has_what_it_needs(self) -> "Settings":
        if self.telegram_mode == "webhook" and not (self.public_url and self.telegram_webhook_secret):
            raise ValueError("TELEGRAM_MODE=webhook needs PUBLIC_URL and TELEGRAM_WEBHOOK_SECRET")
        return self

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'gemba.db'}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def bot_id(self) -> int:
        """The digits before the colon of the token."""
        return int(self.bot_token.partition(":")[0])


def environment() -> dict[str, str]:
    """All that is set, in the environment or in `.env`: for secrets whose names a firm chooses itself."""
    return {**{name: value for name, value in dotenv_values(".env").items() if value is not None}, **os.environ}


def load_settings() -> Settings:
    """Raises `SettingsError` with one line that names the first bad value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() + ": " if first["loc"] else ""
        raise SettingsError(name + first["msg"].removeprefix("Value error, ")) from error
