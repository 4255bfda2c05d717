"""Linear and factorisation models of River are served by their weights: the same number as River's own."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import facto, linear_model, optim, preprocessing
from tests.effort import tried
from tests.models.river.worlds import World

from playhead.models.head_lists import INPUTS
from playhead.models.river import plain
from playhead.models.river.fast import fast_of
from playhead.models.river.named import FEATURES, as_dicts, places_of

SCALED = preprocessing.StandardScaler
NORMAL = optim.initializers.Normal(0.0, 0.1, seed=1)
MODELS: dict[str, Any] = {
    "logistic": lambda: linear_model.LogisticRegression(optim.SGD(0.05)),
    "scaled": lambda: SCALED() | linear_model.LogisticRegression(optim.AdaGrad(0.1)),
    "centred": lambda: SCALED(with_std=False) | linear_model.LogisticRegression(optim.Adam(0.01)),
    "follow the leader": lambda: SCALED() | linear_model.LogisticRegression(optim.FTRLProximal()),
    "factors": lambda: facto.FMClassifier(n_factors=3, latent_initializer=NORMAL, seed=1),
    "scaled factors": lambda: SCALED() | facto.FMClassifier(n_factors=4, latent_initializer=NORMAL, seed=1),
    "seconds": lambda: SCALED() | linear_model.LinearRegression(optim.AdaGrad(0.1)),
    "seconds by factors": lambda: (
        SCALED() | facto.FMRegressor(n_factors=2, latent_initializer=NORMAL, seed=1)
    ),
}


def taught(name: str, seed: int, count: int, features: tuple[str, ...]) -> Any:
    model, world = MODELS[name](), World.drawn(count, seed)
    for x, label in zip(as_dicts(features, places_of(features), world.inputs), world.labels, strict=True):
        model.learn_one(
            x, bool(label) if hasattr(model, "predict_proba_one") and "seconds" not in name else label
        )
    return model


@pytest.mark.parametrize("name", MODELS)
@tried(4)
@given(
    seed=st.integers(0, 1_000),
    count=st.integers(1, 60),
    kept=st.lists(st.sampled_from(FEATURES), min_size=2, max_size=INPUTS, unique=True),
    scale=st.sampled_from([1.0, 20.0, 1e-3]),
)
def test_a_model_as_columns_says_what_river_says(
    name: str, seed: int, count: int, kept: list[str], scale: float
) -> None:
    features = tuple(kept)
    model = taught(name, seed, count, features)
    asked = (World.drawn(8, seed + 1).inputs * scale).round(4)
    fast = fast_of(model)
    assert fast is not None
    predicted = fast.predict(asked)
    for x, mine in zip(as_dicts(features, places_of(features), asked), predicted.tolist(), strict=True):
        if "seconds" in name:
            assert mine == pytest.approx(model.predict_one(x), abs=1e-9, rel=1e-9)
        else:
            probability = 1.0 / (1.0 + np.exp(-np.clip(mine, -700, 700)))
            assert probability == pytest.approx(model.predict_proba_one(x)[True], abs=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_what_they_have_learned_travels_as_numbers_and_goes_on_as_if_nothing_had_been(name: str) -> None:
    features = FEATURES[:9]
    never = taught(name, 3, 80, features)
    restored = MODELS[name]()
    assert plain.is_known(never)
    plain.restore(restored, plain.plain(never))
    world = World.drawn(40, 9)
    for x, label in zip(as_dicts(features, places_of(features), world.inputs), world.labels, strict=True):
        assert restored.predict_one(x) == never.predict_one(x)
        for model in (never, restored):
            model.learn_one(x, label if "seconds" in name else bool(label))
    assert plain.plain(restored) == plain.plain(never)


def test_what_is_no_sum_is_not_taken_for_one() -> None:
    assert fast_of(linear_model.ALMAClassifier()) is None  # type: ignore[no-untyped-call]
    assert fast_of(linear_model.Perceptron()) is None
    assert fast_of(SCALED(window_size=9) | linear_model.LogisticRegression()) is None
    assert fast_of(linear_model.LogisticRegression(loss=optim.losses.Hinge())) is None
