"""What the runtime tells of its work, put into metrics: one call a batch, so that an event costs next to nothing."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from playhead.domain.errors import Rejected
from playhead.domain.figures import Figures, StoreFigures
from playhead.domain.records import Effects, Incoming, Outgoing
from playhead.models.rows import Manifest, decode_row, place_of
from playhead.observe import metrics
from playhead.observe.coverage import Coverage
from playhead.observe.histograms import Floats, observe_all
from playhead.observe.markets import SHARED
from playhead.observe.quality import Quality

COVERAGE = Coverage()
QUALITY = Quality()
MANIFEST = b"manifest/"


class Laps:
    """Says how long each stage of a batch took."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._since_s = time.perf_counter()

    def lap(self, stage: str, parts: Mapping[str, float] | None = None) -> None:
        """The time since the last lap was spent on this stage, or on its ``parts``, whose seconds are known."""
        now_s = time.perf_counter()
        for name, spent_s in (parts or {stage: now_s - self._since_s}).items():
            metrics.STAGE_SECONDS.labels(self._role, name).observe(spent_s)
        self._since_s = now_s


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


def count(figures: Figures) -> None:
    """Add what the core says of a batch."""
    metrics.DUPLICATES.inc(figures.duplicates)
    metrics.REPLAYED.inc(figures.replayed)
    metrics.LATE.inc(figures.late)
    for requested_ms in figures.erased_ms:
        metrics.ERASURE_SECONDS.observe(max(0.0, time.time() - requested_ms / 1000))
    for market, rankings in figures.rankings.items():
        metrics.RANKINGS.labels(SHARED.name(market)).inc(rankings)
    for reason, removed in figures.removed.items():
        metrics.REMOVED.labels(reason).inc(removed)
    metrics.RANKED_ITEMS.inc(figures.items)
    metrics.EXPLORED_ITEMS.inc(figures.explored)
    now_s = time.monotonic()
    for slate in figures.slates:
        COVERAGE.shown(slate.titles, slate.known, now_s)
        metrics.LOOKED_AT.inc(len(slate.titles))
        metrics.REPEATED.inc(slate.repeated)
        metrics.NOVELTY.observe(slate.novelty_bits)
        metrics.DIVERSITY.observe(slate.diversity)
        for source, titles in slate.sources.items():
            metrics.SOURCE.labels(source).inc(titles)


def stored(partition: str, figures: StoreFigures | None) -> None:
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
        shard = str(place_of(key).shard)
        manifest = decode_row("manifest", value)
    except Rejected:
        return False  # whoever applies it says so
    assert isinstance(manifest, Manifest)
    for model, version in manifest.versions.items():
        metrics.MODEL_VERSION.labels(role, model, shard).set(version)
    metrics.MODEL_TIMESTAMP.labels(role, shard).set(at_s)
    return True


def _fresh(stage: str, batch: Sequence[Incoming]) -> None:
    histogram = metrics.FRESHNESS_SECONDS.labels(stage)
    sent_ms = np.fromiter((record.timestamp_ms for record in batch), dtype=np.int64, count=len(batch))
    ages: Floats = np.maximum(time.time() - sent_ms / 1000, 0.0)
    oldest = int(ages.argmax())
    place = {"partition": str(batch[oldest].partition), "offset": str(batch[oldest].offset)}
    histogram.observe(float(ages[oldest]), exemplar=place)
    observe_all(histogram, np.delete(ages, oldest))
