"""The whole pass: ranks by hand, nothing learned early, nothing looked up ahead, and paired comparison."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pytest
from tests.evaluate.logs import Events, catalogue, visits, written
from tests.timeline import happened
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.errors import Unavailable
from playhead.evaluate.baselines.popularity import AllTime
from playhead.evaluate.choices import Outline
from playhead.evaluate.columns import unpack
from playhead.evaluate.compare import against, compare
from playhead.evaluate.engines import Live, WithFrozen, listed
from playhead.evaluate.plots import calibration
from playhead.evaluate.prequential import Course
from playhead.evaluate.run import Options, read, run
from playhead.evaluate.targets import plan
from playhead.recipe import RECIPE
from playhead.step import Recipe

TITLES = tuple("abcdefgh")
# Counts before each choice:          a    a1         a2         a3 b1       a3 b2     a4 b2
PICKS = visits(("p1", "a"), ("p2", "a"), ("p3", "a"), ("p1", "b"), ("p2", "b"), ("p4", "a"), ("p3", "b"))


def course(folder: Path, events: Events, *titles: str) -> dict[str, list[int]]:
    """Ranks by system, of the only task."""
    log, named = written(folder, events), catalogue(folder, *titles)
    made = plan(log, named)
    [outcome] = Course(made, [Live("core")], lambda _choices, _titles: [AllTime()]).run(log, named)
    [reference] = outcome.references.each
    return {"core": outcome.ranks["core"].tolist(), "popular": reference.ranks[:, 0].tolist()}


def test_popularity_by_hand(tmp_path: Path) -> None:
    """The first of seven is learned only. What a profile chose before is not ranked for it."""
    ranks = course(tmp_path, PICKS, *TITLES)["popular"]
    assert ranks[:2] == [1, 1]  # p2 and p3 take a, the only one that was ever chosen
    assert 1 <= ranks[2] <= 7  # p1 takes b; a is gone, the rest ties
    assert ranks[3:] == [1, 1, 1]  # p2: b is first without a; p4: a has 3, b 2; p3: b is first without a


def test_the_core_is_judged_by_the_list_on_the_page(tmp_path: Path) -> None:
    ranks = course(tmp_path, PICKS, *TITLES)["core"]
    assert ranks[:2] == [1, 1]
    assert ranks[3:] == [1, 1, 1]


@pytest.mark.parametrize("changed", range(3, 14))
def test_nothing_after_a_page_moves_what_stood_on_it(tmp_path: Path, changed: int) -> None:
    """The choices from an event on become others: results before it are the same."""
    before = course(tmp_path, PICKS, *TITLES)
    others = [
        event | {"title_id": "h"} if n >= changed and "title_id" in event else event
        for n, event in enumerate(PICKS)
    ]
    after = course(tmp_path, others, *TITLES)
    same = sum(1 for n, event in enumerate(PICKS[:changed]) if "title_id" in event and n > 2)
    assert {name: ranks[:same] for name, ranks in after.items()} == {
        name: ranks[:same] for name, ranks in before.items()
    }


def test_results_say_how_much_was_scored_and_compare_with_themselves(tmp_path: Path) -> None:
    options = Options(written(tmp_path, PICKS), catalogue(tmp_path, *TITLES), baselines=True)
    found = run(options)
    task = found["tasks"]["completion"]
    assert (task["consumptions"], task["scored"], task["not_scored"]) == (7, 6, {})
    assert task["shelf"]["repeats"] == 0
    assert len(unpack(task["profiles"])) == 6
    assert all(each.mean == 0.0 and not each.real for each in compare(found, found))
    names = {each.second for each in against(found, "playhead")}
    assert names == set(task["ranks"]) - {"playhead"}


def test_a_real_difference_is_told_from_chance() -> None:
    from playhead.evaluate.columns import pack

    def result(ranks: list[int]) -> dict[str, Any]:
        profiles = pack(np.repeat(np.arange(50, dtype=np.uint32), 4))
        packed = {"playhead": pack(np.array(ranks, dtype=np.uint8))}
        return {"tasks": {"click": {"digest": "x", "profiles": profiles, "ranks": packed}}}

    rng = np.random.default_rng(3)
    usual = rng.integers(1, 12, 200)
    better = np.maximum(usual - 2, 1)
    shuffled = rng.permutation(usual)
    real = [each.real for each in compare(result(better.tolist()), result(usual.tolist()))]
    assert real == [True, True, True, False]  # all stood within the 50 before
    assert not any(each.real for each in compare(result(shuffled.tolist()), result(usual.tolist())))
    other = result(usual.tolist())
    other["tasks"]["click"]["digest"] = "y"
    with pytest.raises(Unavailable, match="not of the same targets"):
        compare(result(better.tolist()), other)


def test_the_command_writes_what_it_compares(tmp_path: Path) -> None:
    log, named = written(tmp_path, PICKS), catalogue(tmp_path, *TITLES)
    out = tmp_path / "result.json"
    runner = CliRunner()
    done = runner.invoke(app, ["evaluate", str(log), "--titles", str(named), "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert "6 of 7 consumptions scored" in done.output
    assert json.loads(out.read_text())["tasks"]["completion"]["systems"]["playhead"]["overall"]["hr@10"]
    done = runner.invoke(app, ["evaluate", "--compare", str(out), str(out)])
    assert done.exit_code == 0, done.output
    assert "+0.0000" in done.output


def test_a_file_that_is_no_result_says_so(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text("[]")
    with pytest.raises(Unavailable, match="is no result"):
        read(odd)


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
    options = Options(written(tmp_path, PICKS), catalogue(tmp_path, *TITLES), frozen_session=True)
    ratio = run(options)["tasks"]["completion"]["live_over_frozen"]
    assert ratio == [1.0, 1.0, 1.0]  # no session began: both lists are the same


def test_a_recipe_without_named_parts_can_not_be_ablated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playhead.recipe.parts", None, raising=False)
    with pytest.raises(Unavailable, match="no parts"):
        run(Options(written(tmp_path, PICKS), ablate=True))


def test_each_part_is_left_out_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left_out: list[str] = []

    def without(part: str) -> Recipe:
        left_out.append(part)
        return RECIPE

    monkeypatch.setattr("playhead.recipe.parts", lambda: ("one", "two"), raising=False)
    monkeypatch.setattr("playhead.recipe.without", without, raising=False)
    found = run(Options(written(tmp_path, PICKS), ablate=True))
    assert left_out == ["one", "two"]
    assert list(found["tasks"]["completion"]["ranks"]) == ["playhead", "without one", "without two"]


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
    found = calibration({"click": {"all": {"bins": bins}}})
    assert "click" in found
    assert ET.fromstring(found).tag.endswith("svg")
