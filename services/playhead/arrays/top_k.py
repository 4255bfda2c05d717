"""Top-k selection, best first; equal scores are ordered by a tie-break that is the same in every process, then by order of arrival.

A ranked list is a row of three arrays: items, scores, ties (the lower is ahead). It is sorted by insertion, as lists
are short and most items offered to a full list are worse than its last.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints


@compiled
def is_ahead(score: float, tie: int, other_score: float, other_tie: int) -> bool:
    """Whether an item ranks before another one."""
    return score > other_score or (score == other_score and tie < other_tie)


@compiled
def raise_to_place(
    items: NDArray[Any],
    scores: NDArray[Any],
    ties: NDArray[Any],
    row: int,
    place: int,
    item: int,
    score: float,
    tie: int,
) -> None:
    """Writes an item at ``place`` of the list in a row, or further up: the items that it is ahead of move down by one."""
    while place > 0 and is_ahead(score, tie, scores[row, place - 1], ties[row, place - 1]):
        items[row, place] = items[row, place - 1]
        scores[row, place] = scores[row, place - 1]
        ties[row, place] = ties[row, place - 1]
        place -= 1
    items[row, place], scores[row, place], ties[row, place] = item, score, tie


@compiled
def offer(
    items: NDArray[Any],
    scores: NDArray[Any],
    ties: NDArray[Any],
    row: int,
    size: int,
    item: int,
    score: float,
    tie: int,
) -> int:
    """Offers an item to the list in a row, which holds ``size`` items. Returns the new size. In a full list a better item replaces the last."""
    if size < items.shape[1]:
        raise_to_place(items, scores, ties, row, size, item, score, tie)
        return size + 1
    if is_ahead(score, tie, scores[row, size - 1], ties[row, size - 1]):
        raise_to_place(items, scores, ties, row, size - 1, item, score, tie)
    return size


@compiled
def nth_least(values: Floats, place: int) -> float:
    """The value that would be at ``place`` if the values, none of them NaN, were sorted; reorders them in place (Hoare's quickselect).

    numba's ``np.partition`` gives the same, and takes ten times as long to compile.
    """
    first, last = 0, len(values) - 1
    while first < last:
        pivot, low, high = values[(first + last) // 2], first, last
        while low <= high:
            while values[low] < pivot:
                low += 1
            while values[high] > pivot:
                high -= 1
            if low <= high:
                values[low], values[high] = values[high], values[low]
                low, high = low + 1, high - 1
        if high < place < low:
            break
        first, last = (first, high) if place <= high else (low, last)
    return float(values[place])


@compiled
def top_k(scores: Floats, ties: NDArray[Any], bounds: Ints, count: int) -> Ints:
    """Indices of the highest scores of each list, best first, [lists × count], -1 where there are fewer.

    Args:
        scores: Scores of all lists, concatenated, none of them NaN.
        ties: The tie-break of each score.
        bounds: Where each list begins, and where the last one ends, [lists + 1].
        count: How many to select from each list.
    """
    places = np.full((len(bounds) - 1, count), -1)
    best, best_ties = np.empty(places.shape), np.empty(places.shape, dtype=ties.dtype)
    for row in range(len(places)):
        first, last = bounds[row], bounds[row + 1]
        if first == last:
            continue
        edge = max(last - first - count, 0)
        least, size = nth_least(scores[first:last].copy(), edge), 0
        for n in range(first, last):
            if scores[n] >= least:
                size = offer(places, best, best_ties, row, size, n, scores[n], ties[n])
    return places
