"""Asks Telegram what works and what does not: the token, the way to it, updates, topics, every team chat."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from bot.locales import Texts
from bot.settings import OFFICIAL_API, Settings
from bot.storage.team import ADMIN_STATUSES, MEMBER_STATUSES, TeamChats
from integrations.telegram.client import TelegramClient, TelegramError, TelegramUnreachableError
from integrations.telegram.html import clean, cut
from integrations.telegram.refusals import Refusal, name_refusal
from integrations.telegram.webhook import PATH

PATIENCE_SECONDS = 10.0
TOLERATED_DRIFT_SECONDS = 30
FRESH_WEBHOOK_ERROR = timedelta(minutes=15)
"""Telegram remembers the last error of a webhook also when all is well again."""

WEBHOOK_PORTS = frozenset({443, 80, 88, 8443})
_NO_WAY = (TelegramUnreachableError, ProxyError, ProxyConnectionError, ProxyTimeoutError)


class State(StrEnum):
    ON = "✔"
    WRONG = "✖"
    OFF = "–"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check: what was looked at, what is so, and what to do about it."""

    state: State
    about: str
    said: str
    remedy: str = ""


class Findings:
    """Collects what a check finds; its keys are texts `check.<key>` of the catalogue."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.all: list[Finding] = []

    def say(self, key: str, **values: Any) -> str:
        return self.texts.plain(f"check.{key}", **values)

    def on(self, about: str, said: str, **values: Any) -> None:
        self.all.append(Finding(State.ON, about, self.say(said, **values)))

    def off(self, about: str, said: str, remedy: str = "", **values: Any) -> None:
        self._add(State.OFF, about, said, remedy, values)

    def wrong(self, about: str, said: str, remedy: str, **values: Any) -> None:
        self._add(State.WRONG, about, said, remedy, values)

    def _add(self, state: State, about: str, said: str, remedy: str, values: Mapping[str, Any]) -> None:
        advice = self.say(remedy, **values) if remedy else ""
        self.all.append(Finding(state, about, self.say(said, **values), advice))


async def check_telegram(
    settings: Settings, texts: Texts, chats: TeamChats, has_admin: bool, now: datetime
) -> list[Finding]:
    """`now` is the product's clock. Nothing is sent to anybody, and no finding holds a secret."""
    report = Findings(texts)
    if not settings.bot_token:
        report.wrong("BOT_TOKEN", "token_missing", "do_token_new")
    else:
        try:
            client = TelegramClient(settings.bot_token, settings.telegram_api_url, settings.telegram_proxy)
            async with client:
                await _Checkup(settings, report, client, now).run(chats, has_admin)
        except ValueError:  # of the proxy's address: it is read when the client opens
            report.wrong("TELEGRAM_PROXY", "proxy_malformed", "do_proxy")
    return report.all


