"""Do arms get the profiles that their shares promise? Looked at after each profile, and wrong as seldom as said.

The multinomial test of Lindon and Malek, "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022): the Bayes
factor of a Dirichlet prior around the promised shares against the shares themselves is a martingale where they hold.
"""

from math import lgamma, log

import numpy as np

from playhead.experiments.totals import Floats

ALPHA = 0.001
"""Whoever sees a mismatch must distrust all results: once in a thousand experiments for nothing is enough."""
CONCENTRATION = 100.0
"""The prior's weight, in profiles: mismatches of some percent are found soonest."""

_lgamma = np.vectorize(lgamma, otypes=[np.float64])


def log_evidence(counts: Floats, shares: Floats) -> Floats:
    """The log of the Bayes factor against the shares; counts [... × arms], shares [arms] of any positive sum.

    Arms without a share are left out: their profiles have come before the arm lost it.
    """
    shares = np.asarray(shares, dtype=np.float64)
    counts, expected = np.asarray(counts, dtype=np.float64)[..., shares > 0.0], shares[shares > 0.0]
    expected = expected / expected.sum()
    prior = CONCENTRATION * expected
    total = counts.sum(axis=-1)
    posterior = _lgamma(prior + counts).sum(axis=-1) - _lgamma(CONCENTRATION + total)
    before = _lgamma(prior).sum() - lgamma(CONCENTRATION)
    evidence: Floats = posterior - before - counts @ np.log(expected)
    return evidence


def mismatched(counts: Floats, shares: Floats, alpha: float = ALPHA) -> bool:
    """Whether the counts can't be a matter of chance.

    >>> mismatched(np.array([5_000, 5_050]), np.array([0.5, 0.5]))
    False
    >>> mismatched(np.array([5_000, 5_600]), np.array([0.5, 0.5]))
    True
    """
    return bool(log_evidence(counts, shares) > -log(alpha))
