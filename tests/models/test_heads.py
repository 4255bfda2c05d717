"""The outcome heads: what they learn, and laws that hold for any examples."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried

from playhead.arrays.hashing import PAD, SLOTS, slot
from playhead.domain.errors import Rejected
from playhead.domain.examples import Features
from playhead.labels.definitions import HEADS
from playhead.models.feature_rates import CLICKED, COUNTS, HALF_LIFE_MS, SHOWN, FeatureRates, facts, learn
from playhead.models.head_lists import CURVE, DENSE, PRIORS, RATED
from playhead.models.heads import Heads, LabelRow, sigmoid
from playhead.models.label_counts import CLICK_COUNTS
from playhead.models.watch_time_curve import THRESHOLDS_S, watch_time

T0 = 1_767_225_600_000.0
HOME = slot("surface", "home")


def features(title: str, dense: tuple[float, ...] = (0.5, 0.0, 0.2, 0.9)) -> Features:
    own = slot("title", title)
    return Features(hashed=(own, HOME), dense=dense, rated=(own, PAD, PAD, PAD, PAD, PAD, HOME, PAD))


GOOD, BAD = features("good"), features("bad", (-0.5, 1.0, 0.2, 0.9))
PASSED = {"click": 0, "start": 0, "long_view": 0, "finish": 0}


def teach(heads: Heads, rounds: int = 200) -> Heads:
    for n in range(rounds):
        at_ms = T0 + 1_000.0 * n
        heads.learn_one(GOOD, LabelRow({"click": int(n % 4 > 0)}, at_ms))
        heads.learn_one(
            GOOD,
            LabelRow({"start": 1, "long_view": 1, "finish": n % 2}, at_ms, 90.0, 100.0, clicked=n % 4 > 0),
        )
        heads.learn_one(BAD, LabelRow(PASSED, at_ms, 0.0, 100.0))
    return heads


def curve(heads: Heads, of: Features) -> np.typing.NDArray[np.float64]:
    return heads.newton.logits(heads.inputs(of))[None, CURVE]


def test_a_stranger_gets_the_priors() -> None:
    priors = sigmoid(np.array([PRIORS[head] for head in HEADS]))
    nobody = Features(hashed=(7,), dense=(), rated=())
    assert list(Heads().predict_one(nobody).values()) == pytest.approx(priors.tolist())


def test_it_learns_what_is_clicked_and_watched() -> None:
    heads = teach(Heads())
    good, bad = heads.predict_one(GOOD), heads.predict_one(BAD)
    assert good["click"] == pytest.approx(0.75, abs=0.1)
    assert good["finish"] == pytest.approx(0.5, abs=0.1)
    assert good["long_view"] > 0.95
    assert max(bad["click"], bad["long_view"], bad["finish"]) < 0.05
    assert good["binge"] == pytest.approx(Heads().predict_one(GOOD)["binge"])
    length = np.array([100.0])
    assert watch_time(curve(heads, GOOD), length)[0] > 60
    assert watch_time(curve(heads, BAD), length)[0] < 1


def test_predicting_changes_nothing() -> None:
    heads = teach(Heads(), 20)
    before = exported(heads)
    heads.predict_one(GOOD)
    curve(heads, GOOD)
    assert all((a == b).all() for a, b in zip(before, exported(heads), strict=True))


def exported(heads: Heads) -> tuple[Any, ...]:
    return heads.export(np.arange(SLOTS)), *heads.newton.export()


def test_a_restored_learner_goes_on_as_if_it_had_never_stopped() -> None:
    heads, restored = teach(Heads(), 50), Heads()
    known = np.flatnonzero(heads.rates.at_ms)
    restored.restore(known, heads.export(known))
    restored.newton.restore(*heads.newton.export())
    for learner in (heads, restored):
        teach(learner, 20)
    assert all((a == b).all() for a, b in zip(exported(heads), exported(restored), strict=True))


def test_the_order_of_hashed_features_does_not_matter_and_twice_is_once() -> None:
    first, second = Heads(), Heads()
    mixed = Features(hashed=(*reversed(GOOD.hashed), HOME), dense=GOOD.dense, rated=GOOD.rated)
    for n in range(30):
        first.learn_one(GOOD, LabelRow({"click": n % 2}, T0))
        second.learn_one(mixed, LabelRow({"click": n % 2}, T0))
    assert all((a == b).all() for a, b in zip(exported(first), exported(second), strict=True))


def test_a_click_that_was_told_is_left_out_of_the_rates_that_its_end_is_learned_with() -> None:
    heads = Heads()
    heads.learn_one(GOOD, LabelRow({"click": 1}, T0))
    own = np.array([GOOD.rated[0]])
    assert heads.rates.facts(own)[0, 0] > 0
    assert heads.rates.facts(own, CLICK_COUNTS)[0, 0] == 0


def test_rates_fade_and_lean_on_the_crowd() -> None:
    rates = FeatureRates()
    clicked = CLICK_COUNTS
    learn(rates.counts, rates.at_ms, np.array([5, PAD]), clicked, float(T0))
    learn(
        rates.counts,
        rates.at_ms,
        np.array([5, PAD]),
        clicked * [1, 0, 0, 0, 0, 0, 0],
        float(T0 + HALF_LIFE_MS),
    )
    assert rates.counts[5, [SHOWN, CLICKED]].tolist() == [1.5, 0.5]
    assert rates.counts[PAD].tolist() == rates.counts[5].tolist()
    # what is learned late counts as faded as it is old
    learn(rates.counts, rates.at_ms, np.array([6, PAD]), clicked, float(T0 + HALF_LIFE_MS))
    learn(rates.counts, rates.at_ms, np.array([6, PAD]), clicked, float(T0))
    assert rates.counts[6, SHOWN] == 1.5
    assert not facts(np.zeros((1, COUNTS)), rates.population).any()


def test_the_time_watched_is_the_middle_of_the_curve() -> None:
    # half reach 8 s, hardly one 16 s, all 4 s
    logits = np.where(THRESHOLDS_S <= 4, 9.0, np.where(THRESHOLDS_S == 8, 0.0, -9.0))[None]
    [middle] = watch_time(logits, np.array([0.0]))
    assert 7 < middle < 9
    assert watch_time(logits, np.array([5.0])) == 5.0
    assert watch_time(np.full((1, len(THRESHOLDS_S)), 30.0), np.array([7_200.0])) == 7_200.0


numbers = st.floats(-1e9, 1e9, allow_nan=False)
wild = st.builds(
    Features,
    hashed=st.lists(st.integers(1, SLOTS - 1), max_size=30).map(tuple),
    dense=st.lists(numbers, max_size=DENSE + 3).map(tuple),
    rated=st.lists(st.integers(0, SLOTS - 1), max_size=RATED + 2).map(tuple),
)
examples = st.builds(
    LabelRow,
    st.dictionaries(st.sampled_from(HEADS), st.integers(0, 1)),
    st.floats(0, 7e12),
    st.one_of(st.none(), st.floats(0, 1e7)),
    st.floats(0, 1e7),
    st.booleans(),
    st.floats(0, 7e12),
)


@tried(15)
@given(story=st.lists(st.tuples(wild, examples), min_size=1, max_size=12), again=st.integers(1, 40))
def test_it_stays_finite_whatever_it_learns(story: list[tuple[Features, LabelRow]], again: int) -> None:
    heads = Heads()
    for _ in range(again):
        for features, example in story:
            heads.learn_one(features, example)
    known = np.flatnonzero(heads.rates.at_ms)
    assert all(np.isfinite(values).all() for values in heads.newton.export())
    assert np.isfinite(heads.export(known)).all()
    for features, example in story:
        assert all(0.0 < p < 1.0 for p in heads.predict_one(features).values())
        [seconds] = watch_time(curve(heads, features), np.array([example.duration_s]))
        assert 0.0 <= seconds <= (example.duration_s or 1e6)


@pytest.mark.parametrize(
    "wild", [Features(hashed=(SLOTS,)), Features(hashed=(-1, 5)), Features(rated=(SLOTS,))]
)
def test_features_of_another_space_are_rejected_and_change_nothing(wild: Features) -> None:
    heads = Heads()
    with pytest.raises(Rejected, match="not within"):
        heads.learn_one(wild, LabelRow({"click": 1}, T0))
    assert not heads.weights.any()
    assert not heads.rates.counts.any()
