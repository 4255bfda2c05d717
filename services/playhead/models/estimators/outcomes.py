"""The outcome heads as River estimators, which learn bit for bit what a learn worker learns from the same examples.

x: one example as a dict (``as_dict``)      y: its labels
   dense features by name                      OutcomeHeads: {"click": True, "watch_s": 12.0}
   rated slots by name                         OutcomeHead("click"): True
   "hashed": further slots
"""

from typing import Any

import numpy as np
from river import base

from playhead.arrays.hashing import PAD, SLOTS, slot
from playhead.domain.examples import Example, Features
from playhead.labels.definitions import HEADS
from playhead.models.head_lists import COLUMNS, DENSE_NAMES, RATED_SLOTS
from playhead.models.heads import Heads, LabelRow, Learned

AT, LENGTH, CLICKED, HASHED = "at_ms", "duration_s", "clicked", "hashed"
"""Keys of ``x`` beside features: when the example happened, the title's length, whether its click was learned before; and further hashed slots."""
WATCHED = "watch_s"
"""The key of the seconds watched, the one label that is a number."""
X = dict[Any, Any]


def as_dict(example: Example) -> X:
    """An example as the dict ``x`` of these estimators.

    Raises:
        ValueError: the example has no features.
    """
    if example.features is None:
        raise ValueError("an example without features teaches no outcome")
    features = example.features
    dense = dict(zip(DENSE_NAMES, features.dense, strict=False))
    rated = dict(zip(RATED_SLOTS, features.rated, strict=False))
    beside = {HASHED: features.hashed, AT: example.occurred_at, LENGTH: example.duration_s}
    return {**dense, **rated, **beside, CLICKED: example.clicked}


def labels_of(example: Example) -> dict[str, Any]:
    """The labels ``y`` of an example: whether each known outcome happened, and the seconds watched."""
    watched = {} if example.watch_s is None else {WATCHED: example.watch_s}
    return {head: bool(label) for head, label in example.labels.items()} | watched


def features_of(x: X, slots: int = SLOTS) -> Features:
    """The features of the heads from a dict; a name unknown to the heads is hashed together with its value."""
    hashed = [index if index < slots else _spread(index, slots) for index in x.get(HASHED, ())]
    rated = [PAD] * len(RATED_SLOTS)
    known = {*DENSE_NAMES, *RATED_SLOTS, HASHED, AT, LENGTH, CLICKED}
    for place, name in enumerate(RATED_SLOTS):
        rated[place] = _slot(name, x[name], slots) if name in x else PAD
    hashed += [_slot(str(name), str(x[name]), slots) for name in sorted(x.keys() - known, key=str)]
    dense = [_finite(x.get(name, 0.0)) for name in DENSE_NAMES]
    return Features(hashed=tuple(hashed), dense=tuple(dense), rated=tuple(rated), columns=COLUMNS)


class OutcomeHeads(base.MultiLabelClassifier):
    """All outcome heads: P(click), P(start), P(long view), P(finish), P(binge) of a title that is shown.

    The heads learn decayed rates of each feature value, weigh these by a regression with full covariance, and fit the residual
    by one weight a hashed feature (``playhead.models.heads``).

    Args:
        slots: Size of the hash table, 150 bytes a slot; by default that of a worker.

    Example:
        >>> model = OutcomeHeads()
        >>> for n in range(50):
        ...     model.learn_one({"title": "t-1"}, {"click": True, "long_view": False})
        >>> chances = model.predict_proba_one({"title": "t-1"})
        >>> chances["click"][True] > 0.7 > 0.3 > chances["long_view"][True]
        True
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self.slots = slots
        self._heads = Heads(slots=slots)

    def learn_one(self, x: X, y: dict[Any, Any]) -> None:
        """Learn the known labels; the label ``watch_s`` holds the seconds watched."""
        self.learn_rows([x], [y])

    def learn_rows(self, rows: list[X], labels: list[dict[Any, Any]]) -> Learned:
        """Learn rows in order, as fast as a worker does; returns the predictions made before each was learned."""
        labelled = [_label_row(x, y) for x, y in zip(rows, labels, strict=True)]
        return self._heads.learn([features_of(x, self.slots) for x in rows], labelled)

    def predict_proba_one(self, x: X, **_: Any) -> dict[base.typing.FeatureName, dict[bool, float]]:
        """The probability of each outcome; changes nothing."""
        probabilities = self._heads.predict_one(features_of(x, self.slots), clicked=bool(x.get(CLICKED)))
        return {
            head: {False: 1.0 - probability, True: probability} for head, probability in probabilities.items()
        }

    def __getstate__(self) -> dict[str, Any]:
        """The state with only those slots that were ever learned: most of a quarter of a million never are."""
        heads = self._heads
        touched = np.flatnonzero(heads.rates.at_ms + (heads.moved > 1.0).any(axis=1))
        state = {name: value for name, value in self.__dict__.items() if name != "_heads"}
        return state | {"_touched": (touched, heads.export(touched)), "_newton": heads.newton.export()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        touched, newton = state.pop("_touched"), state.pop("_newton")
        self.__dict__ = state
        self._heads = Heads(slots=self.slots)
        self._heads.restore(*touched)
        self._heads.newton.restore(*newton)


class OutcomeHead(base.Classifier):
    """One outcome head alone, which learns no other outcome.

    Args:
        head: Name of the outcome: click, start, long_view, finish or binge.
        slots: As in ``OutcomeHeads``.

    Example:
        >>> from river import evaluate, metrics
        >>> rows = [({"title": f"t-{n % 3}"}, n % 3 == 0) for n in range(300)]
        >>> bool(evaluate.progressive_val_score(rows, OutcomeHead("click"), metrics.ROCAUC()).get() > 0.9)
        True
    """

    def __init__(self, head: str = "click", slots: int = SLOTS) -> None:
        if head not in HEADS:
            raise ValueError(f"There is no head {head!r}; name one of {', '.join(HEADS)}.")
        self.head = head
        self.slots = slots
        self._heads = OutcomeHeads(slots)

    def learn_one(self, x: X, y: base.typing.ClfTarget) -> None:
        """Learn whether the outcome happened."""
        self._heads.learn_one(x, {self.head: y})

    def predict_proba_one(self, x: X, **_: Any) -> dict[base.typing.ClfTarget, float]:
        """The probability that the outcome happens; changes nothing."""
        probabilities = self._heads.predict_proba_one(x)[self.head]
        return {False: probabilities[False], True: probabilities[True]}


def _label_row(x: X, y: dict[Any, Any]) -> LabelRow:
    labels = {str(head): int(bool(label)) for head, label in y.items() if head in HEADS}
    length_s, watched_s = x.get(LENGTH, 0.0), y.get(WATCHED)
    return LabelRow(labels, float(x.get(AT, 0.0)), watched_s, length_s, bool(x.get(CLICKED)))


def _slot(name: str, value: Any, slots: int) -> int:
    """The slot of a feature: the value itself if it is a valid slot, else the hash of name and value."""
    given = int(value) if isinstance(value, int | np.integer) and not isinstance(value, bool) else -1
    return given if 0 <= given < slots else _spread(slot(name, str(value)), slots)


def _spread(index: int, slots: int) -> int:
    """A slot folded into a smaller table, never onto ``PAD``."""
    return index if index < slots else 1 + index % (slots - 1)


def _finite(value: Any) -> float:
    return float(np.nan_to_num(float(value)))
