"""Who is ranked for: the live list, the frozen one, the recipe with something left out; and what is drawn of it."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pytest
from tests.lab.evaluate.logs import catalogue, visits, written
from tests.lab.evaluate.test_evaluate import PICKS, TITLES
from tests.timeline import happened
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.errors import Unavailable
from playhead.lab.evaluate import engines
from playhead.lab.evaluate.choices import Outline
from playhead.lab.evaluate.engines import Live, WithFrozen, listed
from playhead.lab.evaluate.list_statistics import ListStatistics
from playhead.lab.evaluate.plots import calibration
from playhead.lab.evaluate.run import EvaluateOptions, run
from playhead.lab.evaluate.tables import caption
from playhead.lab.evaluate.targets import Consumption, Plan
from playhead.recipe import RECIPE


def test_the_frozen_profile_is_the_one_of_the_session_start() -> None:
    """Within a session what was finished stands in the frozen list still; the live list has dropped it."""
    crowd = visits(*((f"p{n}", title) for n in range(5) for title in "abc"))
    own = [
        happened("session_started", profile="me", at_s=2_000),
        *visits(("me", "a"), ("me", "b"), ("me", "")),
    ]
    log = crowd + [
        event | {"event_id": f"m{n}", "occurred_at": event["occurred_at"] + 10**7}
        for n, event in enumerate(own)
    ]
    both = WithFrozen()
    lists: list[list[str]] = []
    for line, event in enumerate(log, 1):
        value = json.dumps(event).encode()
        if event["type"] == "page_viewed":
            lists = both.lists(line, value)
        else:
            both.take(line, value, msgspec.json.decode(value, type=Outline))
    live, frozen = lists
    assert {"a", "b"} <= set(frozen)
    assert not {"a", "b"} & set(live)
    alone = Live()
    for line, event in enumerate(log, 1):
        last = alone.core.take(json.dumps(event).encode(), line)
    assert live == listed(last)  # looking at the frozen list has changed nothing


def test_freshness_is_reported_with_its_interval(tmp_path: Path) -> None:
    options = EvaluateOptions(written(tmp_path, PICKS), catalogue(tmp_path, *TITLES), frozen_session=True)
    ratio = run(options)["tasks"]["completion"]["live_over_frozen"]
    assert ratio == [1.0, 1.0, 1.0]  # no session began: both lists are the same


def test_freshness_is_told_apart_where_the_session_held_an_act(tmp_path: Path) -> None:
    options = EvaluateOptions(written(tmp_path, PICKS), catalogue(tmp_path, *TITLES), frozen_session=True)
    task = run(options)["tasks"]["completion"]
    acted = task["live_over_frozen_after_acts"]
    assert 0 < acted["share"] < 1
    assert f"the same for the {acted['share']:.1%} of them" in caption(task)


def test_each_part_is_left_out_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PLACES", dict.fromkeys(("taste", "next")))
    recipes = [contender.core.personalizer.recipe for contender in engines.ablated()]
    assert [recipe.pipeline.weights.without for recipe in recipes] == [("taste",), ("next",), ()]
    assert [recipe.river for recipe in recipes] == [RECIPE.river, RECIPE.river, ()]
    result = run(EvaluateOptions(written(tmp_path, PICKS), ablate=True))
    assert list(result["tasks"]["completion"]["ranks"]) == [
        "playhead",
        "without taste",
        "without next",
        f"without {RECIPE.river[0].called}",
    ]


def test_parts_that_are_named_are_left_out_together_or_alone(tmp_path: Path) -> None:
    result = run(EvaluateOptions(written(tmp_path, PICKS), without=("tags", "content+age")))
    names = ["playhead", "without tags", "without content+age"]
    assert list(result["tasks"]["completion"]["ranks"]) == names
    recipes = [each.core.personalizer.recipe for each in engines.ablated(("tags", "content+age"))]
    assert [each.pipeline.weights.without for each in recipes] == [("tags",), ("content", "age")]
    with pytest.raises(Unavailable, match="called moods"):
        run(EvaluateOptions(written(tmp_path, PICKS), without=("tags+moods",)))


def test_ways_to_treat_fatigue_are_ranked_beside_the_core(tmp_path: Path) -> None:
    result = run(EvaluateOptions(written(tmp_path, PICKS), fatigue=True))
    assert list(result["tasks"]["completion"]["ranks"]) == [engines.CORE, "a fixed rule", "nothing"]


def test_plots_and_a_section_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, named = written(tmp_path, PICKS), catalogue(tmp_path, *TITLES)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "quality.md").write_text("# Quality\n")
    monkeypatch.chdir(tmp_path)
    arguments = ["evaluate", str(log), "--titles", str(named), "--plots", "plots", "--write-docs"]
    for _ in range(2):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
    text = (tmp_path / "docs" / "quality.md").read_text()
    assert text.count("## log") == 1
    assert "| playhead |" in text
    assert ET.parse(tmp_path / "plots" / "learning-completion.svg").getroot().tag.endswith("svg")


def test_the_heads_are_drawn_when_there_are_predictions() -> None:
    bins = [[0.1, 0.2, 5], [0.6, 0.5, 5]]
    svg = calibration({"click": {"all": {"bins": bins}}})
    assert "click" in svg
    assert ET.fromstring(svg).tag.endswith("svg")


def test_what_stood_on_the_pages_by_hand() -> None:
    plan = Plan()
    for title in "abcd":
        plan.titles.add(title)
    plan.repeatable.add(1)
    shelf = ListStatistics(plan)
    for number in (0, 0, 1):
        shelf.choose(Consumption(0, number, 0, "home"))
    for title_id in "ab":
        shelf.watch(0, Outline(type="playback_completed", title_id=title_id))
    shelf.watch(0, Outline(type="playback_stopped", title_id="c", watched_s=50.0, duration_s=100.0))
    shelf.show(0, [0, 1, 2], known=4)
    # Shares with one pseudo-choice a title: 3/7, 2/7, 1/7. Only a is a repeat: b may be, c was not finished.
    bits = -(np.log2(3 / 7) + np.log2(2 / 7) + np.log2(1 / 7)) / 3
    assert shelf.statistics() == {"coverage": 0.75, "novelty_bits": pytest.approx(bits), "repeats": 1}
    shelf.watch(0, Outline(type="history_removed", title_id="a"))
    shelf.show(0, [0], known=4)
    assert shelf.repeats == 1
