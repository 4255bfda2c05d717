"""River models in serving: additive models are columns beside the heads' regression, the others are queried title by title."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.domain.errors import Rejected
from playhead.labels.definitions import HEADS
from playhead.models.head_lists import INPUTS, OUTPUTS
from playhead.models.river.declared import TARGETS, WATCH
from playhead.models.river.fast import Fast, fast_of
from playhead.models.river.learning import RiverLearner
from playhead.models.river.member import log_odds
from playhead.models.river.named import FEATURES, as_dicts, places_of
from playhead.models.river.pickled import opened
from playhead.models.river.stack import clipped
from playhead.models.river.state import ModelState, StackState, names_of

LEANING = OUTPUTS
"""Column behind the heads' log-odds that holds the total weight of regressors of watch time; the next one holds their weighted predictions."""
BASE = OUTPUTS + 2
"""First column of the heads' own log-odds, before any River model is added."""
COLUMNS = BASE + len(HEADS)
LONGEST = 12.0
"""Largest predicted log(1 + seconds): two days."""


class QueriedModel(NamedTuple):
    """A model that is queried for the first titles of a page, with its weight in its head's stack."""

    model: Any
    features: tuple[str, ...]
    places: Ints
    head: int
    weight: float
    first: int

    def predict(self, rows: Floats) -> Floats:
        """Log-odds, or log(1 + seconds), of rows of inputs, [rows]."""
        xs = as_dicts(self.features, self.places, rows)
        if self.head == len(HEADS):
            predicted = [self.model.predict_one(x) or 0.0 for x in xs]
            return np.clip(np.nan_to_num(np.array(predicted, dtype=np.float64)), 0.0, LONGEST)
        return np.array(
            [log_odds((self.model.predict_proba_one(x) or {True: 0.5}).get(True, 0.0)) for x in xs]
        )


class Serving(NamedTuple):
    """All models of a shard at one version.

    ``weights``: columns beside those of the heads' regression, [inputs + 1 × columns], the constant last; ``squares`` [inputs × columns]; for each
    additive model ``bounds``: its first column and the one behind its last, ``heads``: its target's index in ``TARGETS``, ``share``: its weight.
    """

    weights: Floats
    squares: Floats
    bounds: Ints
    heads: Ints
    share: Floats
    asked: tuple[QueriedModel, ...] = ()

    @property
    def has_squares(self) -> bool:
        """Whether one of the models is a factorisation machine."""
        return bool(self.squares.any())

    def wide(self, regression: Floats) -> Floats:
        """The weights of the heads' regression and of these models side by side."""
        return np.concatenate([regression, self.weights], axis=1) if len(self.heads) else regression


NONE = Serving(
    np.zeros((INPUTS + 1, 0)),
    np.zeros((INPUTS, 0)),
    np.zeros((0, 2), np.int64),
    np.zeros(0, np.int64),
    np.zeros(0),
)


def serving_of(fast: Iterable[tuple[Fast, str, float]], asked: Sequence[QueriedModel]) -> Serving:
    """Additive models (with head and weight each) side by side, and the models to be queried."""
    additive = list(fast)
    widths = [model.weights.shape[1] for model, _, _ in additive]
    edges = np.cumsum([0, *widths])
    weights, squares = np.zeros((INPUTS + 1, edges[-1])), np.zeros((INPUTS, edges[-1]))
    for (model, _, _), first, last in zip(additive, edges, edges[1:], strict=False):
        weights[:-1, first:last], weights[-1, first:last] = model.weights, model.constant
        squares[:, first] = model.squares
    heads = np.array([TARGETS.index(head) for _, head, _ in additive], dtype=np.int64)
    share = np.array([weight for *_, weight in additive], dtype=np.float64)
    return Serving(weights, squares, np.stack([edges[:-1], edges[1:]], axis=1), heads, share, tuple(asked))


def of_learning(learning: RiverLearner) -> Serving:
    """The models of a learner, in the process that learns."""
    fast, asked = [], []
    for stack in learning.stacks.values():
        for member in stack.members:
            columns, weight = fast_of(member.model), stack.weight(member)
            if columns is not None:
                fast.append((columns, stack.head, weight))
            elif weight and member.learned:
                declared = member.declared
                asked.append(_asked(member.model, declared.features, declared.head, weight, declared.first))
    return serving_of(fast, asked) if fast or asked else NONE


