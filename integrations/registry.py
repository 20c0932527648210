"""Every integration beside the team's Telegram, in one explicit list; what is not configured is skipped."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.domain.policy import Policy
from bot.locales import LOCALES, Texts
from bot.ports import Answer, Carrier, Clock, Files, Interpreter, RawEvent
from bot.settings import Settings, environment
from bot.storage.profiles import bot_name
from bot.storage.store import Bell, Store, Tx
from bot.use_cases.keep_upload import MEGABYTE
from integrations.forms.interpreter import FormInterpreter
from integrations.forms.loading import load_forms
from integrations.forms.receiver import Doors, Receiver
from integrations.forms.robots import seal_of
from integrations.forms.script import forms_script
from integrations.forms.submission import CHANNEL as FORM
from integrations.gate import Gate
from integrations.webchat.carrier import WindowCarrier
from integrations.webchat.files import FileDesk
from integrations.webchat.hub import Hub
from integrations.webchat.identity import Passport
from integrations.webchat.interpreter import WindowInterpreter
from integrations.webchat.onward import Onward
from integrations.webchat.receiver import Receiver as WindowReceiver
from integrations.webchat.tokens import Signer
from integrations.webchat.widget import consents_of, widget
from integrations.webchat.words import CHANNEL as WEBCHAT

BROWSER_FORMS_A_MINUTE = 30
SERVER_FORMS_A_MINUTE = 1_200
LOOKS_A_MINUTE = 120
"""How often a form may ask from one address what is wrong with what was typed so far."""
CHAT_REQUESTS_A_MINUTE = 240
"""From one address: sockets that open, and what windows say where sockets do not come through."""

Take = Callable[[RawEvent], Awaitable[Answer | None]]


@dataclass(frozen=True, slots=True)
class Integration:
    """`source` is the name under which its events are stored; `close` ends what would wait for ever."""

    source: str
    interpreter: Interpreter
    routes: list[web.RouteDef] = field(default_factory=list)
    carrier: Carrier | None = None
    close: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What integrations stand on."""

    settings: Settings
    policy: Policy
    clock: Clock
    take: Take
    store: Store
    led: Store
    """For what only the leader does, as carriers do."""
    bell: Bell
    """Wakes the other processes."""
    files: Files
    """Where what the team has sent can be read."""


def integrations(ground: Ground) -> list[Integration]:
    return [_forms(ground), _webchat(ground)]


def _forms(ground: Ground) -> Integration:
    """Always on: a form needs no secret, and a site that may use it is named in `ALLOWED_ORIGINS`."""
    settings, policy = ground.settings, ground.policy
    origins, proxies = settings.allowed_origins, settings.trusted_proxies
    doors = Doors(
        Gate(origins, proxies, a_minute=BROWSER_FORMS_A_MINUTE, a_minute_by_server=SERVER_FORMS_A_MINUTE),
        Gate(origins, proxies, a_minute=LOOKS_A_MINUTE, a_minute_by_server=LOOKS_A_MINUTE),
    )
    forms = load_forms(settings.forms_file, environment()) if settings.forms_file else {}
    texts, seal = _texts(settings), seal_of(settings.secret_key or settings.bot_token)
    https = (settings.public_url or "").startswith("https://")
    receiver = Receiver(ground.take, doors, forms, texts, settings.locale, policy.region, seal, https=https)
    script = forms_script(texts, settings.locale, seal)
    routes = [web.get("/forms/forms.js", script.serve), *receiver.routes()]
    return Integration(FORM, FormInterpreter(policy, ground.clock), routes)


def _webchat(ground: Ground) -> Integration:
    """Always on: a site that may use it is named in `ALLOWED_ORIGINS`, and our own address may."""
    settings, policy, store, clock = ground.settings, ground.policy, ground.store, ground.clock
    own = {"/".join(settings.public_url.split("/")[:3])} if settings.public_url else set()
    pace = CHAT_REQUESTS_A_MINUTE
    gate = Gate(settings.allowed_origins | own, settings.trusted_proxies, a_minute=pace, a_minute_by_server=pace)
    texts, hub = _texts(settings), Hub(store, ground.bell)
    ours, consents = texts[settings.locale], consents_of(texts, policy.privacy_url)
    signer = Signer(store, settings.secret_key)
    bot = partial(bot_name, bot_id=settings.bot_id) if settings.bot_token else _no_bot
    onward = Onward(store, bot, clock)
    passport = Passport(settings.chat_identity_secret, policy.region)
    receiver = WindowReceiver(
        store, ground.take, gate, hub, policy, texts, settings.locale, signer, clock, onward, passport
    )
    most_bytes = settings.chat_files_mb * MEGABYTE
    desk = FileDesk(store, ground.files, gate, signer, texts, settings.locale, most_bytes, clock)
    script = widget(texts, settings.locale, policy.privacy_url)
    return Integration(
        WEBCHAT,
        WindowInterpreter(policy, ours, consents, clock),
        [web.get("/chat/widget.js", script.serve), *receiver.routes(), *desk.routes()],
        WindowCarrier(ground.led, hub, ours, policy, clock),
        hub.close,
    )


def _no_bot(_tx: Tx) -> None:
    return None


def _texts(settings: Settings) -> dict[str, Texts]:
    return {locale: Texts(locale, ZoneInfo(settings.timezone)) for locale in LOCALES}
