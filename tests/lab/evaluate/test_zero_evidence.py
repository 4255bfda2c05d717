"""Titles that nobody has chosen are put in order: all of them, by what is known at the page, and content has its part."""

import gzip
import json
from pathlib import Path

import pytest
from tests.timeline import happened
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.engines import CORE
from playhead.lab.evaluate.metrics import METRICS
from playhead.lab.evaluate.zero_evidence import (
    ALL,
    COSINE,
    POPULARITY,
    RANDOM,
    WITH_SYNOPSIS,
    evaluate_zero_evidence,
)

WORDS = {
    "space": "A crew of astronauts drifts past the rings of a distant planet in a failing starship.",
    "kitchen": "Two rival cooks fight over recipes, pans and a stubborn landlady in a tiny kitchen.",
}
LISTED = METRICS.index("hr@50")


def files(folder: Path, *, first_choices: int = 40, dated_later: bool = False) -> tuple[Path, Path]:
    """Viewers of two tastes, each of whom goes on to titles that nobody has chosen, of its taste; synopses alone tell which."""
    events, titles = folder / "events.jsonl.gz", folder / "titles.jsonl.gz"
    films = [
        {
            "title_id": f"{kind}{n}",
            "name": "x",
            "synopsis": words,
            "released_at": 2_000_000_000_000 if dated_later else 1_000_000_000_000,
        }
        for kind, words in WORDS.items()
        for n in range(60)
    ]
    acts = []
    for n in range(first_choices):
        viewer = n % 4
        kind = "space" if viewer % 2 else "kitchen"
        acts.append(happened("page_viewed", profile=f"p{viewer}", at_s=600 * n))
        acts.append(
            happened("playback_completed", profile=f"p{viewer}", at_s=600 * n + 1, title_id=f"{kind}{n}")
        )
    for path, rows in ((events, acts), (titles, films)):
        path.write_bytes(gzip.compress(b"\n".join(json.dumps(row).encode() for row in rows) + b"\n"))
    return events, titles


def test_content_puts_titles_of_ones_taste_before_the_others(tmp_path: Path) -> None:
    orders = evaluate_zero_evidence(*files(tmp_path))
    assert orders.sets() == [ALL, WITH_SYNOPSIS]
    assert orders.systems(ALL) == [CORE, COSINE, POPULARITY, RANDOM, "without content"]
    hit_rates = {by: orders.measured(ALL, by)[LISTED].mean for by in orders.systems(ALL)}
    # Some fifty of a hundred titles are of the taste: who knows it finds nearly all in the first fifty.
    assert hit_rates[CORE] > 0.8
    assert hit_rates[COSINE] > 0.8
    assert hit_rates["without content"] < 0.7
    assert hit_rates[POPULARITY] == hit_rates[RANDOM] < 0.6
    ours = {each.second: each for each in orders.differences(ALL) if each.metric == "hr@50"}
    assert ours[RANDOM].mean == pytest.approx(hit_rates[CORE] - hit_rates[RANDOM])


def test_titles_dated_after_the_page_are_no_titles_yet(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no title is chosen for the first time"):
        evaluate_zero_evidence(*files(tmp_path, dated_later=True))


def test_the_command_prints_each_order(tmp_path: Path) -> None:
    events, titles = files(tmp_path, first_choices=12)
    shown = CliRunner().invoke(app, ["evaluate", str(events), "--titles", str(titles), "--zero-evidence"])
    assert shown.exit_code == 0, shown.output
    assert "titles with a synopsis" in shown.output
    assert "without content" in shown.output
    asked = CliRunner().invoke(app, ["evaluate", str(events), "--zero-evidence"])
    assert asked.exit_code != 0
