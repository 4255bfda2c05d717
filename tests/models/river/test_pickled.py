"""Pickled models may hold River's and numpy's classes and containers; everything else is refused."""

import os
import pickle
from typing import Any

import pytest
from river import datasets, drift, ensemble, facto, forest, linear_model, naive_bayes, tree

from playhead.domain.errors import Rejected
from playhead.models.river.pickled import opened, pickled

MODELS = (
    forest.ARFClassifier(n_models=2, seed=1),
    forest.ARFRegressor(n_models=2, seed=1),
    forest.AMFClassifier(n_estimators=2, seed=1),
    tree.HoeffdingAdaptiveTreeClassifier(seed=1),
    tree.HoeffdingTreeRegressor(),
    naive_bayes.GaussianNB(),  # type: ignore[no-untyped-call]
    ensemble.ADWINBaggingClassifier(linear_model.LogisticRegression(), n_models=2, seed=1),
    linear_model.BayesianLinearRegression(),
    facto.FFMClassifier(n_factors=2, seed=1),
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_of_river_says_the_same_afterwards(model: Any) -> None:
    rows = [*datasets.Phishing().take(150)]
    for x, y in rows:
        model.learn_one(x, y)
    again = opened(pickled(model))
    assert [again.predict_one(x) for x, _ in rows] == [model.predict_one(x) for x, _ in rows]
    assert isinstance(opened(pickled(drift.ADWIN())), drift.ADWIN)  # type: ignore[no-untyped-call]


class Evil:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self._reduced = (call, arguments)

    def __reduce__(self) -> Any:
        return self._reduced


@pytest.mark.parametrize(
    "state",
    [
        pickle.dumps(Evil(os.system, "true")),
        pickle.dumps(Evil(eval, "1")),
        pickle.dumps(Evil(getattr, "a", "upper")),
        b"\x80\x04\x8c\nriver.base\x8c\x11Base.clone.x.y.zz\x93.",
        b"criver.datasets\nPhishing\n.",
        b"criver.utils.math\nsigmoid\n.",
        b"criver.compose.pipeline\nfunctools\n.",
        b"cplayhead.models.heads\nHeads\n.",
        b"no pickle",
        b"",
        b"N." + b" " * (1 << 20),
    ],
)
def test_what_names_another_class_or_is_none_is_refused(state: bytes) -> None:
    with pytest.raises(Rejected, match="River model"):
        opened(state)


def test_what_is_too_large_says_so() -> None:
    model = linear_model.LogisticRegression()
    model.learn_one({f"feature-{n}": 1.0 for n in range(60_000)}, True)
    with pytest.raises(ValueError, match="1 MiB can be published"):
        pickled(model)
