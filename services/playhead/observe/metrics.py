"""Every metric of Playhead, declared here and nowhere else.

Seconds and totals. Labels are bounded: roles, stages, partitions, shards, heads, filters, sources, and at most
``MARKETS`` markets and ``PICTURES`` pictures; never profiles or all titles, for the number of series must not grow with the audience.
"""

from prometheus_client import Counter, Gauge, Histogram, Info, Summary

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0)
"""From one linger of a producer to a worker that is catching up; 1 s is the objective (docs/operations.md)."""
STAGE = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0)
ERASURE = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0)
"""Buckets around the promise of a minute."""
RECORDS = (1, 3, 10, 30, 100, 300, 1000, 3000)
MARKETS = 20
"""Markets with a label of their own; those that a process meets later are ``other``."""
PICTURES = 60
"""Pictures with a label of their own, likewise."""

BUILD = Info("playhead_build", "Version and role of the process, and the worker's name")

READY = Gauge("playhead_ready", "1 when the process is warm and at work; also at /readyz beside /metrics")
EVENTS = Counter("playhead_events", "Viewer events whose effects are durable")
DUPLICATES = Counter(
    "playhead_duplicate_events", "Events dropped because their id was among their profile's last ones"
)
REPLAYED = Counter(
    "playhead_replayed_events", "Events read again after a restart and folded before: they change nothing"
)
LATE = Counter("playhead_late_events", "Events older than one of their profile that was folded already")
MISPLACED = Counter(
    "playhead_misplaced_events",
    "Events on another partition than their profile's: forwarded to it, or refused, by PLAYHEAD_MISPLACED",
    ["action"],
)
AHEAD = Counter(
    "playhead_ahead_events",
    "Events by a clock more than five minutes ahead of the broker's: they count as of the broker's time",
)
RANKINGS = Counter("playhead_rankings", "Rankings published", ["market"])
EXAMPLES = Counter("playhead_examples", "Examples that a learner has learned from", ["shard"])
DEAD_LETTERS = Counter("playhead_dead_letters", "Records that could not be used", ["topic", "error"])
UNREADABLE = Counter(
    "playhead_unreadable",
    "Skipped in a topic: records with a part that can't be parsed, ranges of offsets that can't be read at all, and (expired)"
    " records that retention took before they were read",
    ["topic", "what"],
)
OTHER_FEATURES = Counter(
    "playhead_other_features",
    "Outcomes that the heads did not learn from, as another version of Playhead, with other features, wrote them",
    ["shard"],
)
FRESHNESS_SECONDS = Histogram(
    "playhead_freshness_seconds",
    "Age by broker timestamp: of events when received, and when their effects are durable, rankings included; of"
    " examples when a model that includes them is published; of models when a personalize worker has loaded them."
    " Exemplars (OpenMetrics): partition and offset of the oldest event of a batch",
    ["stage"],
    buckets=SECONDS,
)
ERASURE_SECONDS = Histogram(
    "playhead_erasure_seconds", "Age of an erasure when its receipt is durable", buckets=ERASURE
)
LAG_RECORDS = Gauge(
    "playhead_lag_records",
    "Records of a partition that can be read and are not yet finished",
    ["topic", "partition"],
)
HELD_BACK_RECORDS = Gauge(
    "playhead_held_back_records",
    "Records of a partition that can't be read yet, as they follow the first record of a producer's open transaction:"
    " its end (high watermark) less its last stable offset",
    ["topic", "partition"],
)
HELD_BACK_SECONDS = Gauge(
    "playhead_held_back_seconds",
    "How long the same open transaction has held a partition back",
    ["topic", "partition"],
)
OF_PARTITIONS = (LAG_RECORDS, HELD_BACK_RECORDS, HELD_BACK_SECONDS)
"""Metrics that only the owner of a partition reports."""
OWNED_PARTITIONS = Gauge("playhead_owned_partitions", "Partitions that this process works on", ["topic"])
PARTITIONS = Gauge("playhead_partitions", "Partitions that workers of this topic have to share", ["topic"])
BATCH_RECORDS = Histogram("playhead_batch_records", "Records in a batch", ["role"], buckets=RECORDS)
STAGE_SECONDS = Histogram(
    "playhead_stage_seconds", "Time of a batch in a stage", ["role", "stage"], buckets=STAGE
)

