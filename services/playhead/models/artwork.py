"""How much a picture (artwork) adds to the chance of a click: Bayesian logistic regression with an independent normal posterior for each weight.

    log-odds of a click = the title's log-odds (click head) + picture + Σ attribute + Σ attribute × label that the viewer likes

The title's log-odds are an offset, so a picture is credited only with the rest. One reward moves all weights of the picture shown
(assumed-density filtering: AdPredictor, Graepel, Quiñonero Candela, Borchert, Herbrich, ICML 2010). On the simulated audience a full
covariance has the same regret (``playhead simulate artwork``), and costs the square of the number of weights.

When the weights have predicted worse than the title alone for long enough, viewers' tastes have changed, and no weights are better than
these: all are reset, so that pictures are explored again (Page's test, 1954, on the log-loss that the weights add).
"""

from collections.abc import Sequence
from math import erfc, pi

import numpy as np

from playhead.arrays.hashing import PAD, SLOTS, cross
from playhead.arrays.jit import compiled
from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Ints
from playhead.domain.errors import Rejected
from playhead.domain.examples import Picture

PRIOR_VARIANCE = 0.1
"""Variance of a weight before anything was learned: one standard deviation of a picture of five attributes doubles or halves the odds of a click."""
WALK = 2e-7
"""Variance that a weight gains with each reward that it is learned from, because tastes change."""
LIMIT = 10.0
"""Cumulative log-loss added by the weights (a random walk held above 0) at which the drift test resets them."""
SLACK = 0.002
"""Log-loss forgiven for each reward: a loss this small comes from uncertainty, not from a change of tastes."""
NOISE = 8.0 / pi
"""Variance of a probit that is as steep as a logistic (MacKay, 1992)."""
MEAN, VARIANCE, SHOWN, TAKEN = range(4)
VALUES = 4
MOST_FEATURES = 64
"""Most attribute slots of a picture, and most labels that the viewer likes, in one example."""
_LARGEST = 30.0


class ArtworkPosterior:
    """Posterior of each slot's weight, ``known`` [slots × VALUES]: mean, variance, how often the slot was shown, and how often chosen.

    The padding slot (``PAD``) holds the state of the drift test as its mean, and the number of resets in place of choices.
    """

    def __init__(self, slots: int = SLOTS, limit: float = LIMIT) -> None:
        self._limit = limit
        self.known: Floats = np.zeros((slots, VALUES))
        self.known[:, VARIANCE] = PRIOR_VARIANCE

    def learn(
        self, pictures: Sequence[Picture], taken: Sequence[int], probabilities: Sequence[float]
    ) -> Ints:
        """Learns the outcomes of shown pictures in order (``taken``: 1 if clicked); ``probabilities``: of a click, predicted from the title alone.

        Returns: the slots that changed; a slot may occur twice.
        """
        odds = np.clip(np.array(probabilities, dtype=np.float64), 1e-9, 1.0 - 1e-9)
        slots = np.array([slot for picture in pictures for slot in picture.slots], dtype=np.int64)
        values = np.array([value for picture in pictures for value in picture.values], dtype=np.float64)
        taste = np.array([digest for picture in pictures for digest in picture.taste], dtype=np.int64)
        moved, drifted = _learn(
            self.known,
            self._limit,
            starts(len(picture.slots) for picture in pictures),
            slots,
            values,
            starts(len(picture.taste) for picture in pictures),
            taste,
            np.array(taken, dtype=np.float64),
            np.log(odds / (1.0 - odds)),
        )
        return np.concatenate([moved, np.flatnonzero(self.known[:, SHOWN] > 0.0)]) if drifted else moved

    def export(self, slots: Ints) -> Floats:
        """The posterior of slots, [slots × VALUES]."""
        return self.known[slots]

    def restore(self, slots: Ints, values: Floats) -> None:
        """Overwrites slots with exported values."""
        self.known[slots] = values


