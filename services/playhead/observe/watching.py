"""What the runtime tells of its work, put into metrics: one call a batch, so that an event costs next to nothing."""

import time
from collections.abc import Mapping, Sequence
from functools import cache
from operator import attrgetter

from prometheus_client import Histogram

from playhead.domain.errors import Rejected
from playhead.domain.records import Effects, Incoming, Outgoing
from playhead.domain.stats import SlateStats, Stats, StoreStats
from playhead.models.snapshots.rows import Manifest, decode_row, place_of
from playhead.observe import metrics
from playhead.observe.coverage import Coverage
from playhead.observe.histograms import observe_all
from playhead.observe.markets import SHARED

COVERAGE = Coverage()
MANIFEST = b"manifest/"


class StageRecorder:
    """Says how long each stage of a batch took."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._since_s = time.perf_counter()

    def lap(self, stage: str, parts: Mapping[str, float] | None = None) -> None:
        """The time since the last lap was spent on this stage, or on its ``parts``, whose seconds are known."""
        now_s = time.perf_counter()
        for name, spent_s in (parts or {stage: now_s - self._since_s}).items():
            _stage(self._role, name).observe(spent_s)
        self._since_s = now_s


@cache
def _stage(role: str, stage: str) -> Histogram:
    return metrics.STAGE_SECONDS.labels(role, stage)


def received(role: str, batch: Sequence[Incoming]) -> None:
    """A batch is about to be worked on."""
    metrics.BATCH_RECORDS.labels(role).observe(len(batch))
    if role == "personalize":
        _fresh("received", batch)


def durable(batch: Sequence[Incoming], effects: Effects) -> None:
    """All effects of a batch of events are on the broker."""
    _fresh("durable", batch)
    metrics.EVENTS.inc(len(batch))
    count(effects.figures)


def count(figures: Stats) -> None:
    """Add what the core says of a batch."""
    metrics.DUPLICATES.inc(figures.duplicates)
    metrics.REPLAYED.inc(figures.replayed)
    metrics.LATE.inc(figures.late)
    metrics.AHEAD.inc(figures.ahead)
    for requested_ms in figures.erased_ms:
        metrics.ERASURE_SECONDS.observe(max(0.0, time.time() - requested_ms / 1000))
    for market, rankings in figures.rankings.items():
        metrics.RANKINGS.labels(SHARED.name(market)).inc(rankings)
    for reason, removed in figures.removed.items():
        metrics.REMOVED.labels(reason).inc(removed)
    metrics.BACKFILLED.inc(figures.backfilled)
    metrics.RANKED_ITEMS.inc(figures.items)
    metrics.EXPLORED_ITEMS.inc(figures.explored)
    if figures.slates:
        _look(figures.slates)


def _look(slates: Sequence[SlateStats]) -> None:
    titles = [number for slate in slates for number in slate.titles]
    COVERAGE.shown(titles, max(slate.known for slate in slates), time.monotonic())
    metrics.LOOKED_AT.inc(len(titles))
    metrics.REPEATED.inc(sum(slate.repeated for slate in slates))
    for source in slates[0].sources:
        metrics.SOURCE.labels(source).inc(sum(slate.sources[source] for slate in slates))
    for slate in slates:
        metrics.NOVELTY.observe(slate.novelty_bits)
        metrics.DIVERSITY.observe(slate.diversity)


def stored(partition: str, figures: StoreStats | None) -> None:
    """How large the store of a partition is; None: it is closed."""
    if figures is None:
        return
    metrics.STORE_BYTES.labels(partition, "disk").set(figures.disk_bytes)
    metrics.STORE_BYTES.labels(partition, "memory").set(figures.memory_bytes)
    metrics.STORE_RECORDS.labels(partition).set(figures.records)
    for found, reads in figures.reads.items():
        metrics.STORE_READS.labels(partition, found).inc(reads)


def published(records: Sequence[Outgoing], oldest_ms: int | None) -> None:
    """A learner has published what it learned from examples, of which the oldest is of this time."""
    for record in records:
        modelled("learn", record.key or b"", record.value, time.time())
    if oldest_ms is not None:
        metrics.FRESHNESS_SECONDS.labels("published").observe(max(0.0, time.time() - oldest_ms / 1000))


def followed(record: Incoming, *, live: bool) -> None:
    """A record of a followed topic is applied; ``live``: it came after following began."""
    if modelled("personalize", record.key or b"", record.value, record.timestamp_ms / 1000) and live:
        age_s = max(0.0, time.time() - record.timestamp_ms / 1000)
        metrics.FRESHNESS_SECONDS.labels("followed").observe(age_s)


def modelled(role: str, key: bytes, value: bytes | None, at_s: float) -> bool:
    """Say which version of the models this is, if it is the manifest of one."""
    if not key.startswith(MANIFEST) or value is None:
        return False
    try:
        place = place_of(key)
        manifest = decode_row(place, value)
    except Rejected:
        return False  # whoever applies it says so
    assert isinstance(manifest, Manifest)
    for model, version in manifest.versions.items():
        metrics.MODEL_VERSION.labels(role, model, str(place.shard)).set(version)
    metrics.MODEL_TIMESTAMP.labels(role, str(place.shard)).set(at_s)
    return True


def _fresh(stage: str, batch: Sequence[Incoming]) -> None:
    histogram = metrics.FRESHNESS_SECONDS.labels(stage)
    now_s = time.time()
    oldest = min(batch, key=attrgetter("timestamp_ms"))
    *others, age_s = sorted([max(0.0, now_s - record.timestamp_ms / 1000) for record in batch])
    histogram.observe(age_s, exemplar={"partition": str(oldest.partition), "offset": str(oldest.offset)})
    observe_all(histogram, others)
