"""Our learners are River estimators: River's own checks, and the same bits as the worker's batches."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from river import base, compose, evaluate, linear_model, metrics, preprocessing
from river.checks import yield_checks

from playhead.arrays.hashing import slot
from playhead.domain.examples import Example, Features, Origin
from playhead.labels.definitions import HEADS
from playhead.models.estimators.logistic import BayesianLogisticRegression
from playhead.models.estimators.outcomes import (
    WATCHED,
    OutcomeHead,
    OutcomeHeads,
    as_dict,
    labels_of,
)
from playhead.models.estimators.watch_time import WatchTimeRegressor
from playhead.models.head_lists import DENSE
from playhead.models.heads import Heads, LabelRow

# River's checks import scikit-learn for data sets that none of these estimators is checked with.
SKLEARN = ModuleType("sklearn")
SKLEARN.datasets = ModuleType("sklearn.datasets")  # type: ignore[attr-defined]

ESTIMATORS: tuple[base.Estimator, ...] = (
    BayesianLogisticRegression(),
    OutcomeHead(slots=512),
    WatchTimeRegressor(),
)


def checks(model: base.Estimator) -> list[Callable[[Any], None]]:
    present = sys.modules.get("sklearn")
    sys.modules.setdefault("sklearn", SKLEARN)
    try:
        return list(yield_checks(model))
    finally:
        if present is None:
            del sys.modules["sklearn"]


@pytest.mark.parametrize("model", ESTIMATORS, ids=lambda model: type(model).__name__)
def test_rivers_own_checks_pass(model: base.Estimator) -> None:
    laws = checks(model)
    assert len(laws) > 20
    for check in laws:
        check(model.clone())


def lived(count: int, seed: int = 1) -> list[Example]:
    draw = np.random.default_rng(seed)
    examples = []
    for n in range(count):
        title, dense = int(draw.integers(9)), draw.normal(size=DENSE).round(4)
        rated = [slot("title", str(title)), *draw.integers(0, 9, 7).tolist()]
        labels = {head: int(draw.integers(2)) for head in HEADS if draw.random() < 0.7}
        examples.append(
            Example(
                example_id=f"e-{n}",
                origin=Origin(0, 0, n, 0),
                kind="outcome",
                market="BR",
                occurred_at=1_767_225_600_000 + 1_000 * n,
                title_id=f"t-{title}",
                surface="home",
                labels=labels,
                watch_s=float(draw.integers(100)) if "long_view" in labels else None,
                duration_s=float(draw.integers(200)),
                clicked=bool(n % 3 == 0),
                features=Features(hashed=(rated[0], 7, 9), dense=tuple(dense.tolist()), rated=tuple(rated)),
            )
        )
    return examples


def label_row(example: Example) -> LabelRow:
    return LabelRow(example.labels, example.occurred_at, example.watch_s, example.duration_s, example.clicked)


def test_the_heads_as_estimators_say_bit_for_bit_what_the_worker_learns_in_batches() -> None:
    examples = lived(120)
    worker, estimator = Heads(), OutcomeHeads()
    features = [example.features for example in examples if example.features is not None]
    predicted = worker.learn(features, [label_row(example) for example in examples]).predicted
    for example, row in zip(examples, predicted.tolist(), strict=True):
        probabilities = estimator.predict_proba_one(as_dict(example))
        for head, probability in zip(HEADS, row, strict=True):
            if head in example.labels:
                assert probabilities[head][True] == probability
        estimator.learn_one(as_dict(example), labels_of(example))
    assert (worker.newton.weights == estimator._heads.newton.weights).all()
    assert (worker.weights == estimator._heads.weights).all()


def test_one_head_alone_is_the_head_of_a_worker_that_hears_of_nothing_else() -> None:
    examples = [example for example in lived(120) if "click" in example.labels]
    worker, estimator = Heads(), OutcomeHead("click")
    features = [example.features for example in examples if example.features is not None]
    only = [
        label_row(example)._replace(labels={"click": example.labels["click"]}, watch_s=None)
        for example in examples
    ]
    predicted = worker.learn(features, only).predicted[:, HEADS.index("click")]
    rows = [(as_dict(example), bool(example.labels["click"])) for example in examples]
    scored = [
        (step["Prediction"][True], step["Step"])
        for step in evaluate.iter_progressive_val_score(
            rows,
            estimator,
            metrics.LogLoss(),  # type: ignore[no-untyped-call]
            yield_predictions=True,
        )
    ]
    assert [probability for probability, _ in scored] == predicted.tolist()


def test_a_restored_estimator_goes_on_as_if_it_had_never_stopped() -> None:
    import pickle

    examples = lived(60)
    never, stopped = OutcomeHeads(), OutcomeHeads()
    for n, example in enumerate(examples):
        for model in (never, stopped):
            model.learn_one(as_dict(example), labels_of(example))
        if n == 30:
            stopped = pickle.loads(pickle.dumps(stopped))
    for example in examples:
        assert never.predict_proba_one(as_dict(example)) == stopped.predict_proba_one(as_dict(example))


def test_a_regression_stands_in_rivers_pipelines_and_beats_a_coin() -> None:
    from river import datasets

    score = evaluate.progressive_val_score(
        datasets.Phishing(),
        preprocessing.StandardScaler() | BayesianLogisticRegression(),
        metrics.ROCAUC(),  # type: ignore[no-untyped-call]
    )
    plain = evaluate.progressive_val_score(
        datasets.Phishing(),
        preprocessing.StandardScaler() | linear_model.LogisticRegression(),
        metrics.ROCAUC(),  # type: ignore[no-untyped-call]
    )
    assert score.get() > plain.get() > 0.9


WILD = {"nan": float("nan"), "inf": float("inf"), "huge": -1e308, "true": True, "none": 0}


@pytest.mark.parametrize(
    "model", [BayesianLogisticRegression(), WatchTimeRegressor()], ids=lambda model: type(model).__name__
)
def test_whatever_they_are_told_they_stay_finite_and_bounded(model: base.Estimator) -> None:
    fed: Any = model
    for n in range(60):
        x = {**WILD, "n": n * 1e6, "duration_s": [float("inf"), -5.0, 30.0][n % 3]}
        fed.learn_one(x, n % 2)
        if isinstance(model, base.Classifier):
            assert 0.0 < fed.predict_proba_one(x)[True] < 1.0
        else:
            assert 0.0 <= fed.predict_one(x) <= 20_000.0


def test_seconds_are_told_with_the_labels_and_not_with_the_features() -> None:
    [example] = lived(1, seed=3)
    assert WATCHED not in as_dict(example)
    assert isinstance(compose.Pipeline(OutcomeHead()), compose.Pipeline)
