"""How many choices titles drew in their first days, by maker: evidence for a title that is too new to have any of its own.

For each maker, which is a credit or a series, two sums are kept: the choices of its titles within ``EARLY_MS`` after they were added,
and the number of these titles. A title that nobody chose in those days is not counted. A maker is identified by its hash slot (``arrays.hashing``); the slot that no feature has
(``PAD``) stands for all titles together.
"""

import numpy as np

from playhead.arrays.hashing import PAD, SLOTS
from playhead.arrays.types import Floats, Ints

EARLY_MS = 3 * 86_400_000
"""A title's first days."""
CHOSEN, TITLES = range(2)
VALUES = 2
OF_MAKER, OF_ALL = 16.0, 256.0
"""Effective number of titles, of one maker and of all makers: beyond it older titles decay."""
LEAN = 1.0
"""Pseudo-titles by which a maker is shrunk to the mean of all makers."""


class Makers:
    """``known`` [SLOTS × VALUES]: choices in titles' first days, and the number of these titles, for each maker and for all."""

    def __init__(self) -> None:
        self.known: Floats = np.zeros((SLOTS, VALUES))

    def learn_one(self, makers: Ints, weight: float, *, first: bool) -> Ints:
        """Counts a choice of a title in its first days; ``first``: the title's first such choice. Returns the slots that changed.

        Sums decay with the number of titles that came since, not with time.
        """
        moved = np.append(np.unique(makers[makers != PAD]), PAD)
        self.known[moved, CHOSEN] += weight
        if first:
            self.known[moved, TITLES] += 1.0
            most = np.where(moved == PAD, OF_ALL, OF_MAKER)
            self.known[moved] *= np.minimum(most / self.known[moved, TITLES], 1.0)[:, None]
        return moved

    def lift(self, makers: Ints) -> Floats:
        """Log-ratio of the choices that titles of these makers drew to the mean over all titles, averaged over the makers that are known; 0 for none.

        Args:
            makers: Makers of each title, [titles × makers], ``PAD`` where there are fewer.
        """
        all_chosen, all_titles = self.known[PAD]
        if not all_titles:
            return np.zeros(len(makers))
        usual = all_chosen / all_titles
        chosen, titles = self.known[makers, CHOSEN], self.known[makers, TITLES]
        known = (makers != PAD) & (titles > 0.0)
        lifts = np.where(known, np.log((chosen / usual + LEAN) / (titles + LEAN)), 0.0)
        mean: Floats = lifts.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        return mean
