"""One River model of a stack, learning: its predictions, its loss, and whether the loss has drifted."""

from math import log
from typing import Any

import numpy as np
from river.drift import ADWIN

from playhead.arrays.types import Floats
from playhead.domain.errors import Rejected
from playhead.models.river import plain
from playhead.models.river.declared import WATCH, River, class_of
from playhead.models.river.fast import fast_of
from playhead.models.river.named import as_dicts, places_of
from playhead.models.river.pickled import opened, pickled
from playhead.models.river.stack import LARGEST
from playhead.models.river.state import ModelState, run_of
from playhead.models.river.windows import PredictionWindow

FADING = 0.998
"""Decay of the running loss with each example: about five hundred examples count."""
SNAPSHOT_MS, SNAPSHOT_EXAMPLES, SNAPSHOT_FIRST = 2_000, 500, 50
"""Least interval between two pickles of a model, in event time and in examples; and in examples for the first pickle."""


class Member:
    """A declared model in its current state; a model that has drifted has a second, fresh member beside it."""

    def __init__(self, declared: River, name: str, learned: int = 0) -> None:
        self.declared = declared
        self.name = name
        self.model: Any = declared.model.clone()
        self.learned = learned
        self.loss = 0.0
        self.drift = ADWIN()  # type: ignore[no-untyped-call]
        self.window = PredictionWindow()
        self.frozen = False
        self.moved = False
        """Whether its state has changed since it was last published."""
        self._places = places_of(declared.features)
        self._is_known = plain.is_known(self.model)
        self._snapshot = b""
        self._snapshot_at = (0.0, 0)
        self.bytes = 0

    def dicts(self, inputs: Floats) -> list[dict[str, float]]:
        """Rows of inputs as River's dicts."""
        return as_dicts(self.declared.features, self._places, inputs)

    def predict(self, x: dict[str, float]) -> float:
        """Log-odds of the outcome, or log(1 + seconds); 0 while the model predicts nothing."""
        if self.declared.head == WATCH:
            return float(np.clip(np.nan_to_num(self.model.predict_one(x) or 0.0), 0.0, 12.0))
        probabilities = self.model.predict_proba_one(x)
        probability = float(probabilities.get(True, 0.0)) if probabilities else 0.5
        return log_odds(probability)

    def learn(self, x: dict[str, float], label: float, predicted: float) -> bool:
        """Learns one example; ``predicted``: what ``predict`` had returned for it. Returns whether the loss has jumped up."""
        self.window.add(predicted, label)
        if self.declared.head == WATCH:
            loss = abs(label - predicted)
        else:
            probability = 1.0 / (1.0 + np.exp(-predicted))
            loss = -log(probability if label else 1.0 - probability)
        self.loss = loss if not self.learned else FADING * self.loss + (1.0 - FADING) * loss
        if not self.frozen:
            self.model.learn_one(x, label if self.declared.head == WATCH else bool(label))
        self.learned += 1
        self.moved = self.moved or self._is_known
        before = self.drift.estimation
        self.drift.update(loss)  # type: ignore[no-untyped-call]
        return bool(self.drift.drift_detected and self.drift.estimation > before)

    def due(self, at_ms: float) -> bool:
        """Whether a new state is to be published: plain numbers with each version of the models, a pickle at intervals."""
        if self._is_known:
            return True
        last_ms, last = self._snapshot_at
        # The first pickle comes soon, though not before the model has learned something; the next ones are further apart.
        apart = min(SNAPSHOT_EXAMPLES, SNAPSHOT_FIRST + last)
        return at_ms - last_ms >= SNAPSHOT_MS and self.learned - last >= apart

    def take_snapshot(self, at_ms: float) -> None:
        """Pickles the current state of a model that can't be published as plain numbers.

        Raises:
            ValueError: the model has become too large; it goes back to its last pickle, and stops learning.
        """
        if self._is_known or self.frozen or not self.due(at_ms):
            return
        self._snapshot_at, self.moved = (at_ms, self.learned), True
        try:
            self._snapshot = pickled(self.model)
        except ValueError:
            self.model, self.frozen = opened(self._snapshot) if self._snapshot else self.model, True
            raise

    def export(self) -> ModelState:
        """The state that is published."""
        known = b""
        if self._is_known:
            try:
                known = plain.plain(self.model)
            except TypeError:  # its state holds more than numbers
                self._is_known = False
                self.take_snapshot(0.0)
        fast = fast_of(self.model)
        whole = b"" if known else self._snapshot
        self.bytes = len(known) + len(whole)
        columns = (
            (b"", b"", b"") if fast is None else tuple(np.asarray(part, "<f8").tobytes() for part in fast)
        )
        return ModelState(
            name=self.name,
            head=self.declared.head,
            made_of=self.declared.made_of,
            kind=class_of(self.model),
            features=run_of(self.declared.features),
            first=self.declared.first,
            learned=self.learned,
            loss=self.loss,
            frozen=self.frozen,
            plain=known,
            pickled=whole,
            fast=(columns[0], columns[1], columns[2]),
            drift=pickled(self.drift),
        )

    def restore(self, state: ModelState) -> None:
        """Restores a published state.

        Raises:
            Rejected: the state can't be read; the model is unchanged.
        """
        model = self.declared.model.clone()
        if not state.plain and not state.pickled:
            return  # the model had learned too little to be published
        if state.plain:
            try:
                plain.restore(model, state.plain)
            except ValueError as error:
                raise Rejected(f"The state of {self.name} {error}.", "None: it begins anew.") from error
        else:
            model = opened(state.pickled)
            if class_of(model) != class_of(self.model):
                raise Rejected(
                    f"The state of {self.name} is of a {class_of(model)}.", "None: it begins anew."
                )
        drift = opened(state.drift)
        if not isinstance(drift, ADWIN):
            raise Rejected(f"What watches {self.name} is of another class.", "None: it begins anew.")
        self.model, self.drift = model, drift
        self.learned, self.loss, self.frozen = state.learned, state.loss, state.frozen
        self._snapshot, self._snapshot_at = state.pickled, (0.0, state.learned)


def log_odds(probability: float) -> float:
    """Log-odds of a probability, clipped to ±``LARGEST``."""
    if not 0.0 < probability < 1.0:
        return LARGEST if probability >= 1.0 else -LARGEST
    return min(max(log(probability / (1.0 - probability)), -LARGEST), LARGEST)
