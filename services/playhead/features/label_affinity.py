"""Label affinity: how much more often a profile chooses each label than its market does."""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.top_k import offer
from playhead.arrays.types import Floats, Ints
from playhead.features.histories import TASTE_DEPTH

HALF_LIFE_S = 30 * 86_400
PRIOR = 4.0
"""Pseudo-count of watched titles by which a profile's shares are shrunk to its market's."""
LIKED = 3
"""Number of labels with the highest affinity that are used."""
DIGITS = 9
"""Decimals to which affinities are rounded before they are compared, as their last bits differ between processes."""


@compiled
def label_affinities(
    starts: Ints,
    titles: Ints,
    weights: Floats,
    label_of: NDArray[np.int32],
    populations: Floats,
    population_of: Ints,
) -> Floats:
    """Log-ratio of each profile's share of each label to its market's, [profiles × labels].

    Args:
        starts: Where each profile's history begins, [profiles + 1].
        titles: Numbers of the titles in it, -1 for unknown ones.
        weights: The weight of each title for its labels, negative against them.
        label_of: Labels of titles, [titles × labels a title], -1 where there are fewer.
        populations: The share of each label in the choices of each market, [markets × labels].
        population_of: The market of each profile.
    """
    affinity = np.zeros((len(starts) - 1, populations.shape[1]))
    for row in range(len(affinity)):
        taste, population = affinity[row], populations[population_of[row]]
        for n in range(starts[row], min(starts[row] + TASTE_DEPTH, starts[row + 1])):
            if titles[n] >= 0:
                for label in label_of[titles[n]]:
                    if label >= 0:
                        taste[label] += weights[n]
        mass = 0.0
        for label in range(len(population)):
            mass += max(taste[label], 0.0)
        # Rounded, as the numbering of labels, and so the order of the sum, differs between processes.
        mass = np.rint(mass * 1e9) / 1e9
        for label in range(len(population)):
            share = max(taste[label] + PRIOR * population[label], 0.1 * population[label])
            taste[label] = np.log(share / (mass + PRIOR) / population[label])
    return affinity


@compiled
def favourites(affinity: Floats, digests: NDArray[np.uint32]) -> Ints:
    """The labels of the highest affinities above 0, [profiles × LIKED], -1 where there are fewer; ``digests`` break ties."""
    labels = np.full((len(affinity), LIKED), -1)
    most, ties = np.empty(labels.shape), np.empty(labels.shape, dtype=np.uint32)
    for row in range(len(affinity)):
        size = 0
        for label in range(len(digests)):
            value = np.rint(affinity[row, label] * 10.0**DIGITS)
            if value > 0.0:
                size = offer(labels, most, ties, row, size, label, value, digests[label])
    return labels
