"""Which numbers an operator can watch: every metric of Playhead is declared here and nowhere else.

Seconds and totals, never profiles or titles as labels: the number of series must not grow with the audience.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0)
"""From one linger of a producer to a worker that is catching up."""
RECORDS = (1, 3, 10, 30, 100, 300, 1000, 3000)

EVENTS = Counter("playhead_events", "Viewer events whose effects are durable")
RANKINGS = Counter("playhead_rankings", "Rankings published, and tombstones of forgotten ones")
EXAMPLES = Counter("playhead_examples", "Examples that a learner has learned from")
DEAD_LETTERS = Counter("playhead_dead_letters", "Records that could not be used", ["topic", "error"])
FOLLOWED = Counter("playhead_followed", "Records applied of a topic that is followed", ["topic"])
FOLLOWED_OFFSET = Gauge(
    "playhead_followed_offset",
    "Offset of the newest record applied of a topic that is followed; its lag is the topic's end less this",
    ["topic", "partition"],
)
BATCH_RECORDS = Histogram("playhead_batch_records", "Records in a batch", ["role"], buckets=RECORDS)
STEP_SECONDS = Histogram("playhead_step_seconds", "Time in the core for one batch", ["role"], buckets=SECONDS)
FRESHNESS_SECONDS = Histogram(
    "playhead_freshness_seconds",
    "Age of the oldest event of a batch, by its broker timestamp, when the stage was reached",
    ["stage"],
    buckets=SECONDS,
)
RECOVERED = Counter(
    "playhead_recovered_records", "Changelog records read to rebuild local stores", ["partition"]
)
LANES = Gauge("playhead_lanes", "Partitions that this process works on", ["topic"])
GATEWAY_SECONDS = Histogram(
    "playhead_gateway_request_seconds",
    "Time to answer a request; of streams, how long they were open",
    ["route", "status"],
    buckets=SECONDS,
)
GATEWAY_EVENTS = Counter(
    "playhead_gateway_events",
    "Events that clients sent: accepted, rejected, refused, undelivered",
    ["result"],
)
GATEWAY_STREAMS = Gauge("playhead_gateway_streams", "Streams that are open", ["stream"])
GATEWAY_PROFILES = Gauge("playhead_gateway_profiles", "Profiles whose newest ranking the gateway knows")