class Followed:
    """The River models that a shard's learner has published."""

    def __init__(self) -> None:
        self._states: dict[str, ModelState] = {}
        self._opened: dict[str, tuple[bytes, Any]] = {}
        self._models: dict[str, Any] = {}
        self._stacks: dict[str, StackState] = {}

    def check(self, states: Sequence[ModelState]) -> None:
        """Unpickles the models that are published as pickles.

        Raises:
            Rejected: a model can't be unpickled; it is left out until a newer state comes, the others are used.
        """
        refused = None
        for state in states:
            if not state.pickled or state.fast[0]:
                continue
            try:
                self._opened[state.name] = (state.pickled, opened(state.pickled))
            except Rejected as error:
                refused = error
        if refused is not None:
            raise refused

    def restore(self, states: Sequence[ModelState], stacks: Sequence[StackState]) -> None:
        """Applies the states of a version; pickled models are those that ``check`` has opened."""
        for state in states:
            data, model = self._opened.pop(state.name, (b"", None))
            self._models.pop(state.name, None)
            if data and data == state.pickled:
                self._models[state.name] = model
            self._states[state.name] = state
        self._stacks |= {stack.head: stack for stack in stacks}

    def keep(self, names: Sequence[str]) -> None:
        """Drops all models but those named."""
        self._states = {name: state for name, state in self._states.items() if name in names}
        self._models = {name: model for name, model in self._models.items() if name in names}

    def serving(self) -> Serving:
        """The current models, for scoring."""
        fast, asked = [], []
        for stack in self._stacks.values():
            weights = np.frombuffer(stack.weights)
            for name, weight in zip(stack.names, weights.tolist(), strict=True):
                state = self._states.get(name)
                if state is None or state.head != stack.head:
                    continue
                if state.fast[0]:
                    fast.append((_fast(state), state.head, weight))
                elif weight and name in self._models and state.learned:
                    asked.append(
                        _asked(self._models[name], names_of(state.features), state.head, weight, state.first)
                    )
        return serving_of(fast, asked) if fast or asked else NONE


def is_sound(state: ModelState) -> bool:
    """Whether the columns of a state have matching lengths and are finite, and its head and features exist."""
    weights, squares, constant = (np.frombuffer(part, "<f8") for part in state.fast)
    width = len(constant)
    fits = len(weights) == INPUTS * width and len(squares) == (INPUTS if width else 0)
    known = state.head in TARGETS and {*names_of(state.features)} <= {*FEATURES}
    return fits and known and bool(np.isfinite(weights).all() and np.isfinite(squares).all())


def is_sound_stack(stack: StackState) -> bool:
    """Whether the weights of a stack have matching lengths and are finite, and its head exists."""
    weights, covariance = np.frombuffer(stack.weights), np.frombuffer(stack.covariance)
    size = len(stack.names)
    fits = len(weights) == size and len(covariance) == size * size and stack.head in TARGETS
    return fits and bool(np.isfinite(weights).all() and np.isfinite(covariance).all())


def _fast(state: ModelState) -> Fast:
    weights, squares, constant = (np.frombuffer(part, "<f8") for part in state.fast)
    return Fast(weights.reshape(INPUTS, len(constant)), squares, constant)


def _asked(model: Any, features: tuple[str, ...], head: str, weight: float, first: int) -> QueriedModel:
    return QueriedModel(model, features, places_of(features), TARGETS.index(head), weight, first)


def blend(work: Floats, predicted: Floats, serving: Serving) -> None:
    """Writes into ``predicted`` [rows × COLUMNS] the log-odds of heads and curve, moved towards each additive model."""
    predicted[:, :OUTPUTS] = work[:, :OUTPUTS]
    predicted[:, LEANING:BASE] = 0.0
    predicted[:, BASE:] = work[:, : len(HEADS)]
    everyone = slice(None)
    for (first, last), head, weight in zip(
        serving.bounds.tolist(), serving.heads.tolist(), serving.share.tolist(), strict=True
    ):
        columns = work[:, OUTPUTS + first : OUTPUTS + last]
        predictions = columns[:, 0].copy()
        for factor in range(1, last - first):
            predictions += 0.5 * columns[:, factor] ** 2
        lean(predicted, everyone, head, weight, predictions)


def lean(predicted: Floats, rows: Ints | slice, head: int, weight: float, predictions: Floats) -> None:
    """Moves rows of ``predicted`` towards one model by its weight."""
    if head == len(HEADS):  # the seconds
        predicted[rows, LEANING] += weight
        predicted[rows, LEANING + 1] += weight * np.clip(predictions, 0.0, LONGEST)
    else:
        predicted[rows, head] += weight * (clipped(predictions) - clipped(predicted[rows, BASE + head]))


assert TARGETS[-1] == WATCH
