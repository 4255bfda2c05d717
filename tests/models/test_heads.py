"""The outcome heads: River learns, arrays serve, and both say the same."""

import numpy as np
import pytest

from playhead.content.hashing import slot
from playhead.domain.examples import Features
from playhead.labels.definitions import HEADS
from playhead.models.heads import DENSE, PRIORS, Heads, sigmoid
from playhead.ranking.features import Inputs, predict

GOOD = Features(hashed=(slot("title", "good"), slot("genre", "Drama")), dense=(0.5, 0.0, 0.2, 0.9))
BAD = Features(hashed=(slot("title", "bad"), slot("genre", "Drama")), dense=(-0.5, 1.0, 0.2, 0.9))


def taught() -> Heads:
    heads = Heads(learns=True)
    for n in range(200):
        heads.learn_one(GOOD, {"click": int(n % 4 > 0), "finish": 1})
        heads.learn_one(BAD, {"click": 0})
    return heads


def test_a_stranger_gets_the_priors() -> None:
    priors = sigmoid(np.array([PRIORS[head] for head in HEADS]))
    assert list(Heads(learns=False).predict_one(GOOD).values()) == pytest.approx(priors.tolist())


def test_it_learns_which_is_clicked() -> None:
    heads = taught()
    assert heads.predict_one(GOOD)["click"] > 0.5
    assert heads.predict_one(BAD)["click"] < 0.1
    assert heads.predict_one(GOOD)["start"] == Heads(learns=False).predict_one(GOOD)["start"]


def test_the_arrays_say_what_river_says() -> None:
    heads = taught()
    x = {DENSE + s: 1.0 for s in GOOD.hashed} | {0: 0.5, 2: 0.2, 3: 0.9}
    river = heads._models[0].predict_proba_one(x)[True]  # type: ignore[no-untyped-call]
    assert heads.predict_one(GOOD)["click"] == pytest.approx(river, abs=1e-12)
    rows = Inputs(np.array([GOOD.hashed]), np.array([GOOD.dense]))
    assert predict(heads, rows)[0, 0] == pytest.approx(river, abs=1e-12)


def test_predicting_changes_nothing() -> None:
    heads = taught()
    before = heads.weights.copy()
    heads.predict_one(Features(hashed=(77,), dense=(1.0, 1.0, 1.0, 1.0)))
    assert (heads.weights == before).all()


def test_a_restored_learner_goes_on_as_if_it_had_never_stopped() -> None:
    heads, restored = taught(), Heads(learns=True)
    features = np.flatnonzero(heads.weights.any(axis=1))
    restored.restore(features, heads.export(features))
    restored.restore_intercepts(heads.intercepts)
    for _ in range(20):
        for one in (heads, restored):
            one.learn_one(BAD, {"click": 1, "start": 1})
    assert (heads.weights == restored.weights).all()
    assert (heads.intercepts == restored.intercepts).all()


def test_wild_values_leave_it_finite() -> None:
    heads = Heads(learns=True)
    wild = Features(hashed=(5,), dense=(1e6, -1e6, 1e6, 1e6))
    for n in range(50):
        heads.learn_one(wild, {"click": n % 2})
    assert np.isfinite(heads.weights).all()
    assert 0.0 < heads.predict_one(wild)["click"] < 1.0
