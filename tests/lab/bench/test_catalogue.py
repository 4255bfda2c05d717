"""A large catalogue: made-up titles that are alike in their statistics to real ones, loaded, understood and ranked."""

from collections import Counter
from pathlib import Path

import pytest

from playhead.catalogue.tags.words import words
from playhead.lab.bench import catalogue
from playhead.lab.bench.large_catalogue import described
from playhead.lab.bench.log import SyntheticLog
from playhead.lab.bench.measure import Bench, BenchOptions


def test_titles_differ_in_what_their_synopses_say_and_some_say_no_genre() -> None:
    titles = list(described(400))
    assert titles == list(described(400))
    assert len({title.title_id for title in titles}) == 400
    counts = Counter(word for title in titles for word in set(words(title.synopsis or "")))
    assert len(counts) > 3_000
    assert 40 < sum(not title.genres for title in titles) < 130
    assert 80 < sum(not title.tags for title in titles) < 190


def test_it_is_loaded_tagged_and_ranked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "like_a_worker", lambda: None)
    monkeypatch.setattr(catalogue, "VIEWERS", 3)
    messages: list[str] = []
    bench = Bench(
        BenchOptions(home=tmp_path, growing_titles=(50, 120)),
        messages.append,
        SyntheticLog((), iter(())),
        (),
        [],
    )
    sample = catalogue.large_catalogue(bench)
    assert sample.keys() == {"loaded_s", "ranked_s", "cpu_s", "page_us"}
    assert 0.0 < sample["loaded_s"] < sample["ranked_s"]
    assert "120 titles" in messages[0]
