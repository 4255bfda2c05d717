"""Which titles go together: what was chosen right after a title, soon after it, and around it, in one sparse row each.

    next       chosen right after
    soon       chosen up to five choices later, each step further back counting .85 of the one before
    together   chosen by the same viewer within ``SPAN`` choices, in whichever order, .9 a step

Counts are plain sums: on the logs measured, fading them gained nothing, for the popularity that they are held
against (``ranking.choice``) fades already. Item-kNN (Sarwar et al., 2001) and first-order chains, kept
incrementally, in rows of ``models.sparse``.
"""

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.models.sparse import Sparse

SPAN = 20
"""Choices back that count as together; twice as many gain nothing."""
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
"""What a choice adds to the row of the title so many choices back, [SPAN × LINKS]."""


_MUTUAL: Floats = ADDED * (np.arange(LINKS) == CO_CHOSEN)
"""What it adds to its own row: only what goes together does so in whichever order."""


class Neighbours(Sparse):
    """Rows with three weights a pair, [titles × WIDTH × LINKS].

    ``chosen`` [titles]: how often each was chosen, which popular titles' counts are divided by.
    """

    def __init__(self) -> None:
        super().__init__(LINKS, CO_CHOSEN)

    @property
    def chosen(self) -> Floats:
        """How often each title was chosen, [titles]."""
        return self.met

    def learn_one(self, title: int, previous: Ints) -> Ints:
        """Counts that ``title`` was chosen after ``previous`` (newest first, none twice).

        Returns numbers of the segments that changed.
        """
        before = previous[:SPAN]
        lags = np.flatnonzero((before >= 0) & (before != title))
        return self.bind(title, before[lags], ADDED[lags], _MUTUAL[lags])
