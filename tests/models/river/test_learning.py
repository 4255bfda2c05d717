"""River models beside a head: they learn online, are weighted by their predictions, and a model that drifts begins anew."""

import numpy as np
import pytest
from river import dummy, forest, linear_model, optim, preprocessing, tree
from tests.models.river.worlds import World, losses

from playhead.models.river.declared import River
from playhead.models.river.learning import RiverLearner
from playhead.models.river.named import FEATURES

SOME = FEATURES[:8]


def logistic(rate: float = 0.1) -> object:
    return preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(rate))


def test_a_model_that_foresees_better_takes_over_and_one_that_does_not_ends_near_zero() -> None:
    good = River("click", logistic(), name="good", features=SOME)
    bad = River("click", dummy.PriorClassifier(), name="bad", features=SOME)
    learning = RiverLearner([good, bad])
    predictions = World.drawn(900).teach(learning)
    weights = {model.name: model.weight for model in learning.in_force(1)}
    assert weights["good"] > 0.7
    assert abs(weights["bad"]) < 0.3
    assert losses(predictions, "click")[-300:].mean() < 0.55 < losses(predictions, "bad")[-300:].mean()
    [first, second] = learning.in_force(1)
    assert first.auc is not None
    assert second.auc is not None
    assert first.auc > 0.8 > second.auc


def test_seconds_follow_the_regressor_that_comes_closer() -> None:
    model = preprocessing.StandardScaler() | linear_model.LinearRegression(optim.AdaGrad(0.3))
    learning = RiverLearner([River("watch_s", model, features=SOME)])
    World.drawn(1_500, strength=5.0).teach(learning)
    [row] = learning.in_force(1)
    assert row.name == "watch_s.linear_regression"
    assert row.weight > 0.3
    assert row.error is not None


@pytest.mark.parametrize(
    ("declare", "why"),
    [
        (lambda: River("clicks", logistic()), "no head"),
        (lambda: River("watch_s", logistic()), "give a regressor"),
        (lambda: River("click", forest.ARFClassifier()), "give it a seed"),
        (lambda: River("click", logistic(), features=("mood",)), "'mood'"),
        (lambda: RiverLearner([River("click", logistic()), River("click", logistic())]), "each its own"),
    ],
)
def test_what_can_not_be_used_says_so_where_it_is_declared(declare: object, why: str) -> None:
    assert callable(declare)
    with pytest.raises((ValueError, TypeError), match=why):
        declare()


def declared() -> list[River]:
    return [
        River("click", logistic(), name="linear", features=SOME),
        River("click", tree.HoeffdingTreeClassifier(), name="tree", features=SOME),
        River("watch_s", linear_model.LinearRegression(), name="seconds", features=SOME),
    ]


def test_restored_it_goes_on_as_if_it_had_never_stopped() -> None:
    world = World.drawn(850)
    never, stopped = RiverLearner(declared()), RiverLearner(declared())
    # A model that travels as a whole is taken down at 50, 150, 350 and 750 lessons: after 750 nothing is missing.
    for learner in (never, stopped):
        world.teach(learner, 0, 750)
    restored = RiverLearner(declared())
    restored.restore(*stopped.export(np.arange(99)))
    after = [world.teach(learner, 750) for learner in (never, restored)]
    assert after[0] == after[1]
    assert not restored.acts


def test_what_was_declared_otherwise_begins_anew_and_says_so() -> None:
    learning, other = (
        RiverLearner([River("click", logistic(), name="m")]),
        RiverLearner([River("click", logistic(0.2), name="m")]),
    )
    World.drawn(50).teach(learning)
    other.restore(*learning.export(np.arange(99)))
    assert [(act.model, act.act) for act in other.acts] == [("m", "begun_anew")]
    assert [model.learned for model in other.in_force(1)] == [0]


def back_after(acts_on_drift: bool) -> tuple[int, RiverLearner]:
    """Number of examples after a change of tastes until the loss is back within 5 % of what it was."""
    turn, count = 2_000, 5_000
    world = World.drawn(count, turns_at=turn)
    learning = RiverLearner(
        [River("click", logistic(0.02), name="m", features=SOME)], acts_on_drift=acts_on_drift
    )
    loss = losses(world.teach(learning))
    level = loss[turn - 1_000 : turn].mean()
    means = np.convolve(loss[turn:], np.ones(300) / 300, "valid")
    back = np.flatnonzero(means <= 1.05 * level)
    return (int(back[0]) + 300 if len(back) else count), learning


def test_where_taste_turns_a_new_beginning_is_back_sooner() -> None:
    (without, _), (with_it, learning) = back_after(False), back_after(True)
    assert with_it < 0.8 * without
    assert [act.act for act in learning.acts][:1] == ["drift"]
    assert learning.in_force(1)[0].begun >= 1


def test_a_forest_that_outgrows_what_can_be_published_goes_back_and_learns_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = forest.ARFClassifier(n_models=2, grace_period=20, seed=1)
    learning = RiverLearner([River("click", model, name="forest", features=SOME)], acts_on_drift=False)
    world = World.drawn(1_100)
    world.teach(learning, 0, 60)
    [state], _ = learning.export(np.arange(99))
    largest = len(state.pickled) + 1_000
    monkeypatch.setattr("playhead.models.river.pickled.LARGEST_BYTES", largest)
    world.teach(learning, 60)
    [in_force] = learning.in_force(1)
    assert in_force.frozen
    assert [act.act for act in learning.acts] == ["too_large"]
    [state], _ = learning.export(np.arange(99))
    assert 0 < len(state.pickled) <= largest
