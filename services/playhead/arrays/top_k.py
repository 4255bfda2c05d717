"""The highest of many, best first; equal scores go by a tie-break that every process agrees on, then first come first.

A ranked list is a row of three arrays: items, their scores, their ties (the lower is ahead). It is kept by insertion: lists
are short, and most of what is offered to a full one is behind its last.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints


@compiled
def is_ahead(score: float, tie: int, other_score: float, other_tie: int) -> bool:
    """Whether one ranks before another."""
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
    """Writes an item at a place of a list, or before it: those that it is ahead of move down by one."""
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
    """Offers an item to a list of ``size`` so far; gives its size now. The last of a full one makes way for a better."""
    if size < items.shape[1]:
        raise_to_place(items, scores, ties, row, size, item, score, tie)
        return size + 1
    if is_ahead(score, tie, scores[row, size - 1], ties[row, size - 1]):
        raise_to_place(items, scores, ties, row, size - 1, item, score, tie)
    return size


@compiled
def nth_least(values: Floats, place: int) -> float:
    """The value at a place of the values if they were sorted, none of them NaN; it changes their order (Hoare's quickselect).

    ``np.partition`` in machine code gives the same, and takes ten times as long to compile.
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
    """Places of the highest scores of each run, best first, [runs × count], -1 where there are fewer.

    Args:
        scores: None of them NaN.
        ties: The tie-break of each.
        bounds: Where each run begins, and where the last one ends, [runs + 1].
        count: Places of a run.
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
