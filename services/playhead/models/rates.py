"""Running rates of every hashed feature: how often what has it is clicked, watched for long, finished, and for how long."""

import numpy as np
from numpy.typing import NDArray

from playhead.content.hashing import PAD, SLOTS
from playhead.models.popularity import Floats

SHOWN, CLICKED, ENDED, LONG, KNOWN, FINISHED, LOG_WATCHED = range(7)
"""Counts of a slot: impressions, clicked ones; ends (of impressions and plays), long views, ends that tell a finish,
finished ones, and the sum of log(1 + seconds watched)."""
COUNTS = 7
FACTS = 5
"""What is made of them: three log-odds against the crowd's, log(1 + ends) / 5, and the mean log watched time."""
HALF_LIFE_MS = 30 * 86_400_000.0
"""A month. Shorter ones were worth +.0002 AUC together with it on short videos, and lost .006 alone."""
PRIOR = 5.0
"""Pseudo-counts of the crowd's rate; AUC falls by .0006 at 10, by .0011 at 2."""
LARGEST_FACT = 10.0
STRANGER = np.array([2.0, 0.4, 2.0, 0.6, 2.0, 0.6, 4.0])
"""Pseudo-counts of the crowd itself, before anything was learned."""

Ints = NDArray[np.int64]


class Rates:
    """Decayed counts a slot, [SLOTS × COUNTS], as of the slot's newest response; slot ``PAD`` holds the crowd's.

    A rate is as of the slot's own last response: both sides of it fade alike, so that it needs no clock.
    """

    def __init__(self) -> None:
        self.counts: Floats = np.zeros((SLOTS, COUNTS))
        self.at_ms: Floats = np.zeros(SLOTS)

    @property
    def crowd(self) -> Floats:
        """The counts of everything together, [COUNTS]."""
        total: Floats = self.counts[PAD] + STRANGER
        return total

    def facts(self, slots: Ints, told: Floats | None = None) -> Floats:
        """What the rates of slots say, [slots × FACTS], 0 for ``PAD``; ``told``: counts to leave out of each."""
        counts = self.counts[slots]
        if told is not None:
            counts = np.maximum(counts - told, 0.0)
        return np.where((slots == PAD)[:, None], 0.0, facts(counts, self.crowd))

    def learn_one(self, slots: Ints, added: Floats, at_ms: float) -> None:
        """Adds counts to distinct slots and to the crowd (forward decay: Cormode et al., 2009)."""
        rows = np.append(slots, PAD)
        now = np.maximum(self.at_ms[rows], at_ms)
        self.counts[rows] *= np.exp2((self.at_ms[rows] - now) / HALF_LIFE_MS)[:, None]
        self.counts[rows] += np.exp2((at_ms - now) / HALF_LIFE_MS)[:, None] * added
        self.at_ms[rows] = now


def facts(counts: Floats, crowd: Floats) -> Floats:
    """What counts say against the crowd's, [rows × FACTS]: 0 where nothing was counted."""
    rates = crowd[[CLICKED, LONG, FINISHED]] / crowd[[SHOWN, ENDED, KNOWN]]
    yes = counts[:, [CLICKED, LONG, FINISHED]] + PRIOR * rates
    no = counts[:, [SHOWN, ENDED, KNOWN]] + PRIOR - yes
    mean = crowd[LOG_WATCHED] / crowd[ENDED]
    said = np.empty((len(counts), FACTS))
    said[:, :3] = np.log(yes) - np.log(np.maximum(no, 1e-3)) - np.log(rates / (1.0 - rates))
    said[:, 3] = np.log1p(counts[:, ENDED]) / 5.0
    said[:, 4] = ((counts[:, LOG_WATCHED] + PRIOR * mean) / (counts[:, ENDED] + PRIOR) - mean) / 2.0
    return np.clip(np.round(said, 4), -LARGEST_FACT, LARGEST_FACT)