FOLLOWED = Counter("playhead_followed", "Records applied of a topic that is followed", ["topic"])
FOLLOWED_OFFSET = Gauge(
    "playhead_followed_offset",
    "Offset of the newest record applied of a topic that is followed; its lag is the topic's end less this",
    ["topic", "partition"],
)
UNUSABLE_KEYS = Gauge(
    "playhead_unusable_keys",
    "Keys of a topic that is followed whose newest record can't be used: it is skipped, and stays until it is overwritten",
    ["topic"],
)
MODEL_VERSION = Gauge(
    "playhead_model_version",
    "Examples learned by a model, as published by learn and as loaded by personalize",
    ["role", "model", "shard"],
)
MODEL_TIMESTAMP = Gauge(
    "playhead_model_timestamp_seconds", "When that version was published", ["role", "shard"]
)

RECOVERED = Counter(
    "playhead_recovered_records", "Changelog records read to rebuild local stores", ["partition"]
)
RECOVERING = Gauge(
    "playhead_recovery_remaining_records", "Changelog records that a store still lacks", ["partition"]
)
STORE_BYTES = Gauge(
    "playhead_store_bytes", "Bytes of a store: files on disk, writes in memory", ["partition", "kind"]
)
STORE_RECORDS = Gauge("playhead_store_records", "Profiles in a store, as RocksDB estimates", ["partition"])
STORE_READS = Counter(
    "playhead_store_reads",
    "Where a store found its data: records among its writes in memory, blocks in its cache, blocks on disk",
    ["partition", "found"],
)

OUTCOMES = Counter(
    "playhead_outcomes",
    "Outcomes learned; each was predicted before it was learned. River models are listed beside the heads, by their names",
    ["head", "market"],
)
POSITIVES = Counter("playhead_positive_outcomes", "… of which happened", ["head", "market"])
LOG_LOSS = Gauge(
    "playhead_head_log_loss", "Prequential log-loss over the last 2,000 outcomes", ["head", "market"]
)
AUC = Gauge("playhead_head_auc", "Prequential AUC over the last 2,000 outcomes", ["head", "market"])
CALIBRATION_ERROR = Gauge(
    "playhead_head_calibration_error",
    "Expected calibration error, ten bins of equal width, over the last 2,000 outcomes",
    ["head", "market"],
)
BIAS = Gauge(
    "playhead_head_bias_ratio",
    "Predicted over observed: mean probability by mean label over the last 2,000 outcomes, 1 is calibrated",
    ["head", "market"],
)
RIVER_ACTS = Counter(
    "playhead_river_acts",
    "Events of a River model: drift (a new clone learns beside it), took_over and gave_way (the clone or the old model"
    " stays), begun_anew (its unreadable state was reset), too_large (it learns no more); the model head_drift monitors clicks",
    ["model", "act"],
)
DRIFT = Counter("playhead_drift", "Changes of a head's log-loss that ADWIN has found", ["head", "market"])

RANKED_ITEMS = Counter("playhead_ranked_items", "Titles in published rankings")
EXPLORED_ITEMS = Counter("playhead_explored_items", "Titles in published rankings with a propensity below 1")
MOODS = Counter(
    "playhead_moods",
    "Moods that were observed, by source and direction: bright or dark, lively or calm",
    ["source", "mood"],
)
REMOVED = Counter("playhead_removed_candidates", "Candidates that a filter took out", ["reason"])
BACKFILLED = Counter(
    "playhead_backfilled_titles", "Candidates from the catalogue itself, as all other sources were exhausted"
)
LOOKED_AT = Counter("playhead_looked_at_titles", "First ten titles of sampled rankings, one ranking in 64")
REPEATED = Counter(
    "playhead_repeated_titles", "… of which were on screen before for that profile, and not played since"
)
TAGGED = Counter("playhead_tagged_titles", "… of which tags are known")
SOURCE = Counter(
    "playhead_source_titles", "… of which a candidate source had proposed; several may have", ["source"]
)
NOVELTY = Summary(
    "playhead_novelty_bits", "Mean of -log2 P(chosen next) over the first ten titles of sampled rankings"
)
DIVERSITY = Summary(
    "playhead_diversity_ratio",
    "Probability that two of the first ten titles differ in their first label (Gini-Simpson)",
)
COVERAGE = Gauge(
    "playhead_coverage_ratio",
    "Share of all known titles among the first ten of rankings sampled in the last ten minutes, of this process",
)