class _Checkup:
    def __init__(self, settings: Settings, report: Findings, client: TelegramClient, now: datetime) -> None:
        self._settings, self._report, self._client, self._now = settings, report, client, now
        self._me: dict[str, Any] = {}

    async def run(self, chats: TeamChats, has_admin: bool) -> None:
        if not await self._introduced():
            return
        await self._clock()
        await self._updates()
        self._topics()
        if not has_admin:
            self._report.off(self._report.say("about_admins"), "admins_none", "do_admins")
        await self._chats(chats)

    async def _call(self, method: str, **params: Any) -> Any:
        return await self._client.call(method, params, patience=PATIENCE_SECONDS)

    async def _introduced(self) -> bool:
        report, host = self._report, _host(self._settings.telegram_api_url)
        try:
            self._me = await self._call("getMe")
        except _NO_WAY as error:
            through = "do_proxy" if self._settings.telegram_proxy else "do_network"
            remedy = through if self._settings.telegram_api_url == OFFICIAL_API else "do_api_url"
            report.wrong("Telegram", "unreachable", remedy, host=host, why=str(error) or type(error).__name__)
            return False
        except TelegramError as error:
            if error.code in (401, 404):
                report.wrong("BOT_TOKEN", "token_unknown", "do_token_again")
            else:
                report.wrong("Telegram", "refused", "do_wait", why=error.description, seconds=error.retry_after or 60)
            return False
        report.on("BOT_TOKEN", "token_fine", username=self._me["username"], bot_id=self._me["id"])
        report.on("Telegram", "reached_by_proxy" if self._settings.telegram_proxy else "reached", host=host)
        return True

    async def _clock(self) -> None:
        theirs = await server_time(self._settings.telegram_api_url, self._settings.telegram_proxy)
        if theirs is None:
            return
        about, drift = self._report.say("about_clock"), (datetime.now(UTC) - theirs).total_seconds()
        if abs(drift) <= TOLERATED_DRIFT_SECONDS:
            self._report.on(about, "clock_fine")
        else:
            key = "clock_ahead" if drift > 0 else "clock_behind"
            self._report.wrong(about, key, "do_clock", drift=self._report.texts.duration(abs(drift)))

    async def _updates(self) -> None:
        report, about = self._report, self._report.say("about_updates")
        try:
            info = await self._call("getWebhookInfo")
        except (TelegramError, *_NO_WAY) as error:
            report.wrong(about, "no_answer", "do_again", why=str(error))
            return
        pending, url = info.get("pending_update_count", 0), info.get("url", "")
        if self._settings.telegram_mode == "polling":
            if url:
                report.wrong(about, "webhook_left", "do_webhook_left", host=_host(url), pending=pending)
            else:
                report.on(about, "polling", pending=pending)
            return
        wanted = f"{self._settings.public_url}{PATH}"
        failed_at = datetime.fromtimestamp(info.get("last_error_date", 0), UTC)
        why = clean(str(info.get("last_error_message", "")))
        if not url:
            report.wrong(about, "webhook_none", "do_webhook_run", pending=pending)
        elif url != wanted:
            report.wrong(about, "webhook_other", "do_webhook_run", host=_host(url), pending=pending)
        elif why and self._now - failed_at <= FRESH_WEBHOOK_ERROR:
            when = report.texts.moment(failed_at)
            report.wrong(about, "webhook_fails", "do_webhook_fails", why=why, when=when, pending=pending, url=wanted)
        else:
            report.on(about, "webhook_fine", pending=pending)

    def _topics(self) -> None:
        report, about = self._report, self._report.say("about_topics")
        if self._settings.conversations == "topics":
            return  # customers' conversations live in the team's forum, which is looked at with the chats
        if not self._me.get("has_topics_enabled"):
            report.off(about, "topics_off", "do_topics_on")
        elif self._me.get("allows_users_to_create_topics"):
            report.off(about, "topics_open", "do_topics_close")
        else:
            report.on(about, "topics_on")

    async def _chats(self, chats: TeamChats) -> None:
        report = self._report
        if chats.sales is None:
            report.wrong(report.say("about_chat", purposes=self._purposes(["sales"])), "chat_none", "do_setup")
            if not self._me.get("can_join_groups", True):
                report.wrong("BotFather", "groups_closed", "do_groups_open")
        places = chats.by_chat()
        asked = await asyncio.gather(*(self._ask_chat(chat_id) for chat_id in places))
        blind = []
        for (chat_id, purposes), answer in zip(places.items(), asked, strict=True):
            about = report.say("about_chat", purposes=self._purposes(purposes))
            if self._chat(about, chat_id, purposes, answer) is False:
                blind.append(about)
        self._privacy(blind, known=bool(places))

    async def _ask_chat(self, chat_id: int) -> tuple[dict[str, Any], dict[str, Any]] | Exception:
        try:
            chat, member = await asyncio.gather(
                self._call("getChat", chat_id=chat_id),
                self._call("getChatMember", chat_id=chat_id, user_id=self._me["id"]),
            )
        except (TelegramError, *_NO_WAY) as error:
            return error
        return chat, member

    def _chat(
        self,
        about: str,
        chat_id: int,
        purposes: list[str],
        answer: tuple[dict[str, Any], dict[str, Any]] | Exception,
    ) -> bool | None:
        """Whether the bot administers the chat; None where that is not the trouble."""
        report = self._report
        if isinstance(answer, Exception):
            self._chat_refused(about, chat_id, answer)
            return None
        chat, member = answer
        title = cut(str(chat.get("title", "")), 40)
        if chat["type"] not in ("group", "supergroup"):
            report.wrong(about, "chat_no_group", "do_setup", chat_id=chat_id)
            return None
        if member["status"] not in MEMBER_STATUSES or (member["status"] == "restricted" and not member["is_member"]):
            report.wrong(about, "chat_lost", "do_chat_lost", chat_id=chat_id)
            return None
        administers = member["status"] in ADMIN_STATUSES
        if not administers:
            writes = _may_write(chat, member)
            report.wrong(about, "chat_member" if writes else "chat_mute", "do_admin", title=title)
        else:
            report.on(about, "chat_fine", title=title, rights=self._rights(member, wanted=True))
            if lacking := self._rights(member, wanted=False):
                report.off(about, "chat_lacks", "do_rights", title=title, rights=lacking)
        self._kind(about, title, chat, member, purposes)
        return administers

    def _chat_refused(self, about: str, chat_id: int, error: Exception) -> None:
        report = self._report
        refusal = name_refusal(error) if isinstance(error, TelegramError) else None
        if isinstance(error, TelegramError) and refusal is Refusal.MIGRATED:
            new = error.parameters["migrate_to_chat_id"]
            report.wrong(about, "chat_moved", "do_chat_moved", chat_id=chat_id, new=new)
        elif refusal in (Refusal.CHAT_LOST, Refusal.NOT_OPENED):
            report.wrong(about, "chat_lost", "do_chat_lost", chat_id=chat_id)
        else:
            report.wrong(about, "no_answer", "do_again", why=str(error))

    def _rights(self, member: Mapping[str, Any], *, wanted: bool) -> str:
        rights = {"can_delete_messages": "right_delete"}
        named = [self._report.say(key) for right, key in rights.items() if bool(member.get(right)) is wanted]
        return ", ".join([self._report.say("right_write"), *named] if wanted else named)

    def _kind(
        self, about: str, title: str, chat: Mapping[str, Any], member: Mapping[str, Any], purposes: list[str]
    ) -> None:
        """What the chat is: conversations as topics need a forum and the right to manage its topics."""
        report = self._report
        needs_topics = self._settings.conversations == "topics" and "sales" in purposes
        if needs_topics and not chat.get("is_forum"):
            report.wrong(about, "chat_no_forum", "do_forum", title=title)
        elif needs_topics and not member.get("can_manage_topics"):
            report.wrong(about, "chat_no_topics", "do_manage_topics", title=title)
        elif needs_topics:
            report.on(about, "chat_topics", title=title)
        elif chat["type"] == "group":
            report.off(about, "chat_basic", "do_supergroup", title=title)

    def _privacy(self, blind: list[str], *, known: bool) -> None:
        report, about = self._report, self._report.say("about_privacy")
        if self._me.get("can_read_all_group_messages"):
            report.on(about, "privacy_off")
        elif blind:
            report.wrong(about, "privacy_blinds", "do_privacy")
        elif known:
            report.on(about, "privacy_harmless")
        else:
            report.off(about, "privacy_on")

    def _purposes(self, purposes: list[str]) -> str:
        return ", ".join(self._report.texts.plain(f"purpose.{purpose}") for purpose in purposes)


async def server_time(api_url: str, proxy: str | None) -> datetime | None:
    """What the other side's clock says, to the second; None where it does not tell."""
    connector = ProxyConnector.from_url(proxy) if proxy else None
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.head(api_url, allow_redirects=False) as response,
        ):
            return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (aiohttp.ClientError, OSError, KeyError, ValueError, ProxyError, ProxyConnectionError, ProxyTimeoutError):
        return None


def _may_write(chat: Mapping[str, Any], member: Mapping[str, Any]) -> bool:
    """What holds for everybody in the chat, and for this member where he is restricted."""
    allowed = chat.get("permissions", {}).get("can_send_messages", True)
    return bool(allowed and member.get("can_send_messages", True))


def _host(url: str) -> str:
    """An address without its path, which may hold a secret."""
    return clean(urlsplit(url).netloc.rpartition("@")[2]) or "?"
