"""Recorded logs, by a second implementation of the protocol that shares no code with the first."""

import gzip
import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.effort import THOROUGH

from playhead.lab.evaluate.baselines.popularity import AllTime
from playhead.lab.evaluate.prequential import Course
from playhead.lab.evaluate.run import EvaluateOptions, run
from playhead.lab.evaluate.targets import plan

DATA = Path(__file__).parents[4] / "shared" / "data"
LINES = 60_000 if THOROUGH else 4_000
LINES_OF_CORE = 20_000 if THOROUGH else 800
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the recorded logs are not beside the project: {DATA}"
)


class Bounds(NamedTuple):
    """The best and the worst rank that a tied title can have."""

    best: int
    worst: int


def by_popularity(log: str, consumed: str) -> list[Bounds]:
    """Where each judged choice stood by the number of choices before, the slow way, one event after another."""
    with gzip.open(DATA / f"{log}.titles.jsonl.gz") as file:
        known = {json.loads(line)["title_id"] for line in file}
    with gzip.open(DATA / f"{log}.events.jsonl.gz") as file:
        events = [json.loads(line) for line, _ in zip(file, range(LINES), strict=False)]
    chosen = [event for event in events if event["type"] == consumed]
    first = int(0.2 * len(chosen))
    counts: Counter[str] = Counter()
    mine: dict[str, set[str]] = defaultdict(set)
    targets = []
    for number, event in enumerate(chosen):
        profile, title = event["profile_id"], event["title_id"]
        if number >= first and title in known and title not in mine[profile]:
            others = [counts[each] for each in known - mine[profile] - {title}]
            above = sum(count > counts[title] for count in others)
            targets.append(Bounds(1 + above, 1 + above + sum(count == counts[title] for count in others)))
        counts[title] += 1
        mine[profile].add(title)
    return targets


@needs_data
@pytest.mark.parametrize(
    ("log", "consumed"),
    [
        ("ml100k", "playback_completed"),
        ("movietweetings", "playback_completed"),
        ("kuairand", "title_clicked"),
    ],
)
def test_popularity_is_what_a_second_implementation_says(log: str, consumed: str) -> None:
    events, titles = DATA / f"{log}.events.jsonl.gz", DATA / f"{log}.titles.jsonl.gz"
    made = plan(events, titles, LINES)
    outcome, *_ = Course(made, [], lambda _choices, _titles: [AllTime()]).run(events, titles, LINES)
    ranks = outcome.references.each[0].ranks[:, 0].tolist()
    expected = by_popularity(log, consumed)
    assert len(ranks) == len(expected) > 300
    for rank, bounds in zip(ranks, expected, strict=True):
        assert bounds.best <= rank <= bounds.worst if rank else bounds.worst > 50


@needs_data
@pytest.mark.parametrize("log", ["ml100k", "movietweetings", "kuairand"])
def test_the_core_lists_nothing_twice_over_and_every_consumption_is_accounted_for(
    log: str, tmp_path: Path
) -> None:
    # Under names that tell nothing: what is measured is decided by what a log holds.
    events = shutil.copy(DATA / f"{log}.events.jsonl.gz", tmp_path / "a.gz")
    titles = shutil.copy(DATA / f"{log}.titles.jsonl.gz", tmp_path / "b.gz")
    result = run(EvaluateOptions(Path(events), Path(titles), LINES_OF_CORE))
    assert result["rejected"]["lines"] == 0
    for task in result["tasks"].values():
        asked = task["scored"] + sum(task["not_scored"].values())
        assert asked == task["consumptions"] - int(0.2 * task["consumptions"])
        assert task["shelf"]["repeats"] == 0
