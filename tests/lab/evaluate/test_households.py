"""Profiles that are active in the same period are merged, and the same choices looked up with and without it."""

from pathlib import Path

import pytest
from tests.lab.evaluate.logs import catalogue, visits, written

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.engines import CORE, Live
from playhead.lab.evaluate.households import APART, households
from playhead.lab.evaluate.prequential import Course
from playhead.lab.evaluate.run import EvaluateOptions, run
from playhead.lab.evaluate.targets import plan

DAY_S = 86_400


def test_a_household_has_its_people_at_the_same_time(tmp_path: Path) -> None:
    early = visits(("a", "t1"), ("b", "t1"), ("a", "t2"), ("b", "t2"), ("once", "t1"))
    late = visits(("c", "t1"), ("d", "t1"), ("c", "t2"), ("d", "t2"))
    for event in late:
        event["occurred_at"] += 40 * DAY_S * 1_000
        event["event_id"] = f"late-{event['event_id']}"
    merged = households(written(tmp_path, early + late), 2)
    assert {
        frozenset(name for name in merged if merged[name] == household) for household in merged.values()
    } == {
        frozenset("ab"),
        frozenset("cd"),
    }


def test_nobody_is_merged_who_was_never_there_together(tmp_path: Path) -> None:
    log = written(tmp_path, visits(("a", "t1"), ("a", "t2"), ("once", "t1")))
    with pytest.raises(Unavailable, match="active in the same period"):
        households(log, 2)


def test_both_are_asked_for_the_same_choices(tmp_path: Path) -> None:
    titles = [f"t{n}" for n in range(12)]
    acts = [(who, titles[(n + 3 * (who == "b")) % 12]) for n in range(12) for who in ("a", "b", "c")]
    acts = [(who, title) for who, title in acts if who != "c" or title == "t1"]
    parts = ("household/lift",)
    log, entries = written(tmp_path, visits(*acts)), catalogue(tmp_path, *titles)
    options = EvaluateOptions(log, entries, merge_profiles=2, without=parts)
    task = run(options)["tasks"]["completion"]
    assert set(task["systems"]) == {
        *(CORE, "without household", "without household/lift"),
        *(APART, f"{APART}, without household"),
    }
    assert task["not_scored"]["consumed before by the profile"] > 0, "what the other has consumed is known"
    assert task["scored"] > 0
    ndcg = {name: system["overall"]["ndcg@10"][0] for name, system in task["systems"].items()}
    assert ndcg[APART] > 0.0
    assert task["shelf"]["repeats"] == 0, "what either has finished is in neither's list"


def test_to_list_what_the_other_has_finished_costs_nobody_a_place(tmp_path: Path) -> None:
    # The crowd watches t0 to t9 in this order; a has watched the first nine, b comes for the first time.
    crowd = [(f"fan{n}", f"t{title}") for title in range(10) for n in range(10 - title)]
    acts = [*crowd, *(("a", f"t{n}") for n in range(9)), ("b", "t9"), ("b", "t10"), ("b", "t11")]
    titles = [f"t{n}" for n in range(12)]
    options = EvaluateOptions(
        written(tmp_path, visits(*acts)), catalogue(tmp_path, *titles), merge_profiles=2
    )
    made = plan(options.events, options.titles, None, None, dict.fromkeys("ab", "a+b"))
    of_b = next(target for target in made.tasks[0].targets if made.titles.name(target.title) == "t9")
    course = Course(made, [Live(APART)])
    [outcome] = course.run(options.events, options.titles)
    # b's own list has what nine others watched before it; of what nobody in the household knows it is the first.
    assert outcome.ranks[APART][made.tasks[0].targets.index(of_b)] == 1
