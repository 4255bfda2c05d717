"""A promoted policy is an experiment that everybody is in; taken back, what was before it is in force again."""

from functools import partial

import pytest
from tests.estimates import estimate

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Arm, Experiment, Setting
from playhead.experiments.assignment import Assigner
from playhead.experiments.policy import (
    HELD,
    automatic,
    current,
    guarded,
    in_force,
    promoted,
    proposed,
    rolled_back,
    steps,
)
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


BETTER, UNSURE = estimate(0.01), estimate(-0.01)


def test_an_automatic_promotion_holds_a_tenth_back_and_has_guardrails() -> None:
    made = automatic({}, FIRST, BETTER)
    validate(made, [], partial(of_arm, RECIPE))
    arms = [Assigner.of([made]).exposures(f"p{n}", "home", "BR")[made.experiment_id] for n in range(2_000)]
    assert arms.count("control") == pytest.approx(2_000 * HELD, abs=60)
    assert {*arms} == {"control", "promoted"}
    assert {guardrail.metric for guardrail in made.guardrails} == {"click", "finish", "gave_up"}
    assert guarded({**SECOND, **FIRST}) == guarded({**FIRST, **SECOND})
    assert guarded(FIRST).experiment_id != guarded(SECOND).experiment_id


def test_nothing_is_promoted_automatically_that_is_not_known_or_was_taken_back_or_beside_another() -> None:
    with pytest.raises(Rejected, match="not known to be better"):
        automatic({}, FIRST, UNSURE)
    made = guarded(FIRST)
    for running in (made, promoted(None, SECOND)):
        known = {running.experiment_id: running}
        assert in_force(known) == running
        with pytest.raises(Rejected, match="is in force"):
            automatic(known, FIRST, BETTER)
    stopped = rolled_back(made)
    assert (stopped.status, in_force({made.experiment_id: stopped})) == ("stopped", None)
    with pytest.raises(Rejected, match="was stopped: rolled back"):
        automatic({made.experiment_id: stopped}, FIRST, BETTER)
    assert automatic({made.experiment_id: stopped}, SECOND, BETTER) == guarded(SECOND, BETTER)


def test_a_published_estimate_serves_nobody_and_may_be_promoted_later() -> None:
    shown = proposed({}, FIRST, UNSURE)
    validate(shown, [], partial(of_arm, RECIPE))
    assert (shown.status, shown.estimate) == ("proposed", UNSURE)
    assert Assigner.of([shown]).is_idle
    known = {shown.experiment_id: shown}
    assert in_force(known) is None
    promotion = automatic(known, FIRST, BETTER)
    assert (promotion.experiment_id, promotion.status) == (shown.experiment_id, "running")
    assert promotion.estimate == BETTER


@pytest.mark.parametrize("before", [guarded(FIRST), rolled_back(guarded(FIRST))], ids=["runs", "stopped"])
def test_an_estimate_neither_stops_nor_starts_a_policy(before: Experiment) -> None:
    shown = proposed({before.experiment_id: before}, FIRST, UNSURE)
    assert (shown.status, shown.stopped_because) == (before.status, before.stopped_because)
    assert shown.estimate == UNSURE


def test_what_is_in_force_after_a_rollback_has_no_estimate_of_what_was_taken_back() -> None:
    second = promoted(promoted(None, FIRST, BETTER), SECOND, BETTER)
    assert second.estimate == BETTER
    assert rolled_back(second).estimate is None
