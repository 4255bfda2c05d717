"""The whole pass: ranks by hand, nothing learned early, nothing looked up ahead, and paired comparison."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.lab.evaluate.logs import Events, catalogue, visits, written
from tests.timeline import happened
from typer.testing import CliRunner

from playhead.cli import app
from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.baselines.popularity import AllTime
from playhead.lab.evaluate.columns import unpack
from playhead.lab.evaluate.compare import against, compare
from playhead.lab.evaluate.engines import Live
from playhead.lab.evaluate.prequential import Course
from playhead.lab.evaluate.run import EvaluateOptions, read, run
from playhead.lab.evaluate.targets import plan

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


def test_two_choices_from_one_page_are_both_judged_by_it(tmp_path: Path) -> None:
    """p5 opens one page and takes b, then a from it: a stood first there, b second, though b is gone by then."""
    log = [*PICKS, happened("page_viewed", profile="p5", at_s=900, event_id="v")]
    log += [
        happened("playback_completed", profile="p5", at_s=901 + n, title_id=title, event_id=f"d{n}")
        for n, title in enumerate("ba")
    ]
    ranks = course(tmp_path, log, *TITLES)
    assert ranks["popular"][-2:] == [2, 1]
    assert ranks["core"][-2:] == [2, 1]


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
    options = EvaluateOptions(written(tmp_path, PICKS), catalogue(tmp_path, *TITLES), baselines=True)
    result = run(options)
    task = result["tasks"]["completion"]
    assert (task["consumptions"], task["scored"], task["not_scored"]) == (7, 6, {})
    assert task["shelf"]["repeats"] == 0
    assert len(unpack(task["profiles"])) == 6
    assert all(each.mean == 0.0 and not each.real for each in compare(result, result))
    names = {each.second for each in against(result, "playhead")}
    assert names == set(task["ranks"]) - {"playhead"}


def test_a_real_difference_is_told_from_chance() -> None:
    from playhead.lab.evaluate.columns import pack

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
