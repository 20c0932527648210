"""`GET /forms/forms.js`: makes a plain HTML form of any site a pleasant one."""

from collections.abc import Mapping
from pathlib import Path

from bot.locales import Texts
from integrations.forms.robots import SEAL, TOOK, TRAP
from integrations.page.script import KEEP, VISIT, Script

PARTS = Path(__file__).parent
SAYS = ("form.thanks", "form.thanks_more", "form.sending", "form.offline", "form.try_again", "form.leave_empty")


def forms_script(texts: Mapping[str, Texts], default_locale: str, seal: str) -> Script:
    ours = {
        "locale": default_locale,
        "texts": {
            locale: {key.partition(".")[2]: spoken.plain(key) for key in SAYS} for locale, spoken in texts.items()
        },
        "marks": {"trap": TRAP, "seal": SEAL, "took": TOOK},
        "seal": seal,
    }
    parts = [PARTS / "begin.js", KEEP, VISIT, PARTS / "errors.js", PARTS / "send.js", PARTS / "enhance.js"]
    return Script("Gemba: forms that say what is wrong and lose nothing.", {"ours": ours}, parts)
