"""Candidate source: what viewers chose after the profile's last titles; also how likely each is by that alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.models.popularity import Floats
from playhead.models.transitions import EVIDENCE_BUCKETS, LAG_WEIGHT, LAGS, Transitions


class Followers(NamedTuple):
    """Titles that follow, an entry for each (profile, lag, neighbour): its chance adds up over the lags.

    ``trust`` [profiles]: how far this source is to be believed over popularity.
    """

    owner: NDArray[np.int64]
    title: NDArray[np.int64]
    lag: NDArray[np.int64]
    chance: Floats
    trust: Floats


def following(transitions: Transitions, recent: NDArray[np.int32]) -> Followers:
    """The followers of each profile's recent titles, [profiles × LAGS] with -1 where there are fewer."""
    known = (recent >= 0) & (recent < len(transitions.mass))
    rows = np.where(known, recent, 0)
    mass = np.where(known, transitions.mass[rows], 0.0)
    weight = np.where(mass > 0.0, LAG_WEIGHT ** np.arange(LAGS), 0.0)
    scale = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, scale * mass, out=np.zeros_like(weight), where=weight > 0.0)
    ids = transitions.ids[rows]
    owner, lag, place = np.nonzero((ids >= 0) & (share > 0.0)[:, :, None])
    chance = transitions.weights[rows][owner, lag, place] * share[owner, lag]
    evidence = (weight * mass).sum(axis=1)
    bucket = np.minimum(np.log2(1.0 + evidence).astype(np.int64), EVIDENCE_BUCKETS - 1)
    trust = np.where(evidence > 0.0, transitions.trust[bucket], 0.0)
    return Followers(owner, ids[owner, lag, place].astype(np.int64), lag, chance, trust)