def check(picture: Picture) -> None:
    """Checks that the slots of a picture are within bounds: compiled loops don't.

    Raises:
        Rejected: a slot is out of bounds, or a value is not finite.
    """
    slots, values, taste = picture.slots, picture.values, picture.taste
    fits = len(slots) == len(values) and max(len(slots), len(taste)) <= MOST_FEATURES and slots
    if not fits or min(slots) < 0 or max(slots) >= SLOTS or not np.isfinite(values).all():
        raise Rejected(
            "What a picture of an example shows is none.",
            "Run workers of one version; only personalize workers write this topic.",
        )


@compiled
def score(known: Floats, slots: Ints, values: Floats, taste: Ints) -> tuple[float, float, float]:
    """Mean and variance of a picture's contribution to the log-odds of a click, and the variance of the prior.

    The picture's own slot is the first; the others are its attributes, which are crossed with the labels of ``taste``.
    """
    mean, variance, begun = 0.0, 0.0, 0.0
    for n in range(len(slots)):
        if slots[n] == PAD:
            continue
        mean += values[n] * known[slots[n], MEAN]
        variance += values[n] * values[n] * known[slots[n], VARIANCE]
        begun += values[n] * values[n] * PRIOR_VARIANCE
        for digest in taste:
            if n and digest != PAD:
                both = cross(slots[n], digest)
                mean += values[n] * known[both, MEAN]
                variance += values[n] * values[n] * known[both, VARIANCE]
                begun += values[n] * values[n] * PRIOR_VARIANCE
    return mean, variance, begun


@compiled
def _learn(
    known: Floats,
    limit: float,
    first: Ints,
    slots: Ints,
    values: Floats,
    taste_first: Ints,
    taste: Ints,
    taken: Floats,
    odds: Floats,
) -> tuple[Ints, bool]:
    moved, size, drifted = np.empty((len(slots) + 1) * (len(taste) + 1), dtype=np.int64), 1, False
    moved[0] = PAD
    for row in range(len(taken)):
        mine, taste_of = slice(first[row], first[row + 1]), taste[taste_first[row] : taste_first[row + 1]]
        mean, variance, _ = score(known, slots[mine], values[mine], taste_of)
        total = np.sqrt(variance + NOISE)
        sign = 1.0 if taken[row] > 0.5 else -1.0
        z = min(max(sign * (mean + odds[row]) / total, -_LARGEST), _LARGEST)
        pull = np.exp(-0.5 * z * z) / (np.sqrt(2.0 * pi) * 0.5 * erfc(-z / np.sqrt(2.0)))
        shift, shrink = sign * pull / total, min(max(pull * (pull + z), 0.0), 1.0) / (total * total)
        for n in range(first[row], first[row + 1]):
            if slots[n] == PAD:
                continue
            _move(known[slots[n]], values[n], shift, shrink, taken[row])
            moved[size], size = slots[n], size + 1
            for digest in taste_of:
                if n > first[row] and digest != PAD:
                    both = cross(slots[n], digest)
                    _move(known[both], values[n], shift, shrink, taken[row])
                    moved[size], size = both, size + 1
        signed = sign * (mean + odds[row]) / np.sqrt(1.0 + variance / NOISE)
        known[PAD, MEAN] = max(known[PAD, MEAN] + _loss(signed) - _loss(sign * odds[row]) - SLACK, 0.0)
        if known[PAD, MEAN] > limit:
            drifted, known[PAD, MEAN] = True, 0.0
            known[PAD, TAKEN] += 1.0
            for slot in range(1, len(known)):
                if known[slot, SHOWN] > 0.0:
                    known[slot, MEAN], known[slot, VARIANCE] = 0.0, PRIOR_VARIANCE
    return moved[:size].copy(), drifted


@compiled
def _loss(odds: float) -> float:
    """The log-loss of an outcome that was given these log-odds."""
    loss: float = np.log1p(np.exp(-min(max(odds, -_LARGEST), _LARGEST)))
    return loss


@compiled
def _move(known: Floats, value: float, shift: float, shrink: float, taken: float) -> None:
    variance = known[VARIANCE]
    known[MEAN] += variance * value * shift
    known[VARIANCE] = min(variance * (1.0 - variance * value * value * shrink) + WALK, PRIOR_VARIANCE)
    known[SHOWN] += 1.0
    known[TAKEN] += taken
