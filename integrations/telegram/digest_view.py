"""The digest as a person reads it with a coffee: first what to do, then the same numbers for everybody."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from markupsafe import Markup

from bot.domain.kpi import Audience, Ratio, Report, Times, Totals, WaitingLead
from bot.domain.scoring import Band
from bot.locales import Texts
from integrations.telegram.cards import BAND_SIGNS
from integrations.telegram.html import LONGEST_TEXT, ago, bold, cut, lines

MOST_LINES = 5


def render_digest(report: Report, texts: Texts) -> Markup:
    parts = [
        _title(report, texts),
        *_first_things(report, texts),
        "",
        *_marketing(report, texts),
        "",
        *_sales(report, texts),
        "",
        *_rejections(report, texts),
        *_people(report, texts),
    ]
    text = lines(*parts)
    while len(text) > LONGEST_TEXT:  # many long names: leave out from the end, whole lines only
        text = Markup("\n").join(text.split("\n")[:-1])
    return text


def _title(report: Report, texts: Texts) -> Markup:
    first, last = report.period.first, report.period.end - timedelta(days=1)
    when = texts.day(first) if first == last else f"{texts.day(first)} – {texts.day(last)}"
    return texts("digest.title", when=when)


def _first_things(report: Report, texts: Texts) -> list[Markup]:
    """What to do first: who has waited longest, what nobody took, what nobody answered."""
    todo = [_waiting(lead, texts) for lead in _unique(report)[:MOST_LINES]]
    if report.audiences & {Audience.MARKETING, Audience.MANAGERS} and report.state.feedback_unanswered:
        todo.append(texts("digest.feedback_unanswered", count=report.state.feedback_unanswered))
    if Audience.MANAGERS in report.audiences and report.state.disputes_open:
        todo.append(texts("digest.disputes_open", count=report.state.disputes_open))
    if not todo:
        return [texts("digest.nothing_first")]
    return [texts("digest.first"), *todo]


def _unique(report: Report) -> list[WaitingLead]:
    seen: dict[int, WaitingLead] = {}
    for lead in (*report.first.waiting, *report.first.unclaimed):
        seen.setdefault(lead.lead_id, lead)
    return sorted(seen.values(), key=lambda lead: lead.since)


def _waiting(lead: WaitingLead, texts: Texts) -> Markup:
    who = texts("digest.waits_for", owner=lead.owner) if lead.owner else texts("digest.waits_unclaimed")
    sign = BAND_SIGNS[Band(lead.band)]
    moment = ago(lead.since, texts.moment(lead.since))
    return Markup("• {} {} №{} · {} · {}").format(sign, cut(lead.contact, 40), lead.lead_id, moment, who)


def _marketing(report: Report, texts: Texts) -> list[Markup]:
    told = [texts("digest.leads", count=report.totals.created, change=_change(report, "created", texts))]
    for channel in report.by_channel:
        bands = " ".join(
            f"{BAND_SIGNS[band]} {channel.by_band[band]}" for band in reversed(Band) if channel.by_band.get(band)
        )
        told.append(Markup("• {}: {} ({})").format(texts.plain(f"channel.{channel.channel}"), channel.leads, bands))
    return told


def _sales(report: Report, texts: Texts) -> list[Markup]:
    totals: Totals = report.totals
    handed = report.handed_over
    return [
        texts(
            "digest.handed_over",
            count=totals.handed_over,
            claimed=totals.claimed,
            not_worked=handed.not_worked,
            share=texts.percent(_value(Ratio(handed.not_worked, handed.leads))),
        ),
        texts("digest.time_to_claim", times=_times(totals.time_to_claim, texts)),
        texts("digest.first_response", times=_times(totals.first_response, texts)),
        texts("digest.waiting_now", count=report.state.waiting, unclaimed=report.state.unclaimed),
        texts(
            "digest.won",
            count=totals.won,
            revenue=_money(totals.revenue, texts),
            average=_averages(report.average_sale, texts),
        ),
        texts("digest.lost", lost=totals.lost, rejected=totals.rejected),
        texts(
            "digest.conversion",
            share=texts.percent(_value(report.conversion)),
            won=report.conversion.part,
            leads=report.conversion.whole,
        ),
    ]


def _rejections(report: Report, texts: Texts) -> list[Markup]:
    if not report.rejections:
        return []
    by_reason: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in report.rejections:
        by_reason[row.reason].append((row.leads, cut(row.source or texts.plain("source.unknown"), 40)))
    ranked = sorted(by_reason.items(), key=lambda pair: -sum(count for count, _ in pair[1]))[:MOST_LINES]
    return [
        texts("digest.rejected_head"),
        *(
            Markup("• {}: {} ({})").format(
                texts.plain(f"reject.{reason}"),
                sum(count for count, _ in sources),
                ", ".join(f"{source} {count}" for count, source in sources[:3]),
            )
            for reason, sources in ranked
        ),
    ]


def _people(report: Report, texts: Texts) -> list[Markup | str]:
    if not report.salespeople:
        return []
    told: list[Markup | str] = ["", texts("digest.people_head")]
    for line in report.salespeople:
        told.append(
            texts(
                "digest.person",
                name=bold(cut(line.name, 40)),
                taken=line.taken,
                median=_span(line.first_response.median, texts),
                won=line.won,
                revenue=_money(line.revenue, texts),
                waiting=line.waiting_now,
            )
        )
    return told


def _times(times: Times, texts: Texts) -> str:
    if times.median is None:
        return "–"
    return texts.plain("digest.times", median=_span(times.median, texts), p90=_span(times.p90, texts), n=times.count)


def _span(seconds: float | None, texts: Texts) -> str:
    return "–" if seconds is None else texts.duration(seconds)


def _money(sums: Mapping[str, int], texts: Texts) -> str:
    return " + ".join(texts.money(amount, currency) for currency, amount in sorted(sums.items())) or "–"


def _averages(averages: Mapping[str, Ratio], texts: Texts) -> str:
    known = [
        texts.money(round(ratio.value), currency) for currency, ratio in averages.items() if ratio.value is not None
    ]
    return " + ".join(known) or "–"


def _value(ratio: Ratio) -> float | None:
    return ratio.value


def _change(report: Report, figure: str, texts: Texts) -> str:
    share = report.change(figure)
    if share is None:
        return ""
    return texts.plain("digest.change", percent=("+" if share >= 0 else "−") + texts.percent(abs(share)))
