"""The digest as a person reads it with a coffee: first what to do, then the same numbers for everybody."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from markupsafe import Markup, escape

from bot.domain.kpi import Audience, FeedbackItem, Period, PeriodKind, Ratio, Report, SalesLine, Times, WaitingLead
from bot.domain.policy import Policy
from bot.domain.scoring import Band
from bot.domain.working_time import WorkingHours
from bot.locales import Texts
from bot.storage.cards import cards_near
from bot.storage.store.base import Tx
from integrations.telegram.cards import BAND_SIGNS
from integrations.telegram.html import ago, bold, cut, fitting, lead_link, lines, link, message_link

MOST_WAITING = 5
MOST_UNCLAIMED = 3
MOST_NAMED = 3
MOST_REASONS = 5
ENOUGH_FOR_P90 = 5
"""Of fewer times one cannot say what nine of ten are like."""

Named = Callable[[str, int], Markup]
"""A customer's name and the number of his lead, as they stand in the text."""


def named_plainly(name: str, lead_id: int) -> Markup:
    return Markup("{} №{}").format(cut(name, 40), lead_id)


def nameless(bot: str) -> Named:
    """For a digest in which nobody is to be named any more."""
    return lambda _name, lead_id: link(f"№{lead_id}", lead_link(bot, lead_id))


def named_with_links(tx: Tx, report: Report, chat_id: int, bot: str, policy: Policy) -> Named:
    """The name leads to the card, the number into the bot, where every teammate sees the lead."""
    cards = cards_near(tx, leads_named(report), chat_id)

    def named(name: str, lead_id: int) -> Markup:
        inside = lead_link(bot, lead_id)
        card = message_link(*cards[lead_id]) if lead_id in cards else None
        return Markup("{} {}").format(
            link(cut(policy.hide(name), 40) or "…", card or inside), link(f"№{lead_id}", inside)
        )

    return named


def render_digest(report: Report, texts: Texts, hours: WorkingHours, named: Named = named_plainly) -> Markup:
    title = texts("digest.title", when=days_of(report.period, report, texts))
    if report.quiet:
        return lines(title, texts("digest.quiet"))
    parts = [
        title,
        "",
        *_first_things(report, texts, named),
        "",
        *_marketing(report, texts),
        "",
        *_sales(report, texts),
        "",
        *_rejections(report, texts),
        "",
        *_people(report, texts),
        _ratings(report, texts),
        "",
        _compared(report, texts, hours),
    ]
    return fitting(lines(*parts))


def days_of(period: Period, report: Report, texts: Texts) -> str:
    return texts.days(period.first, period.end - timedelta(days=1), report.now.astimezone(texts.zone).year)


# What to do ----------------------------------------------------------------------------------------------------------


def _first_things(report: Report, texts: Texts, named: Named) -> list[Markup]:
    """Who has waited longest, what nobody took, what waits for a verdict, what nobody answered."""
    todo = [_waiting(lead, texts, named) for lead in (*_longest(report), *_only_unclaimed(report))]
    if Audience.MANAGERS in report.audiences and report.state.disputes_open:
        head = texts("digest.disputes_open", count=report.state.disputes_open)
        todo.append(_with_names(head, report.first.disputes, named))
    if report.audiences & {Audience.MARKETING, Audience.MANAGERS} and report.state.feedback_unanswered:
        head = texts("digest.feedback_unanswered", count=report.state.feedback_unanswered)
        todo.append(_with_names(head, report.first.feedback, named))
    return [texts("digest.first"), *todo] if todo else [texts("digest.nothing_first")]


def _longest(report: Report) -> tuple[WaitingLead, ...]:
    return report.first.waiting[:MOST_WAITING]


def _only_unclaimed(report: Report) -> tuple[WaitingLead, ...]:
    """Those not named already."""
    told = {lead.lead_id for lead in _longest(report)}
    return tuple(lead for lead in report.first.unclaimed if lead.lead_id not in told)[:MOST_UNCLAIMED]


def leads_named(report: Report) -> Collection[int]:
    first = report.first
    waiting = {lead.lead_id for lead in (*first.waiting, *first.unclaimed)}
    return waiting | {item.lead_id for item in (*first.feedback, *first.disputes)}


def _waiting(lead: WaitingLead, texts: Texts, named: Named) -> Markup:
    who = texts("digest.waits_for", owner=cut(lead.owner, 40)) if lead.owner else texts("digest.waits_unclaimed")
    moment = ago(lead.since, texts.moment(lead.since))
    sign = BAND_SIGNS[Band(lead.band)]
    return Markup("• {} {} · ⏳ {} · {}").format(sign, named(lead.contact, lead.lead_id), moment, who)


def _with_names(head: Markup, items: tuple[FeedbackItem, ...], named: Named) -> Markup:
    names = Markup(", ").join(named(item.contact, item.lead_id) for item in items[:MOST_NAMED])
    return Markup("{}: {}").format(head, names) if names else head


# The numbers ---------------------------------------------------------------------------------------------------------


