"""The firm's scoring rules, ready to be applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.domain.scoring.band import Thresholds
from bot.domain.scoring.conditions import Condition
from bot.domain.scoring.facts import Event
from bot.domain.scoring.text import fold


@dataclass(frozen=True, slots=True)
class Reading:
    """One event as the rules see it: everything folded once, however many rules look at it."""

    event: Event
    kind: str
    channel: str
    text: str
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, event: Event) -> "Reading":
        attributes = {fold(name): fold(value) for name, value in event.attributes.items()}
        return cls(event, fold(event.kind), fold(event.channel), fold(event.text), attributes)


@dataclass(frozen=True, slots=True)
class Rule:
    """Points for one kind of evidence. All conditions must hold.

    A rule that looks at events counts each matching event, the newest `max_times` of them; a rule about known fields
    alone counts once. `half_life_days` halves the points of an event after so many days. An event older than one that
    matches a rule in `until` no longer counts: who asked for the free guide and now asks the price has moved on.
    """

    id: str
    points: int
    reason: Mapping[str, str]
    """The line on the card, by locale."""
    group: str | None = None
    half_life_days: float | None = None
    max_times: int = 1
    until: frozenset[str] = frozenset()
    """Ids of rules."""
    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    text: Condition | None = None
    attributes: Mapping[str, Condition] = field(default_factory=dict)
    known: Mapping[str, Condition] = field(default_factory=dict)

    @property
    def looks_at_events(self) -> bool:
        return bool(self.kinds or self.channels or self.text or self.attributes)

    def accepts_contact(self, known: Mapping[str, str]) -> bool:
        return all(condition.holds(known.get(name)) for name, condition in self.known.items())

    def accepts_event(self, reading: Reading) -> bool:
        return (
            (not self.kinds or reading.kind in self.kinds)
            and (not self.channels or reading.channel in self.channels)
            and (self.text is None or self.text.holds(reading.text))
            and all(condition.holds(reading.attributes.get(name)) for name, condition in self.attributes.items())
        )

    def matching(self, readings: Iterable[Reading]) -> list[Event]:
        """The events that meet the conditions, newest first."""
        events = [reading.event for reading in readings if self.accepts_event(reading)]
        return sorted(events, key=lambda event: event.at, reverse=True)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that together give no more than `cap` points."""

    id: str
    cap: int
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """One scoring file."""

    thresholds: Thresholds
    handoff: int
    """Total at which marketing hands the lead to sales."""
    rules: tuple[Rule, ...]
    groups: Mapping[str, Group] = field(default_factory=dict)
