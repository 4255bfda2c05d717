"""Item-to-item counts: titles chosen right after a title, soon after it, and around it, in one sparse row a title.

    next       chosen right after
    soon       chosen up to five choices later, weighted .85 for each choice between
    together   chosen by the same viewer within ``SPAN`` choices, in either order, weighted .9 for each choice between

Counts are plain sums: on the logs measured, decaying them gained nothing, as the popularity that they are compared
with (``ranking.choice``) decays already. Item-kNN (Sarwar et al., 2001) and first-order Markov chains, maintained
incrementally in rows of ``models.sparse``.
"""

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.models.sparse import Sparse

SPAN = 20
"""Number of previous choices that co-occur with a choice; twice as many gain nothing."""
LAG_ONE, SHORT_LAGS, CO_CHOSEN = range(3)
LINKS = 3
SHORT_LAGS_SPAN = 5
SHORT_LAGS_STEP, CO_CHOSEN_STEP = 0.85, 0.9
_LAGS = np.arange(SPAN)
ADDED: Floats = np.stack(
    [
        (_LAGS == 0).astype(np.float64),
        np.where(_LAGS < SHORT_LAGS_SPAN, SHORT_LAGS_STEP**_LAGS, 0.0),
        CO_CHOSEN_STEP**_LAGS,
    ],
    axis=1,
)
"""Weights that a choice adds to the row of each previous title, by lag, [SPAN × LINKS]."""


_MUTUAL: Floats = ADDED * (np.arange(LINKS) == CO_CHOSEN)
"""Weights that it adds to its own row: only co-occurrence is symmetric."""


class Neighbours(Sparse):
    """Sparse rows with three weights a pair, [titles × WIDTH × LINKS].

    ``chosen`` [titles]: how often each was chosen, by which counts are normalised.
    """

    def __init__(self) -> None:
        super().__init__(LINKS, CO_CHOSEN)

    @property
    def chosen(self) -> Floats:
        """How often each title was chosen, [titles]."""
        return self.met

    def learn_one(self, title: int, previous: Ints) -> Ints:
        """Counts that ``title`` was chosen after ``previous`` titles (newest first, distinct).

        Returns numbers of the segments that changed.
        """
        before = previous[:SPAN]
        lags = np.flatnonzero((before >= 0) & (before != title))
        return self.bind(title, before[lags], ADDED[lags], _MUTUAL[lags])
