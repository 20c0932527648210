"""`GET /chat/widget.js`: the parts of the script, our texts, and the words beside its boxes."""

from collections.abc import Mapping
from pathlib import Path

from rcssmin import cssmin

from bot.locales import Texts
from bot.storage.consents import ADVERTISING, PERSONAL_DATA
from bot.use_cases.automatic_words import terms_version
from integrations.page.script import KEEP, VISIT, Script
from integrations.webchat.files import LARGEST_FILE
from integrations.webchat.filetypes import ACCEPTED

PARTS = Path(__file__).parent / "script"
ORDER = [
    PARTS / "begin.js",
    KEEP,
    VISIT,
    PARTS / "look.js",
    PARTS / "files.js",
    PARTS / "ways.js",
    PARTS / "rate.js",
    PARTS / "talk.js",
    PARTS / "self.js",
    PARTS / "road.js",
    PARTS / "use.js",
]

LABELS = (
    "chat.open",
    "chat.title",
    "chat.close",
    "chat.hello",
    "chat.name",
    "chat.contact",
    "chat.write",
    "chat.send",
    "chat.required",
    "chat.agree_first",
    "chat.consent",
    "chat.advertising",
    "chat.privacy",
    "chat.sending",
    "chat.sent",
    "chat.shown",
    "chat.taken",
    "chat.edited",
    "chat.offline",
    "chat.at_work",
    "chat.not_at_work",
    "chat.leave",
    "chat.unread",
    "chat.optional",
    "chat.attach",
    "chat.drop",
    "chat.remove",
    "chat.uploading",
    "chat.file_too_large",
    "chat.file_wrong_type",
    "chat.file_too_many",
    "chat.file_empty",
    "chat.file_unshown",
    "chat.ways",
    "chat.telegram",
    "chat.rate_ask",
    "chat.rate_1",
    "chat.rate_2",
    "chat.rate_3",
    "chat.rate_4",
    "chat.rate_5",
    "chat.rate_word",
    "chat.rate_send",
    "chat.rate_no",
    "chat.rate_thanks",
)

CONSENTS = {PERSONAL_DATA: "chat.consent", ADVERTISING: "chat.advertising"}


def consents_of(texts: Mapping[str, Texts], privacy_url: str | None) -> dict[tuple[str, str], str]:
    """The words beside our boxes, by purpose and version; on personal data with where to read more."""
    found = {}
    for spoken in texts.values():
        for purpose, key in CONSENTS.items():
            words = _words(spoken, purpose, key, privacy_url)
            found[purpose, terms_version(words)] = words
    return found


def _words(texts: Texts, purpose: str, key: str, privacy_url: str | None) -> str:
    return " ".join(filter(None, [texts.plain(key), privacy_url if purpose == PERSONAL_DATA else None]))


def widget(texts: Mapping[str, Texts], default_locale: str, privacy_url: str | None) -> Script:
    ours = {
        "locale": default_locale,
        "privacy": privacy_url,
        "files": {"endings": ACCEPTED, "largest": LARGEST_FILE},
        "labels": [key.partition(".")[2] for key in LABELS],
        "texts": {
            locale: [spoken.plain(key, number="{number}", name="{name}", time="{time}") for key in LABELS]
            for locale, spoken in texts.items()
        },
        "versions": {
            locale: {
                purpose: terms_version(_words(spoken, purpose, key, privacy_url)) for purpose, key in CONSENTS.items()
            }
            for locale, spoken in texts.items()
        },
    }
    look = cssmin((PARTS / "look.css").read_text("utf-8"))
    return Script("Gemba: a chat for any page, in a shadow root of its own.", {"ours": ours, "look": look}, ORDER)