def _marketing(report: Report, texts: Texts) -> list[Markup]:
    told = [texts("digest.leads", count=report.totals.created, change=_count_before(report, "created", texts))]
    for channel in report.by_channel:
        bands = " ".join(
            f"{BAND_SIGNS[band]} {channel.by_band[band]}" for band in reversed(Band) if channel.by_band.get(band)
        )
        told.append(Markup("• {}: {} ({})").format(texts.plain(f"channel.{channel.channel}"), channel.leads, bands))
    return told


def _sales(report: Report, texts: Texts) -> list[Markup]:
    """What did not happen is left out: a phone is small."""
    totals, handed, before, state = report.totals, report.handed_over, report.before, report.state
    told = []
    if totals.handed_over:
        share = texts.percent(Ratio(handed.not_worked, handed.leads).value)
        values = {"claimed": totals.claimed, "not_worked": handed.not_worked, "share": share}
        told.append(texts("digest.handed_over", count=totals.handed_over, **values))
    if totals.time_to_claim.count:
        times = _times(totals.time_to_claim, before.time_to_claim if before else None, texts)
        told.append(texts("digest.time_to_claim", times=times))
    if totals.first_response.count:
        times = _times(totals.first_response, before.first_response if before else None, texts)
        told.append(texts("digest.first_response", count=totals.first_response.count, times=times))
    if state.waiting or state.unclaimed:
        told.append(texts("digest.waiting_now", count=state.waiting, unclaimed=state.unclaimed))
    told.append(_won(report, texts))
    if totals.lost or totals.rejected:
        told.append(texts("digest.lost", lost=totals.lost, rejected=totals.rejected))
    if report.conversion.whole:
        share = texts.percent(report.conversion.value)
        told.append(texts("digest.conversion", share=share, won=report.conversion.part, leads=report.conversion.whole))
    return told


def _won(report: Report, texts: Texts) -> Markup:
    parts = [texts("digest.won", count=report.totals.won, change=_count_before(report, "won", texts))]
    if report.totals.revenue:
        parts.append(escape(money(report.totals.revenue, texts)))
    if average := _averages(report.average_sale, texts):
        parts.append(texts("digest.average", average=average))
    return Markup(" · ").join(parts)


def _rejections(report: Report, texts: Texts) -> list[Markup]:
    if not report.rejections:
        return []
    by_reason: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in report.rejections:
        by_reason[row.reason].append((row.leads, cut(row.source or texts.plain("source.unknown"), 40)))
    ranked = sorted(by_reason.items(), key=lambda pair: -sum(count for count, _ in pair[1]))[:MOST_REASONS]
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


def _people(report: Report, texts: Texts) -> list[Markup]:
    if not report.salespeople:
        return []
    return [texts("digest.people_head"), *(_person(line, texts) for line in report.salespeople)]


def _ratings(report: Report, texts: Texts) -> Markup | None:
    """For managers, and only when somebody has said how it was."""
    if Audience.MANAGERS not in report.audiences or report.ratings.value is None:
        return None
    return texts("digest.ratings", average=texts.number(round(report.ratings.value, 1)), number=report.ratings.whole)


def _person(line: SalesLine, texts: Texts) -> Markup:
    return texts(
        "digest.person",
        name=bold(cut(line.name, 40)),
        taken=line.taken,
        answered=line.answered,
        median=f" ({span(median, texts)})" if (median := line.first_response.median) is not None else "",
        sales=f"{line.won} ({money(line.revenue, texts)})" if line.revenue else line.won,
        waiting=line.waiting_now,
    )


def _compared(report: Report, texts: Texts, hours: WorkingHours) -> Markup | None:
    """What stands in brackets, and that one of the two had a holiday."""
    if report.before is None:
        return None
    period, before = report.period, report.before_period
    is_week_ago = period.kind is not PeriodKind.MONTH and period.days <= 7
    when = days_of(before, report, texts)
    told = texts("digest.week_ago" if is_week_ago else "digest.compared", when=when)
    now_worked, then_worked = (hours.working_days(each.first, each.end) for each in (period, before))
    if now_worked == then_worked:
        return told
    return Markup("{}. {}").format(told, texts("digest.other_workdays", now=now_worked, before=then_worked))


def _count_before(report: Report, figure: str, texts: Texts) -> str:
    if report.before is None:
        return ""
    return texts.plain("digest.change", before=getattr(report.before, figure))


def _times(times: Times, before: Times | None, texts: Texts) -> str:
    then = texts.plain("digest.change", before=span(before.median, texts)) if before else ""
    told = texts.plain("digest.times", median=span(times.median, texts), change=then)
    if times.count < ENOUGH_FOR_P90:
        return told
    return f"{told}, {texts.plain('digest.most_times', p90=span(times.p90, texts))}"


def span(seconds: float | None, texts: Texts) -> str:
    """On one line: a number without its unit at the end of a line is hard to read."""
    return "–" if seconds is None else texts.duration(seconds).replace(" ", "\u00a0")


def money(sums: Mapping[str, int], texts: Texts) -> str:
    return " + ".join(texts.money(amount, currency) for currency, amount in sorted(sums.items())) or "–"


def _averages(averages: Mapping[str, Ratio], texts: Texts) -> str:
    known = [
        texts.rounded_money(ratio.value, currency) for currency, ratio in averages.items() if ratio.value is not None
    ]
    return " + ".join(known)
