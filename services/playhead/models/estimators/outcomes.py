"""The outcome heads as River estimators: bit for bit what a learn worker learns from the same examples.

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
"""What ``x`` may hold beside features: when the example happened, the title's length, and whether its click was learned before."""
WATCHED = "watch_s"
"""The label that is a number."""
X = dict[Any, Any]


def as_dict(example: Example) -> X:
    """An outcome as the estimators here take it.

    Raises:
        ValueError: it has no features.
    """
    if example.features is None:
        raise ValueError("an example without features teaches no outcome")
    one = example.features
    named = dict(zip(DENSE_NAMES, one.dense, strict=False)) | dict(zip(RATED_SLOTS, one.rated, strict=False))
    beside = {HASHED: one.hashed, AT: example.occurred_at, LENGTH: example.duration_s}
    return {**named, **beside, CLICKED: example.clicked}


def labels_of(example: Example) -> dict[str, Any]:
    """What became known with an example: whether outcomes happened, and the seconds watched."""
    watched = {} if example.watch_s is None else {WATCHED: example.watch_s}
    return {head: bool(label) for head, label in example.labels.items()} | watched


def features_of(x: X, slots: int = SLOTS) -> Features:
    """A dict as the heads take it; a feature that they do not know is hashed with its value."""
    hashed = [one if one < slots else _spread(one, slots) for one in x.get(HASHED, ())]
    rated = [PAD] * len(RATED_SLOTS)
    known = {*DENSE_NAMES, *RATED_SLOTS, HASHED, AT, LENGTH, CLICKED}
    for place, name in enumerate(RATED_SLOTS):
        rated[place] = _slot(name, x[name], slots) if name in x else PAD
    hashed += [_slot(str(name), str(x[name]), slots) for name in sorted(x.keys() - known, key=str)]
    dense = [_finite(x.get(name, 0.0)) for name in DENSE_NAMES]
    return Features(hashed=tuple(hashed), dense=tuple(dense), rated=tuple(rated), columns=COLUMNS)


class OutcomeHeads(base.MultiLabelClassifier):
    """All outcome heads: P(click), P(start), P(long view), P(finish), P(binge) of a title that is shown.

    Learns running rates of what examples have in common, weighs them by a regression with full covariance, and leaves the rest
    to one weight a hashed feature (``playhead.models.heads``).

    Args:
        slots: How many hashed features are kept apart; 150 bytes each. A worker's number by default.

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
        """Learn the labels that are known; ``watch_s`` among them is the seconds watched."""
        self.learn_rows([x], [y])

    def learn_rows(self, rows: list[X], labels: list[dict[Any, Any]]) -> Learned:
        """Learn rows one after the other, as fast as a worker does; returns what was predicted of each."""
        labelled = [_label_row(x, y) for x, y in zip(rows, labels, strict=True)]
        return self._heads.learn([features_of(x, self.slots) for x in rows], labelled)

    def predict_proba_one(self, x: X, **_: Any) -> dict[base.typing.FeatureName, dict[bool, float]]:
        """The probability of each outcome; changes nothing."""
        probabilities = self._heads.predict_one(features_of(x, self.slots), clicked=bool(x.get(CLICKED)))
        return {
            head: {False: 1.0 - probability, True: probability} for head, probability in probabilities.items()
        }

    def __getstate__(self) -> dict[str, Any]:
        """Only slots that were ever learned: nearly all of a quarter of a million never are."""
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
        head: Which: click, start, long_view, finish or binge.
        slots: As of ``OutcomeHeads``.

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
        """Learn whether it happened."""
        self._heads.learn_one(x, {self.head: y})

    def predict_proba_one(self, x: X, **_: Any) -> dict[base.typing.ClfTarget, float]:
        """The probability that it happens; changes nothing."""
        probabilities = self._heads.predict_proba_one(x)[self.head]
        return {False: probabilities[False], True: probabilities[True]}


def _label_row(x: X, y: dict[Any, Any]) -> LabelRow:
    labels = {str(head): int(bool(label)) for head, label in y.items() if head in HEADS}
    length_s, watched_s = x.get(LENGTH, 0.0), y.get(WATCHED)
    return LabelRow(labels, float(x.get(AT, 0.0)), watched_s, length_s, bool(x.get(CLICKED)))


def _slot(name: str, value: Any, slots: int) -> int:
    """A slot as it is, or that of anything else."""
    given = int(value) if isinstance(value, int | np.integer) and not isinstance(value, bool) else -1
    return given if 0 <= given < slots else _spread(slot(name, str(value)), slots)


def _spread(number: int, slots: int) -> int:
    """A slot among fewer, never the one that is none."""
    return number if number < slots else 1 + number % (slots - 1)


def _finite(value: Any) -> float:
    return float(np.nan_to_num(float(value)))
