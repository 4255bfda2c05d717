"""Titles that a page may name in reasons and headings: a kids' page names no title that it may not show."""

from collections.abc import Sequence

import numpy as np

from playhead.arrays.types import Bools, Ids
from playhead.candidates.eligibility import limit_of, suitable
from playhead.ranking.pipeline import Result


def may_name(result: Result, numbers: Ids) -> Bools:
    """Whether each title may be named to the profile of its row, [pages × titles]; -1 stands for an unknown title."""
    limits = np.array([limit_of(kind) for kind in _kinds(result)])[:, None]
    if limits.max() < 0:
        return np.ones(numbers.shape, dtype=np.bool_)
    known = numbers >= 0
    rated = np.where(known, result.catalogue.maturity[np.maximum(numbers, 0)], np.int16(-1))
    allowed: Bools = suitable(rated, limits)
    return allowed


def _kinds(result: Result) -> Sequence[str]:
    return [slate.request.identity.kind for slate in result.slates]
