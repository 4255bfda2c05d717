"""A promoted policy is an experiment that everybody is in; taken back, what was before it is in force again."""

from functools import partial

import pytest

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Arm, Experiment, Setting
from playhead.experiments.assignment import Assigner
from playhead.experiments.policy import current, promoted, rolled_back, steps
from playhead.experiments.validation import validate, validate_all
from playhead.personalize.arms import of_arm
from playhead.recipe import RECIPE

FIRST: dict[str, Setting] = {"pipeline.weights.finish": 0.3}
SECOND: dict[str, Setting] = {"pipeline.artwork.spread": 0.5}


def test_everybody_is_served_by_what_was_promoted() -> None:
    made = promoted(None, FIRST)
    validate(made, [], partial(of_arm, RECIPE))
    assigner = Assigner.of([made])
    assert {assigner.exposures(f"p{n}", "home", "BR")["policy"] for n in range(50)} == {"promoted"}
    assert current(made) == FIRST
    assert current(None) == {}


def test_what_is_promoted_goes_on_top_and_comes_off_again() -> None:
    second = promoted(promoted(None, FIRST), SECOND)
    assert current(second) == FIRST | SECOND
    first = rolled_back(second)
    assert (first.status, current(first)) == ("running", FIRST)
    assert rolled_back(first).status == "stopped"
    assert current(rolled_back(first)) == {}


def test_a_policy_does_not_change_what_an_experiment_compares() -> None:
    arms = (Arm(name="control", share=0.5), Arm(name="b", share=0.5, settings=FIRST))
    running = Experiment(experiment_id="finish", share=0.1, arms=arms)
    with pytest.raises(Rejected, match=r"both change pipeline\.weights\.finish"):
        validate_all([running, promoted(None, FIRST)], partial(of_arm, RECIPE))
    validate_all([running, promoted(None, SECOND)], partial(of_arm, RECIPE))


def test_steps_go_up_and_down() -> None:
    assert steps({"a": 0.5, "b": True, "c": "x"}, ["a", "b", "c"], 0.2) == [{"a": 0.6}, {"a": 0.4}]
