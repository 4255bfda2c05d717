"""Decayed rates of every hashed feature: how often examples with it are clicked, watched for long, finished, and how long they are watched."""

import numpy as np

from playhead.arrays.bounds import bounded
from playhead.arrays.hashing import PAD, SLOTS
from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints

SHOWN, ENDED, KNOWN, CLICKED, LONG, FINISHED, LOG_WATCHED = range(7)
"""Counts of a slot: impressions, ends (of impressions and plays), ends with a known finish label; the clicked, the
long viewed and the finished ones of these, respectively; and the sum of log(1 + seconds watched)."""
COUNTS = 7
FACTS = 5
"""Number of facts computed from the counts: three log-odds against the population's, log(1 + ends) / 5, and the mean log watched time."""
HALF_LIFE_MS = 30 * 86_400_000.0
"""A month. Adding a shorter half-life gained .0002 AUC on short videos; a shorter one alone lost .006."""
PRIOR = 5.0
"""Pseudo-counts of the population's rate; AUC falls by .0006 at 10, by .0011 at 2."""
LARGEST_FACT = 10.0
NOTHING: Floats = np.zeros(COUNTS)
COLD_START = np.array([2.0, 2.0, 2.0, 0.4, 0.6, 0.6, 4.0])
"""Pseudo-counts of the population itself, before anything was learned."""


class FeatureRates:
    """Decayed ``counts`` of each slot, [slots × COUNTS], as of the slot's newest response; slot ``PAD`` holds the population's.

    A rate needs no clock: its numerator and denominator decay alike since the slot's last response.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        # ``full`` writes to the memory, so that the process has its final size at once; pages of ``zeros`` would be mapped over hours.
        self.counts: Floats = np.full((slots, COUNTS), 0.0)
        self.at_ms: Floats = np.full(slots, 0.0)

    @property
    def population(self) -> Floats:
        """The counts of all examples, with their prior, [COUNTS]."""
        total: Floats = self.counts[PAD] + COLD_START
        return total

    def facts(self, slots: Ints, without: Floats | None = None) -> Floats:
        """The facts of slots, [slots × FACTS], 0 for ``PAD``; ``without``: counts to subtract from each."""
        return facts_of(self.counts, slots, self.population, NOTHING if without is None else without)


@compiled
def facts(counts: Floats, population: Floats) -> Floats:
    """The facts of rows of counts, relative to the population's, [rows × FACTS]: 0 where nothing was counted."""
    table, usual = np.empty((len(counts), FACTS)), _usual(population)
    for row in range(len(counts)):
        _write_facts(counts[row], usual, table[row])
    return table


@compiled
def _usual(population: Floats) -> Floats:
    """The population's three rates, their log-odds, and its mean time watched, [7]."""
    usual = np.empty(7)
    for fact in range(3):
        rate = population[CLICKED + fact] / population[SHOWN + fact]
        usual[fact], usual[3 + fact] = rate, np.log(rate / (1.0 - rate))
    usual[6] = population[LOG_WATCHED] / population[ENDED]
    return usual


@compiled
def _write_facts(counts: Floats, usual: Floats, written: Floats) -> None:
    """Writes the ``facts`` of one row of counts into ``written`` [FACTS]; ``usual``: what the population does."""
    for fact in range(3):
        yes = counts[CLICKED + fact] + PRIOR * usual[fact]
        no = max(counts[SHOWN + fact] + PRIOR - yes, 1e-3)
        written[fact] = np.log(yes / no) - usual[3 + fact]
    mean = usual[6]
    written[3] = np.log1p(counts[ENDED]) / 5.0
    written[4] = ((counts[LOG_WATCHED] + PRIOR * mean) / (counts[ENDED] + PRIOR) - mean) / 2.0
    for fact in range(FACTS):
        written[fact] = bounded(np.rint(written[fact] * 1e4) / 1e4, LARGEST_FACT)


@compiled
def facts_of(counts: Floats, slots: Ints, population: Floats, without: Floats) -> Floats:
    """``FeatureRates.facts`` of slots, from all counts and the population's."""
    table, usual = np.zeros((len(slots), FACTS)), _usual(population)
    mine = np.empty(counts.shape[1])
    for row in range(len(slots)):
        if slots[row] != PAD:
            for place in range(len(mine)):
                mine[place] = max(counts[slots[row], place] - without[place], 0.0)
            _write_facts(mine, usual, table[row])
    return table


@compiled
def learn(counts: Floats, at_ms: Floats, rows: Ints, added: Floats, now_ms: float) -> None:
    """Adds the same counts to distinct rows, as of ``now_ms`` (forward decay: Cormode et al., 2009)."""
    for row in rows:
        newest = max(at_ms[row], now_ms)
        kept = 2.0 ** ((at_ms[row] - newest) / HALF_LIFE_MS)
        worth = 2.0 ** ((now_ms - newest) / HALF_LIFE_MS)
        for place in range(len(added)):
            counts[row, place] = counts[row, place] * kept + worth * added[place]
        at_ms[row] = newest
