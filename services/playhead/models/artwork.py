"""What a picture does for a click, and how sure that is: logistic regression with a normal posterior of each weight by itself.

    log-odds of a click = those of the title (the heads') + picture + Σ attribute + Σ attribute × label that the viewer likes

What the title does is an offset, so that a picture has only the credit for the rest. One reward moves all weights it came by
(assumed-density filtering: AdPredictor, Graepel, Quiñonero Candela, Borchert, Herbrich, ICML 2010). On the simulated audience the
covariance of all weights has the same regret (``playhead simulate artwork``), and costs the square of their number.

Where the weights foresee worse than the title alone for long enough, tastes have turned, and none is better than these: all weights begin
anew, so that pictures are explored again for as long as it takes (Page's test, 1954, of what is lost by asking the weights).
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
"""Of a weight of which nothing is known: a picture of five attributes makes a click twice as likely, or half, by a standard deviation."""
WALK = 2e-7
"""Variance that a weight gains with each reward it had a part in: tastes change, and are not known for ever."""
LIMIT = 10.0
"""Log-loss that the weights may have added in a row, as a random walk that is held above 0, before they are mistrusted."""
SLACK = 0.002
"""Of each reward: what is lost by being unsure is no turn of tastes."""
NOISE = 8.0 / pi
"""Variance of a probit that is as steep as a logistic (MacKay, 1992)."""
MEAN, VARIANCE, SHOWN, TAKEN = range(4)
VALUES = 4
MOST_FEATURES = 64
"""Values of a picture, and labels of a taste, that an example may have."""
_LARGEST = 30.0


class ArtworkPosterior:
    """What is known of each slot, [slots × VALUES]: mean and variance of its weight, how often it was shown, and taken.

    The slot that no feature has (``PAD``) holds the walk of the drift test, as its mean, and how often it was tipped, as taken.
    """

    def __init__(self, slots: int = SLOTS, limit: float = LIMIT) -> None:
        self._limit = limit
        self.known: Floats = np.zeros((slots, VALUES))
        self.known[:, VARIANCE] = PRIOR_VARIANCE

    def learn(
        self, pictures: Sequence[Picture], taken: Sequence[int], probabilities: Sequence[float]
    ) -> Ints:
        """Learns what came of pictures, one after the other; ``probabilities``: of a click, as predicted of the title alone.

        Returns: the slots that moved, some of them twice.
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
        """All that is known of slots, [slots × VALUES]."""
        return self.known[slots]

    def restore(self, slots: Ints, values: Floats) -> None:
        """Takes over what was exported."""
        self.known[slots] = values


def check(picture: Picture) -> None:
    """Whether slots are slots at all: compiled loops don't look.

    Raises:
        Rejected: they are not.
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
    """Mean and variance of what a picture adds to the log-odds of a click, and its variance before anything was learned.

    Its own slot stands first.
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
    """The log-loss of what happened, by its log-odds."""
    loss: float = np.log1p(np.exp(-min(max(odds, -_LARGEST), _LARGEST)))
    return loss


@compiled
def _move(known: Floats, value: float, shift: float, shrink: float, taken: float) -> None:
    variance = known[VARIANCE]
    known[MEAN] += variance * value * shift
    known[VARIANCE] = min(variance * (1.0 - variance * value * value * shrink) + WALK, PRIOR_VARIANCE)
    known[SHOWN] += 1.0
    known[TAKEN] += taken
