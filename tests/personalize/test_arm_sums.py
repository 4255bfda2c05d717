"""Usage by arm is counted once, over batches of any size, crashes between any two records, and restarts."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.timeline import happened, histories, records

from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.experiments import METRICS
from playhead.domain.records import Effects, Source
from playhead.domain.topics import EXPERIMENTS, TOTALS
from playhead.experiments import arm_sums
from playhead.personalize.core import Personalizer
from playhead.recipe import RECIPE

SOURCE = Source(7, 0)
EXPERIMENT = {
    "experiment_id": "short",
    "share": 1.0,
    "arms": [
        {"name": "control", "share": 0.5},
        {"name": "b", "share": 0.5, "settings": {"pipeline.rank_size": 5}},
    ],
}


class Worker:
    """The core over one partition, whose records are kept in the order they are written in."""

    def __init__(self, stored: dict[bytes, bytes] | None = None) -> None:
        self.core = Personalizer(RECIPE)
        self.core.follow(EXPERIMENTS, b"short", json.dumps(EXPERIMENT).encode())
        self.stored = {} if stored is None else stored

    def step(self, events: list[dict[str, Any]], offset: int, kept: int | None = None) -> Effects:
        """Processes one batch; ``kept``: the worker is killed after so many of its records."""
        batch = records(events, offset=offset)
        effects = self.core.step(
            batch, lambda keys: [self.stored.get(key) for key in keys], SOURCE, 0, ranked=False
        )
        self.stored.update(effects.state[:kept])
        return effects

    def sums(self) -> dict[str, dict[str, list[list[float]]]]:
        return arm_sums.decode(self.stored.get(arm_sums.KEY), SOURCE.epoch).sums


def sums_of(worker: Worker, arm: str, metric: str) -> list[float]:
    """Number of profiles of an arm, and the sums of its metric and of chances."""
    return worker.sums()["short"][arm][METRICS.index(metric)][:3]


def arm_of(profile: str) -> str:
    worker = Worker()
    return worker.core.trials.treatment(profile, "home", "ZZ").arms["short"]


def test_what_comes_after_the_first_ranking_is_counted_by_arm() -> None:
    # session 1 ─ click ─ [first ranking] ─ 10 min film, to its end ─ an hour ─ session 2 ─ gave up
    worker = Worker()
    arm = arm_of("ada")
    before = happened("title_clicked", at_s=0, title_id="t0")
    worker.core.trials.follow(b"short", None)
    worker.step([before], 0)
    worker = Worker(worker.stored)
    worker.step([happened("page_viewed", at_s=10)], 1)
    assert sums_of(worker, arm, "click") == [1.0, 0.0, 1.0]
    play: dict[str, Any] = {"title_id": "t1", "duration_s": 600}
    worker.step([happened("playback_started", at_s=20, **play)], 2)
    worker.step([happened("playback_completed", at_s=620, watched_s=600, **play)], 3)
    assert sums_of(worker, arm, "start") == [1.0, 1.0, 1.0]
    assert sums_of(worker, arm, "finish") == [1.0, 1.0, 1.0]
    assert sums_of(worker, arm, "watch_minutes") == [1.0, 10.0, 1.0]
    assert sums_of(worker, arm, "session_minutes")[1] == pytest.approx(610 / 60)
    worker.step([happened("session_started", at_s=4_000)], 4)
    worker.step([happened("session_ended", at_s=4_060, reason="gave_up")], 5)
    assert sums_of(worker, arm, "gave_up") == [1.0, 1.0, 2.0]
    assert sums_of(worker, arm, "watch_minutes") == [1.0, 10.0, 1.0]
    # The click before it was exposed is its past (CUPED), and no more.
    assert sums_of(worker, arm, "click")[1] == 0.0
    assert worker.sums()["short"][arm][METRICS.index("click")][3] == 1.0


def test_whoever_saw_no_ranking_is_not_counted() -> None:
    worker = Worker()
    effects = worker.step([happened("impressions_shown", items=[{"title_id": "t1"}])], 0)
    assert worker.sums() == {}
    assert not [record for record in effects.then if record.topic == TOTALS]


def test_a_stopped_experiment_is_counted_no_further_and_a_withdrawn_one_forgotten() -> None:
    worker = Worker()
    worker.step([happened("page_viewed"), happened("page_viewed", profile="bob")], 0)
    stopped = EXPERIMENT | {"status": "stopped"}
    worker.core.follow(EXPERIMENTS, b"short", json.dumps(stopped).encode())
    was = worker.sums()
    worker.step([happened("title_clicked", at_s=9, title_id="t1")], 2)
    assert worker.sums() == was


def test_sums_are_published_as_they_are_stored() -> None:
    effects = Worker().step([happened("page_viewed")], 0)
    [record] = [written for written in effects.then if written.topic == TOTALS]
    assert (record.key, record.partition) == (b"0", 0)
    published = json.loads(record.value or b"")
    assert published["experiments"] == arm_sums.decode(effects.state[0][1], SOURCE.epoch).sums
    totals = arm_sums.totals(
        "short", {n: ExperimentTotals(partition=n, experiments=published["experiments"]) for n in (0, 1)}
    )
    assert totals[arm_of("ada"), "click"][0] == 2.0


@tried(150)
@given(
    events=histories(profiles=("ada", "bob", "eve"), most=30),
    erasures=st.sets(st.integers(0, 29), max_size=3),
    steps=st.lists(st.tuples(st.integers(1, 8), st.sampled_from([None, None, 0, 1, 2, 3])), max_size=20),
)
def test_batches_and_crashes_change_no_sum(
    events: list[dict[str, Any]], erasures: set[int], steps: list[tuple[int, int | None]]
) -> None:
    """Batches of any size, each killed after none, some or all of its records, and then read again in others."""
    for n in erasures & set(range(len(events))):
        fields_of_event = {name: events[n][name] for name in ("event_id", "occurred_at", "profile_id")}
        events[n] = {**fields_of_event, "type": "profile_erased"}
    whole = Worker()
    for offset, event in enumerate(events):
        whole.step([event], offset)
    worker, at = Worker(), 0
    for size, kept in [*steps, *[(1, None)] * len(events)]:
        batch = events[at : at + size]
        if not batch:
            break
        worker.step(batch, at, kept)
        if kept is None:
            at += size
        else:
            worker = Worker(worker.stored)
    counted, true = worker.sums(), whole.sums()
    assert counted.keys() == true.keys()
    for arm, sums in true.get("short", {}).items():
        assert np.allclose(counted["short"][arm], sums, atol=1e-6)
