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
"""Titles of a maker that count, and of all makers: with more of them the older ones fade."""
LEAN = 1.0
"""Titles by which a maker is taken for any other."""


class Makers:
    """``known`` [SLOTS × VALUES]: choices in first days, and of how many titles, of each maker and of all."""

    def __init__(self) -> None:
        self.known: Floats = np.zeros((SLOTS, VALUES))

    def learn_one(self, makers: Ints, weight: float, *, first: bool) -> Ints:
        """A title was chosen in its first days; ``first``: it is the first such choice of it. Returns the slots that moved.

        Adds only; what fades follows from how many titles came since, not from the time.
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
            makers: Of titles, [titles × makers], ``PAD`` where there are fewer.
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
