"""`score`: why a lead has the points it has."""

from datetime import datetime

from bot.commands.data import open_data, texts_of
from bot.domain.errors import GembaError
from bot.domain.scoring import Band, Rules, Score, default_rules, explain, load_rules, score
from bot.runtime.clocks import open_clock
from bot.settings import Settings
from bot.storage.leads import Lead, get_lead
from bot.storage.store import Tx
from bot.use_cases.score_lead import gather_facts


async def explain_lead(settings: Settings, lead_id: int) -> list[str]:
    """The score as of now, line by line, and the one on the card where time or new rules have changed it."""
    rules = load_rules(settings.scoring_file) if settings.scoring_file else default_rules()
    texts = texts_of(settings)
    async with open_data(settings) as store:
        found = await store.read(_score, lead_id, rules, open_clock(settings.clock_file).now())
    if found is None:
        raise GembaError(texts.plain("lead.unknown", number=lead_id))
    lead, fresh = found
    lines = explain(fresh, settings.locale, settings.zone)
    if lead.score != fresh.total:
        lines.append(texts.plain("cli.score_on_card", score=lead.score))
    return lines


def _score(tx: Tx, lead_id: int, rules: Rules, now: datetime) -> tuple[Lead, Score] | None:
    lead = get_lead(tx, lead_id)
    if lead is None:
        return None
    return lead, score(gather_facts(tx, lead.contact_id), rules, now, Band(lead.band))
