"""Running rates of every hashed feature: how often what has it is clicked, watched for long, finished, and for how long."""

import numpy as np
from numpy.typing import NDArray

from playhead.content.hashing import PAD, SLOTS
from playhead.models.popularity import Floats

SHOWN, ENDED, KNOWN, CLICKED, LONG, FINISHED, LOG_WATCHED = range(7)
"""Counts of a slot: impressions, ends (of impressions and plays), ends that tell a finish; of these the clicked, the
long viewed, the finished ones; and the sum of log(1 + seconds watched)."""
COUNTS = 7
FACTS = 5
"""What is made of them: three log-odds against the crowd's, log(1 + ends) / 5, and the mean log watched time."""
HALF_LIFE_MS = 30 * 86_400_000.0
"""A month. Shorter ones were worth +.0002 AUC together with it on short videos, and lost .006 alone."""
PRIOR = 5.0
"""Pseudo-counts of the crowd's rate; AUC falls by .0006 at 10, by .0011 at 2."""
LARGEST_FACT = 10.0
STRANGER = np.array([2.0, 2.0, 2.0, 0.4, 0.6, 0.6, 4.0])
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
        said = facts(counts, self.crowd)
        said[slots == PAD] = 0.0
        return said

    def learn_one(self, slots: Ints, added: Floats, at_ms: float) -> None:
        """Adds counts to distinct slots and to the crowd (forward decay: Cormode et al., 2009)."""
        rows = np.append(slots, PAD)
        last = self.at_ms[rows]
        now = np.maximum(last, at_ms)
        fade = np.exp2((np.stack([last, np.full(len(rows), at_ms)]) - now) / HALF_LIFE_MS)
        self.counts[rows] = self.counts[rows] * fade[0, :, None] + fade[1, :, None] * added
        self.at_ms[rows] = now


def facts(counts: Floats, crowd: Floats) -> Floats:
    """What counts say against the crowd's, [rows × FACTS]: 0 where nothing was counted."""
    rates = crowd[CLICKED:LOG_WATCHED] / crowd[SHOWN:CLICKED]
    yes = counts[:, CLICKED:LOG_WATCHED] + PRIOR * rates
    no = np.maximum(counts[:, SHOWN:CLICKED] + PRIOR - yes, 1e-3)
    mean = crowd[LOG_WATCHED] / crowd[ENDED]
    ended = counts[:, ENDED]
    said = np.empty((len(counts), FACTS))
    said[:, :3] = np.log(yes / no) - np.log(rates / (1.0 - rates))
    said[:, 3] = np.log1p(ended) / 5.0
    said[:, 4] = ((counts[:, LOG_WATCHED] + PRIOR * mean) / (ended + PRIOR) - mean) / 2.0
    return np.minimum(np.maximum(said.round(4), -LARGEST_FACT), LARGEST_FACT)
