"""What is measured without Kafka: batches as a worker takes them, profiles with a past, what an event costs."""

from pathlib import Path

import pytest

from playhead.domain.errors import Unavailable
from playhead.domain.partitioning import partition_of
from playhead.domain.topics import PROFILE_PARTITIONS
from playhead.lab.bench import offline, seeds
from playhead.lab.bench.core import Core, batches
from playhead.lab.bench.log import Spec, opened, titles
from playhead.lab.bench.measure import Bench, BenchOptions, Measure, Requirement, Sample
from playhead.lab.bench.run import take
from playhead.lab.bench.seeds import records
from playhead.lab.demo.load import Act
from playhead.signals.record import decode


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    options = BenchOptions(
        home=tmp_path,
        events=500,
        titles=60,
        profiles=50,
        growing_profiles=(20, 40),
        growing_titles=(60, 80),
    )
    (tmp_path / "run").mkdir()
    lines: list[str] = []
    log = opened(tmp_path / "bench", Spec(1_000, 50, 60), lines.append)
    return Bench(options, lines.append, log, titles(options.catalogue), log.take(200))


def test_batches_are_of_one_partition_full_and_in_order() -> None:
    acts = [Act(f"viewer-{number % 7}", "page_viewed", None, b"%d" % number) for number in range(100)]
    made = list(batches(acts, 10))
    assert sum(map(len, made)) == 100
    for batch in made:
        assert {partition_of(record.key or b"", PROFILE_PARTITIONS) for record in batch} == {
            batch[0].partition
        }
    for partition in range(PROFILE_PARTITIONS):
        of_it = [record for batch in made for record in batch if record.partition == partition]
        assert [record.offset for record in of_it] == list(range(len(of_it)))
        assert [int(record.value or b"") for record in of_it] == sorted(int(r.value or b"") for r in of_it)


def test_profiles_have_as_much_of_a_past_as_asked_for() -> None:
    made = records(1, titles(Spec(1, 1, 150)), least=10, most=60)
    lengths = {len(decode(stored)[2].history_v1) for stored in made}
    assert (min(lengths), max(lengths)) == (10, 60)
    assert made == records(1, titles(Spec(1, 1, 150)), least=10, most=60)


def test_a_core_in_memory_keeps_what_it_folds(bench: Bench) -> None:
    core = Core()
    work = list(batches(bench.warm))
    assert sum(len(core.step(batch).state) for batch in work) > 0
    assert core.stored.keys() == {act.profile_id.encode() for act in bench.warm}
    assert all(not core.step(batch).state for batch in work)  # folded before


def test_a_round_that_fails_leaves_the_others_their_figures(bench: Bench) -> None:
    def figures(bench: Bench) -> Sample:
        if bench.number == 1:
            raise Unavailable("It broke.", "Mend it.")
        return {"per_s": float(bench.number)}

    take(bench, Measure("odd", "breaks once", Requirement.NOWHERE, figures, lambda _: ()))
    assert bench.samples == {"odd": [{"per_s": 0.0}, {"per_s": 2.0}]}
    assert len(bench.failed) == 1
    assert bench.failed[0].startswith("odd, round 2: It broke.")


def test_every_figure_without_kafka_is_taken(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    # The garbage collector stays as the tests have it.
    monkeypatch.setattr(offline, "like_a_worker", lambda: None)
    for name, small in (("GROWTH_BATCH", 60), ("GROWTH_BATCHES", 2), ("TOGETHER", 8), ("PASSES", 1)):
        monkeypatch.setattr(offline, name, small)
    monkeypatch.setattr(seeds, "DIFFERENT", 9)
    samples = {**offline.replay(bench), **offline.ranking(bench), **offline.growth(bench)}
    assert samples.keys() == {
        "per_s", "us_60", "numpy_60", "us_80", "numpy_80", "profiles_20", "profiles_40", "titles_60", "titles_80",
        "history_10", "history_100", "together_1", "together_10", "together_100", "together_60",
    }  # fmt: skip
    assert all(value > 0 for value in samples.values())
    assert not list((bench.options.home / "run").iterdir())