ARTWORK_IMPRESSIONS = Counter(
    "playhead_artwork_impressions",
    "Impressions of a picture with a known outcome; the first sixty pictures of a process by name, all others together",
    ["artwork"],
)
ARTWORK_TAKES = Counter("playhead_artwork_takes", "… of which the title was clicked or played", ["artwork"])

EXPERIMENT_PROFILES = Gauge(
    "playhead_experiment_profiles", "Profiles that an arm's rankings were made for", ["experiment", "arm"]
)
EXPERIMENT_MEAN = Gauge(
    "playhead_experiment_mean",
    "A metric of an arm since its profiles were exposed: a session's clicks, starts, finishes, share given up and minutes; a"
    " profile's minutes watched (watch_minutes)",
    ["experiment", "arm", "metric"],
)
EXPERIMENT_LIFT = Gauge(
    "playhead_experiment_lift_ratio",
    "Relative change of a metric over control: its estimate (lift), and bounds that hold at all times at once (low, high)",
    ["experiment", "arm", "metric", "bound"],
)
EXPERIMENT_MISMATCH = Gauge(
    "playhead_experiment_mismatch",
    "1 when the profiles of the arms contradict their shares (sample-ratio mismatch): then no result of the experiment is reliable",
    ["experiment"],
)

POLICY_GAIN = Gauge(
    "playhead_policy_gain",
    "Off-policy estimate of a policy that runs or is proposed: its reward (clicks or minutes per title shown) less that of the"
    " policy before, with its bounds (low, gain, high)",
    ["experiment", "status", "reward", "bound"],
)
POLICY_SIZE = Gauge(
    "playhead_policy_effective_decisions",
    "Effective sample size of that estimate: with less than 1,000 nothing is promoted",
    ["experiment", "status", "reward"],
)
POLICY_COVERAGE = Gauge(
    "playhead_policy_coverage_ratio",
    "Share of that policy's decisions that the log has explored (mean weight): with less than .9 nothing is promoted",
    ["experiment", "status", "reward"],
)
WIDENING = Gauge(
    "playhead_exploration_widening_ratio",
    "Factor of the click head's variances in exploration: 1, and 16 right after a drift, from where it falls again",
    ["shard"],
)

APPRENTICE_RANKINGS = Gauge(
    "playhead_apprentice_rankings", "Rankings of the incumbent that the apprentice has compared with its own"
)
APPRENTICE_OVERLAP = Gauge(
    "playhead_apprentice_overlap_ratio", "Mean share of the first titles that both lists have"
)
APPRENTICE_HITS = Gauge(
    "playhead_apprentice_hit_ratio",
    "Share of the titles chosen that stand among the first of a list: the incumbent's, or ours",
    ["list"],
)
APPRENTICE_COVERAGE = Gauge(
    "playhead_apprentice_coverage_ratio",
    "Share of our lists that could be judged, as the incumbent showed these titles too; with less than .5 the uplift says little",
)
APPRENTICE_UPLIFT = Gauge(
    "playhead_apprentice_uplift_ratio",
    "Estimated relative change of choices and minutes watched if our rankings were served: its estimate (uplift) and its bounds",
    ["metric", "bound"],
)

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
GATEWAY_READY = Gauge("playhead_gateway_ready", "Whether the gateway is ready (/readyz), 1 or 0")
GATEWAY_CONNECTIONS = Gauge("playhead_gateway_connections", "Connections that are open")
GATEWAY_REFUSED = Counter(
    "playhead_gateway_refused",
    "Connections and streams refused: too many in all, or of one peer",
    ["what", "bound"],
)
GATEWAY_SLOW = Counter(
    "playhead_gateway_slow",
    "Requests and answers for which a client took too long: to send the head or the body, to read the answer",
    ["what"],
)
