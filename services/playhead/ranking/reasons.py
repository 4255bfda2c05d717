"""Why titles stand where they stand: the parts of their scores, as shares."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.domain.rankings import Reason
from playhead.models.popularity import Floats

LEAST = 10
"""A part with a smaller share, in percent, is no reason worth telling."""


class Shares(NamedTuple):
    """Of each item's score, in percent: what taste, the strongest of the last titles and popularity give."""

    taste: list[int]
    after: list[int]
    popular: list[int]


def shares(told: Floats, lengths: list[int]) -> Shares:
    """What taste, the last titles and popularity add to each score, [3 × items], as shares of what speaks for it.

    Each is counted from the least that it adds to any item of the same ranking: what is said of all explains none.
    ``lengths``: items of each ranking.
    """
    filled = np.array([length for length in lengths if length], dtype=np.int64)
    raised = told
    if len(filled):
        starts = np.cumsum(filled) - filled
        raised = told - np.repeat(np.minimum.reduceat(told, starts, axis=1), filled, axis=1)
    total = np.maximum(raised.sum(axis=0), 1e-9)
    taste, after, popular = raised / total
    return Shares(_percent(taste), _percent(after), _percent(popular))


def _percent(share: Floats) -> list[int]:
    percent: NDArray[np.int64] = np.rint(100.0 * share).astype(np.int64)
    return list(percent.tolist())


def reasons(parts: Shares, at: int, label: str, watched: str) -> tuple[Reason, ...]:
    """Up to three reasons of one item, the strongest first."""
    taste, after, popular = parts.taste[at], parts.after[at], parts.popular[at]
    told: list[tuple[int, int, Reason]] = []
    if taste >= LEAST:
        told.append((-taste, 0, _taste(taste, label)))
    if after >= LEAST:
        told.append((-after, 1, _after(after, watched)))
    if popular >= LEAST:
        told.append((-popular, 2, _popular(popular)))
    if len(told) > 1:
        told.sort()  # a place of its own each: reasons are never compared
    return tuple([reason for _, _, reason in told])


@lru_cache(maxsize=4_096)
def _taste(percent: int, label: str) -> Reason:
    return Reason(code="matches_taste", share=percent / 100, label=label or None)


@lru_cache(maxsize=65_536)
def _after(percent: int, title_id: str) -> Reason:
    return Reason(code="because_you_watched", share=percent / 100, title_id=title_id)


@lru_cache(maxsize=101)
def _popular(percent: int) -> Reason:
    return Reason(code="popular_in_market", share=percent / 100)
