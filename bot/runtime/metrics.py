"""What Prometheus may ask of the queues."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("gemba_intake_events_total", "Inbound events taken, by source and what became of them", ["outcome"])
INTAKE_SECONDS = Histogram("gemba_intake_seconds", "From an event's arrival to its commit")
CALLS = Counter("gemba_outbox_calls_total", "Outward calls made, by kind of item", ["kind"])
RATE_LIMITED = Counter("gemba_rate_limited_total", "Times the other side said 429")
UNREACHABLE = Counter("gemba_unreachable_total", "Calls that got no word from the other side")
LAG = Gauge("gemba_outbox_lag_seconds", "How long the oldest due item has waited")
LEADING = Gauge("gemba_leading", "1 while this process polls, sends and keeps time")
EPOCH = Gauge("gemba_leader_epoch", "How often the lead has changed hands, as this process knows it")
LATE_WRITES = Counter("gemba_late_writes_refused_total", "Writes refused because another process leads by now")
