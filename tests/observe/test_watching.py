"""What a batch's figures become, and what a scrape shows of it."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Histogram
from tests.timeline import records

from playhead.domain.records import Effects, Incoming
from playhead.domain.stats import SlateStats, Stats, StoreStats
from playhead.models.snapshots.rows import FORMAT, Manifest, encode_row, key_of
from playhead.observe import endpoint, metrics, watching
from playhead.observe.coverage import WITHIN_S, Coverage
from playhead.observe.histograms import observe_all

NOBODY = 10**9


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def aged(seconds: float, offset: int) -> Incoming:
    [record] = records([{"occurred_at": 0, "profile_id": "ada"}], offset=offset)
    return record._replace(timestamp_ms=int(1000 * (time.time() - seconds)))


def test_many_observations_at_once_are_the_same_as_one_after_the_other() -> None:
    values = [0.0, 0.002, 0.0021, 0.7, 1.0, 31.0, 1e9]
    seen = []
    for many in (True, False):
        registry = CollectorRegistry()
        histogram = Histogram("some_seconds", "Some", buckets=metrics.SECONDS, registry=registry)
        if many:
            observe_all(histogram, values)
        else:
            for each in values:
                histogram.observe(each)
        [family] = registry.collect()
        seen.append([(s.name, s.labels, s.value) for s in family.samples if s.name != "some_seconds_created"])
    assert seen[0] == seen[1]


def test_every_event_counts_for_freshness_and_the_oldest_is_the_exemplar() -> None:
    names = "playhead_freshness_seconds_count", "playhead_freshness_seconds_bucket"
    before = value(names[0], stage="durable"), value(names[1], stage="durable", le="1.0")
    watching.durable([aged(0.1, 7), aged(3.0, 8), aged(0.3, 9)], Effects())
    assert value(names[0], stage="durable") - before[0] == 3
    assert value(names[1], stage="durable", le="1.0") - before[1] == 2
    openmetrics, content_type = endpoint.exposition("application/openmetrics-text")
    assert content_type.startswith("application/openmetrics-text")
    assert 'offset="8",partition="0"' in openmetrics.decode()
    plain, content_type = endpoint.exposition("*/*")
    assert content_type.startswith("text/plain")
    assert 'offset="8"' not in plain.decode()


def test_figures_of_a_batch_are_added_up() -> None:
    slate = SlateStats((1, 2, 3), 10, 4.0, 0.5, 2, 1, {"popular": 3, "linked": 1})
    stats = Stats(5, 1, 2, 1, [int(1000 * time.time()) - 500], items=50, explored=4, slates=[slate])
    stats.removed["finished"] += 6
    names = {
        "playhead_duplicate_events_total": 1,
        "playhead_replayed_events_total": 2,
        "playhead_late_events_total": 1,
        "playhead_erasure_seconds_count": 1,
        "playhead_ranked_items_total": 50,
        "playhead_explored_items_total": 4,
        "playhead_looked_at_titles_total": 3,
        "playhead_repeated_titles_total": 2,
        "playhead_novelty_bits_sum": 4.0,
        "playhead_diversity_ratio_sum": 0.5,
    }
    before = {name: value(name) for name in names}
    removed = value("playhead_removed_candidates_total", reason="finished")
    watching.count(stats)
    assert {name: value(name) - before[name] for name in names} == names
    assert value("playhead_removed_candidates_total", reason="finished") - removed == 6


def test_coverage_is_of_what_was_shown_lately() -> None:
    coverage = Coverage()
    assert np.isnan(coverage.share())
    coverage.shown([1, 2, 3], 10, now_s=1_000.0)
    coverage.shown([3, 4], 2_000, now_s=1_500.0)  # the catalogue has grown meanwhile
    assert coverage.share(1_500.0) == 4 / 2_000
    assert coverage.share(1_500.0 + WITHIN_S) == 2 / 2_000


def test_a_manifest_says_which_version_of_the_models_this_is() -> None:
    manifest = Manifest(FORMAT, {"choice": 12, "heads": 34}, 1, 5, {}, {}, 0.0)
    shard = "3"
    record = aged(2.0, NOBODY)._replace(topic="playhead.models")
    record = record._replace(key=key_of("manifest", int(shard)), value=encode_row(manifest))
    count = "playhead_freshness_seconds_count"
    before = value(count, stage="followed")
    watching.followed(record, live=False)
    assert (
        value(count, stage="followed") == before
    )  # what was there before the start says nothing of freshness
    watching.followed(record, live=True)
    assert value(count, stage="followed") == before + 1
    assert value("playhead_model_version", role="personalize", model="heads", shard=shard) == 34
    at_s = value("playhead_model_timestamp_seconds", role="personalize", shard=shard)
    assert at_s == pytest.approx(time.time() - 2.0, abs=1.0)
    watching.followed(record._replace(value=b"torn"), live=True)  # whoever applies it says so


def test_a_process_says_what_it_is_and_begins_at_zero() -> None:
    endpoint.identify("personalize", "p-1")
    text = endpoint.exposition("*/*")[0].decode()
    assert 'role="personalize"' in text
    assert 'worker="p-1"' in text
    for stage in endpoint.STAGES["personalize"]:
        assert f'playhead_stage_seconds_count{{role="personalize",stage="{stage}"}}' in text
    assert (
        REGISTRY.get_sample_value(
            "playhead_dead_letters_total", {"topic": "playhead.events", "error": "Rejected"}
        )
        is not None
    )


def test_laps_and_stores() -> None:
    timer = watching.StageRecorder("personalize")
    name = "playhead_stage_seconds_count"
    before = [value(name, role="personalize", stage=stage) for stage in ("store", "fold", "rank")]
    timer.lap("store")
    timer.lap("step", {"fold": 0.5, "rank": 0.25})
    after = [value(name, role="personalize", stage=stage) for stage in ("store", "fold", "rank")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]
    watching.stored("61", StoreStats(1_000, 10, 3, {"memory": 8, "disk": 2}))
    watching.stored("61", None)
    assert value("playhead_store_bytes", partition="61", kind="disk") == 1_000
    assert value("playhead_store_reads_total", partition="61", found="memory") == 8


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    metrics.STORE_BYTES.clear()
    metrics.MODEL_VERSION.clear()
