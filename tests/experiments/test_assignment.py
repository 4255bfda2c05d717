"""Assignment stands on a hash alone: stable, independent between layers, kept while an experiment grows."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.effort import tried

from playhead.domain.errors import Rejected
from playhead.domain.experiments import Arm, Experiment
from playhead.experiments.assignment import Assigner, arm_of, point, settings_of
from playhead.experiments.settings import changed, settings
from playhead.experiments.validation import validate, validate_all
from playhead.personalize.arms import FIXED, of_arm
from playhead.recipe import RECIPE

BUILD = partial(of_arm, RECIPE)
PROFILES = [f"p-{n}" for n in range(20_000)]
ARMS = (
    Arm(name="control", share=0.5),
    Arm(name="b", share=0.5, settings={"pipeline.weights.finish": 0.3}),
)
FINISH = Experiment(experiment_id="finish", share=0.2, arms=ARMS)
OTHER_ARMS = (Arm(name="control", share=0.5), Arm(name="b", share=0.5, settings={"pipeline.rank_size": 40}))
OTHER = Experiment(experiment_id="size", layer="sizes", share=1.0, arms=OTHER_ARMS)
HELD = Experiment(experiment_id="held", layer="holdout", share=0.1, holdout=True)


def exposed(*experiments: Experiment, surface: str = "home", market: str = "BR") -> list[dict[str, str]]:
    assigner = Assigner.of(experiments)
    return [assigner.exposures(profile, surface, market) for profile in PROFILES]


def test_points_never_change() -> None:
    # Written down: another hash would move every viewer to another arm.
    assert [round(point(salt, "p-1"), 9) for salt in ("layer/main", "arm/finish")] == [
        0.582363547,
        0.247967854,
    ]


def test_points_are_uniform() -> None:
    counts, _ = np.histogram(
        [point("layer/main", profile) for profile in PROFILES], bins=20, range=(0.0, 1.0)
    )
    expected = len(PROFILES) / 20
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # chi-squared, 19 degrees of freedom, .001


def test_layers_are_independent() -> None:
    both = exposed(FINISH, OTHER)
    inside = [each["size"] for each in both if "finish" in each]
    share = inside.count("b") / len(inside)
    assert abs(share - 0.5) < 4 * 0.5 / len(inside) ** 0.5


def test_shares_are_kept() -> None:
    arms = [each.get("finish") for each in exposed(FINISH)]
    assert abs(arms.count("b") / len(arms) - 0.1) < 0.01
    assert abs(arms.count(None) / len(arms) - 0.8) < 0.015


@given(
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted), profile=st.text(min_size=1, max_size=8)
)
@tried(200)
def test_ramping_up_keeps_whoever_is_in(shares: list[float], profile: str) -> None:
    small, large = (
        Assigner.of([replace(FINISH, share=share)]).exposures(profile, "home", "BR") for share in shares
    )
    assert not small or small == large


def test_the_held_out_are_in_no_experiment() -> None:
    for each in exposed(FINISH, OTHER, HELD):
        assert "held" not in each or each == {"held": "holdout"}
    assigner = Assigner.of([OTHER, HELD])
    held = next(
        profile for profile in PROFILES if assigner.exposures(profile, "home", "BR") == {"held": "holdout"}
    )
    assert assigner.assign(held, "home", "BR") == []


def test_a_stopped_experiment_changes_nothing() -> None:
    assert not any(exposed(replace(FINISH, status="stopped")))


def test_only_where_the_arm_could_matter_is_it_logged() -> None:
    somewhere = replace(OTHER, surfaces=("home",), markets=("BR",))
    assert all(exposed(somewhere))
    assert not any(exposed(somewhere, surface="search"))
    assert not any(exposed(somewhere, market="MX"))


def test_thirds_leave_nobody_out() -> None:
    thirds = replace(FINISH, arms=tuple(Arm(name=name, share=1 / 3) for name in ("control", "b", "c")))
    assert all(arm_of(thirds, profile) for profile in PROFILES)


def test_arms_change_the_recipe() -> None:
    b = next(
        profile
        for profile in PROFILES
        if Assigner.of([OTHER]).exposures(profile, "home", "BR")["size"] == "b"
    )
    recipe = of_arm(RECIPE, settings_of(Assigner.of([OTHER]).assign(b, "home", "BR")))
    assert (recipe.pipeline.rank_size, RECIPE.pipeline.rank_size) == (40, 50)


@given(data=st.data())
@tried(50)
def test_every_setting_can_be_set_to_what_it_is(data: st.DataObject) -> None:
    name, value = data.draw(st.sampled_from(sorted(settings(RECIPE, FIXED).items())))
    assert changed(RECIPE, {name: value}, FIXED) == RECIPE


def test_parts_are_left_out_by_name() -> None:
    assert [source.__name__ for source in of_arm(RECIPE, {"pipeline.own": ("again",)}).pipeline.own] == [
        "again"
    ]


def arm(**changes: object) -> Experiment:
    return replace(FINISH, arms=(ARMS[0], Arm(name="b", share=0.5, settings=changes)))  # type: ignore[arg-type]


BAD = {
    "an unknown setting": (arm(**{"pipeline.weights.finnish": 1.0}), "Did you mean pipeline.weights.finish"),
    "a filter": (arm(**{"pipeline.filters": ()}), "There is no setting"),
    "text for a number": (arm(**{"pipeline.weights.finish": "much"}), "a finite number"),
    "a recipe that does not build": (arm(**{"pipeline.rank_size": 0.0}), "from 1 to"),
    "a share of places above 1": (arm(**{"pipeline.explore.share": 3.0}), "explore.share can't be 3"),
    "a share of draws below 0": (arm(**{"pipeline.artwork.support": -0.1}), "a number from 0 to 1"),
    "a spread below 0": (arm(**{"pipeline.artwork.spread": -1.0}), "Give 0 or more"),
    "an unknown source": (arm(**{"pipeline.own": ("lucky",)}), "some of liked, untried, again"),
    "no source": (arm(**{"pipeline.own": (), "pipeline.shared": ()}), "Keep one of"),
    "shares of arms above 1": (replace(FINISH, arms=(*ARMS, Arm(name="c", share=0.1))), "at most 1"),
    "a share beyond the layer": (replace(FINISH, begin=0.9), "Lower share to 0.1"),
    "no control": (replace(FINISH, arms=ARMS[1:]), "named control"),
    "a control that changes something": (
        replace(FINISH, arms=(replace(ARMS[1], name="control"), Arm(name="b", share=0.5))),
        "Leave out its settings",
    ),
    "an overlap": (replace(FINISH, experiment_id="new", begin=0.1), "Begin new at 0.2"),
    "one setting in two layers": (replace(FINISH, experiment_id="new", layer="new"), "into one layer"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_run_is_refused_with_the_repair(name: str) -> None:
    bad, repair = BAD[name]
    with pytest.raises(Rejected) as caught:
        validate(bad, [FINISH], BUILD)
    assert repair in str(caught.value)


def test_what_runs_beside_others_is_accepted() -> None:
    beside = replace(FINISH, experiment_id="new", begin=0.2)
    validate_all([FINISH, beside, OTHER, HELD], BUILD)
    validate(replace(FINISH, experiment_id="old", status="stopped"), [FINISH], BUILD)


@dataclass(frozen=True)
class Fragile:
    """A recipe with a rule of its own."""

    share: float

    def __post_init__(self) -> None:
        if self.share > 1.0:
            raise ValueError("share is above 1")


def test_a_rule_of_the_recipe_is_the_reason() -> None:
    with pytest.raises(Rejected, match="share is above 1"):
        changed(Fragile(0.5), {"share": 2.0})


def test_arms_that_do_not_build_together_are_refused() -> None:
    def leaving(part: str) -> tuple[Arm, ...]:
        return (Arm(name="control", share=0.5), Arm(name="none", share=0.5, settings={part: ()}))

    first = Experiment(experiment_id="one", layer="one", share=1.0, arms=leaving("pipeline.shared"))
    other = Experiment(experiment_id="other", layer="other", share=1.0, arms=leaving("pipeline.own"))
    validate(first, [replace(other, layer="one", share=0.0)], BUILD)
    with pytest.raises(Rejected, match="do not build together: No candidate source is left"):
        validate(first, [other], BUILD)


@pytest.mark.parametrize("name", sorted(FIXED))
def test_what_no_arm_may_change(name: str) -> None:
    with pytest.raises(Rejected, match="There is no setting"):
        of_arm(RECIPE, {name: ()})


def test_arms_change_what_is_served_with_them_and_nothing_else() -> None:
    # Another part of the recipe needs its place in ``personalize.trials.Treatment``, or among ``FIXED``.
    assert {name.partition(".")[0] for name in settings(RECIPE, FIXED)} == {"pipeline", "page"}
