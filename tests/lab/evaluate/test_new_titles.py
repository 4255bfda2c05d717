"""Titles that come in the middle of a log are found in the lists behind it, with exploration more than without."""

import gzip
import json
from pathlib import Path

import pytest
from tests.timeline import happened

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.new_titles import evaluate_new_titles, launch_of


def files(folder: Path, *, new: int) -> tuple[Path, Path]:
    events, titles = folder / "events.jsonl.gz", folder / "titles.jsonl.gz"
    # Five viewers watch the same ten comedies, one watches dramas, as the new titles are.
    films = [{"title_id": f"o{n}", "name": "x", "genres": ["Comedy"]} for n in range(10)]
    films += [{"title_id": f"o{n}", "name": "x", "genres": ["Drama"]} for n in range(10, 70)]
    films += [{"title_id": f"n{n}", "name": "x", "genres": ["Drama"]} for n in range(new)]
    acts = []
    for n in range(120):
        viewer, at_s = f"p{n % 6}", 600 * n
        acts.append(happened("page_viewed", profile=viewer, at_s=at_s))
        chosen = "n1" if n == 119 else f"o{n % 10}" if n % 6 else f"o{10 + n // 6}"
        acts.append(happened("playback_completed", profile=viewer, at_s=at_s + 1, title_id=chosen))
    for path, rows in ((events, acts), (titles, films)):
        path.write_bytes(gzip.compress(b"\n".join(json.dumps(row).encode() for row in rows) + b"\n"))
    return events, titles


def test_new_titles_are_listed_with_exploration_more_than_without(tmp_path: Path) -> None:
    events, titles = files(tmp_path, new=6)
    launch = launch_of(events, titles, 2, None)
    assert launch.titles[0] == "o21", "it is the first to be chosen afterwards"
    statistics, change = evaluate_new_titles(events, titles, 2)
    ours, without = statistics["playhead"], statistics["without exploration"]
    assert ours["titles of a liked kind"] == 2
    assert ours["share of lists"] > without["share of lists"]
    assert ours["choices of other titles"] == without["choices of other titles"] > 0
    assert change.mean == pytest.approx(ours["their ndcg@10"] - without["their ndcg@10"])
    assert change.low <= change.mean <= change.high


def test_there_must_be_titles_that_nobody_named(tmp_path: Path) -> None:
    events, titles = files(tmp_path, new=0)
    acts = gzip.decompress(events.read_bytes()).splitlines()
    named = [happened("playback_completed", profile="q", at_s=0, title_id=f"o{n}") for n in range(70)]
    events.write_bytes(
        gzip.compress(b"\n".join([*(json.dumps(event).encode() for event in named), *acts[:100]]))
    )
    with pytest.raises(Unavailable, match="Every title is named"):
        launch_of(events, titles, 2, None)
