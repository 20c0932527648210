"""Every integration beside the team's Telegram, in one explicit list; what is not configured is skipped."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.domain.policy import Policy
from bot.locales import LOCALES, Texts
from bot.ports import Answer, Clock, Interpreter, RawEvent
from bot.settings import Settings
from integrations.forms.interpreter import FormInterpreter
from integrations.forms.receiver import Receiver
from integrations.forms.submission import CHANNEL as FORM
from integrations.gate import Gate

BROWSER_FORMS_A_MINUTE = 30
SERVER_FORMS_A_MINUTE = 1_200


@dataclass(frozen=True, slots=True)
class Integration:
    """`source` is the name under which its events are stored."""

    source: str
    interpreter: Interpreter
    routes: list[web.RouteDef] = field(default_factory=list)


def integrations(
    settings: Settings, policy: Policy, clock: Clock, take: Callable[[RawEvent], Awaitable[Answer | None]]
) -> list[Integration]:
    return [_forms(settings, policy, clock, take)]


def _forms(
    settings: Settings, policy: Policy, clock: Clock, take: Callable[[RawEvent], Awaitable[Answer | None]]
) -> Integration:
    """Always on: a form needs no secret, and a site that may use it is named in `ALLOWED_ORIGINS`."""
    gate = Gate(
        settings.allowed_origins,
        settings.trusted_proxies,
        a_minute=BROWSER_FORMS_A_MINUTE,
        a_minute_by_server=SERVER_FORMS_A_MINUTE,
    )
    texts = {locale: Texts(locale, ZoneInfo(settings.timezone)) for locale in LOCALES}
    receiver = Receiver(take, gate, texts, settings.locale, policy.region)
    return Integration(FORM, FormInterpreter(policy, clock), receiver.routes())
