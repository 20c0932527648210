"""What Prometheus may ask of the queues."""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("gemba_intake_events_total", "Inbound events taken, by source and what became of them", ["outcome"])
EVENTS_DONE = EVENTS.labels("done")
INTAKE_SECONDS = Histogram("gemba_intake_seconds", "From an event's arrival to its commit")
CALLS = Counter("gemba_outbox_calls_total", "Outward calls made, by kind of item", ["kind"])
SENT = Counter("gemba_sent_total", "Outward calls made, by where they went", ["to"])
WAIT_SECONDS = Histogram("gemba_outbox_wait_seconds", "From when an act was due to the call, by where it went", ["to"])
BUDGET_USE = Gauge("gemba_budget_use_ratio", "How much of the fullest budget is used, by where it goes", ["to"])
RATE_LIMITED = Counter("gemba_rate_limited_total", "Times the other side said 429, by where it went", ["to"])
UNREACHABLE = Counter("gemba_unreachable_total", "Calls that got no word from the other side")
LAG = Gauge("gemba_outbox_lag_seconds", "How long the oldest due item has waited")
LEADING = Gauge("gemba_leading", "1 while this process polls, sends and keeps time")
EPOCH = Gauge("gemba_leader_epoch", "How often the lead has changed hands, as this process knows it")
LATE_WRITES = Counter("gemba_late_writes_refused_total", "Writes refused because another process leads by now")

# Looked up once: the library takes a lock for it, and they are asked for with every call.
calls_of, sent_to, waited_for = cache(CALLS.labels), cache(SENT.labels), cache(WAIT_SECONDS.labels)
