"""Updates the metrics from the runtime: one call a batch, so that an event costs next to nothing."""

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
from playhead.signals.opinions import CERTAINTY, MOOD_NAMES

COVERAGE = Coverage()
MANIFEST = b"manifest/"
for _source in CERTAINTY:
    for _mood in MOOD_NAMES:
        # There from the beginning, at 0: the first mood of its kind would be no growth otherwise.
        metrics.MOODS.labels(_source, _mood)


class StageRecorder:
    """Records how long each stage of a batch took."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._since_s = time.perf_counter()

    def lap(self, stage: str, parts: Mapping[str, float] | None = None) -> None:
        """Adds the time since the last call to this stage, or to its ``parts``, whose seconds are known."""
        now_s = time.perf_counter()
        for name, spent_s in (parts or {stage: now_s - self._since_s}).items():
            _stage(self._role, name).observe(spent_s)
        self._since_s = now_s


@cache
def _stage(role: str, stage: str) -> Histogram:
    return metrics.STAGE_SECONDS.labels(role, stage)


def received(role: str, batch: Sequence[Incoming]) -> None:
    """Counts a batch that is about to be processed."""
    metrics.BATCH_RECORDS.labels(role).observe(len(batch))
    if role == "personalize":
        _fresh("received", batch)


def durable(batch: Sequence[Incoming], effects: Effects) -> None:
    """Counts a batch whose effects are all on the broker."""
    _fresh("durable", batch)
    metrics.EVENTS.inc(len(batch))
    count(effects.stats)


def count(stats: Stats) -> None:
    """Adds the core's statistics of a batch."""
    metrics.DUPLICATES.inc(stats.duplicates)
    metrics.REPLAYED.inc(stats.replayed)
    metrics.LATE.inc(stats.late)
    metrics.AHEAD.inc(stats.ahead)
    for requested_ms in stats.erased_ms:
        metrics.ERASURE_SECONDS.observe(max(0.0, time.time() - requested_ms / 1000))
    for market, rankings in stats.rankings.items():
        metrics.RANKINGS.labels(SHARED.name(market)).inc(rankings)
    for reason, removed in stats.removed.items():
        metrics.REMOVED.labels(reason).inc(removed)
    metrics.BACKFILLED.inc(stats.backfilled)
    metrics.RANKED_ITEMS.inc(stats.items)
    metrics.EXPLORED_ITEMS.inc(stats.explored)
    for (source, mood), times in stats.moods.items():
        metrics.MOODS.labels(source, mood).inc(times)
    if stats.slates:
        _look(stats.slates)


def _look(slates: Sequence[SlateStats]) -> None:
    titles = [number for slate in slates for number in slate.titles]
    COVERAGE.shown(titles, max(slate.known for slate in slates), time.monotonic())
    metrics.LOOKED_AT.inc(len(titles))
    metrics.REPEATED.inc(sum(slate.repeated for slate in slates))
    metrics.TAGGED.inc(sum(slate.tagged for slate in slates))
    for source in slates[0].sources:
        metrics.SOURCE.labels(source).inc(sum(slate.sources[source] for slate in slates))
    for slate in slates:
        metrics.NOVELTY.observe(slate.novelty_bits)
        metrics.DIVERSITY.observe(slate.diversity)


def stored(partition: str, stats: StoreStats | None) -> None:
    """Sets the metrics of a partition's store; None once it is closed."""
    if stats is None:
        return
    metrics.STORE_BYTES.labels(partition, "disk").set(stats.disk_bytes)
    metrics.STORE_BYTES.labels(partition, "memory").set(stats.memory_bytes)
    metrics.STORE_RECORDS.labels(partition).set(stats.records)
    for where, reads in stats.reads.items():
        metrics.STORE_READS.labels(partition, where).inc(reads)


def published(records: Sequence[Outgoing], oldest_ms: int | None) -> None:
    """Observes a publication of a learner; its oldest example is of this time."""
    for record in records:
        modelled("learn", record.key or b"", record.value, time.time())
    if oldest_ms is not None:
        metrics.FRESHNESS_SECONDS.labels("published").observe(max(0.0, time.time() - oldest_ms / 1000))


def followed(record: Incoming, *, live: bool) -> None:
    """Counts a followed record that was applied; ``live``: it came after following began."""
    if modelled("personalize", record.key or b"", record.value, record.timestamp_ms / 1000) and live:
        age_s = max(0.0, time.time() - record.timestamp_ms / 1000)
        metrics.FRESHNESS_SECONDS.labels("followed").observe(age_s)


def modelled(role: str, key: bytes, value: bytes | None, at_s: float) -> bool:
    """Sets the version of the models, if the record is a manifest."""
    if not key.startswith(MANIFEST) or value is None:
        return False
    try:
        place = place_of(key)
        manifest = decode_row(place, value)
    except Rejected:
        return False  # reported where it is applied
    assert isinstance(manifest, Manifest)
    for model, version in manifest.versions.items():
        metrics.MODEL_VERSION.labels(role, model, str(place.shard)).set(version)
    metrics.MODEL_TIMESTAMP.labels(role, str(place.shard)).set(at_s)
    return True


def _fresh(stage: str, batch: Sequence[Incoming]) -> None:
    histogram = metrics.FRESHNESS_SECONDS.labels(stage)
    now_s = time.time()
    oldest = min(batch, key=attrgetter("timestamp_ms"))
    *earlier, age_s = sorted([max(0.0, now_s - record.timestamp_ms / 1000) for record in batch])
    histogram.observe(age_s, exemplar={"partition": str(oldest.partition), "offset": str(oldest.offset)})
    observe_all(histogram, earlier)
