"""Which rows a page has, in which order, and which titles each shows: the row of most worth first, step by step.

The worth of a row is what is expected of the titles that would be seen in it: the chance that each is chosen next, times how
much its place is looked at, less what was seen above. Above the fold no title stands twice, nor two rows of a kind.
"""

from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Ints
from playhead.page.gathering import RowCandidates
from playhead.page.kinds import KIND_OF, KINDS, WIDTH, Page
from playhead.ranking.pipeline import Result

SMALLEST = 1e-12
"""Floor of a worth under its logarithm."""


class Layout(NamedTuple):
    """Pages of a batch: numbers of rows (``kinds.SLOTS``) [moments × rows], and their titles [moments × rows × WIDTH], -1 for none."""

    slot: Ints
    title: Ints


class _Limits(NamedTuple):
    """Least and most titles of a row, [SLOTS], and most rows of its kind."""

    least: Ints
    size: Ints
    most: Ints


def lay_out(page: Page, result: Result, rows: RowCandidates) -> Layout:
    """The pages."""
    identities = [slate.request.identity for slate in result.slates]
    of_surface = {surface: page.weights(surface) for surface in set(result.columns.surface)}
    weights = np.stack([of_surface[surface] for surface in result.columns.surface])
    screens = np.array([page.screen(one.device) for one in identities], dtype=np.int64)
    kinds = [page.kinds[KINDS[kind]] for kind in KIND_OF.tolist()]
    limits = _Limits(
        *(np.array([getattr(kind, name) for kind in kinds], dtype=np.int64) for name in _Limits._fields)
    )
    attention = np.power(page.further, np.arange(WIDTH, dtype=np.float64))
    shape = page.rows, page.once
    return Layout(*_laid(*rows, weights, limits, screens, attention, shape, page.repeated, page.steps))


@compiled
def _laid(
    titles: Ints,
    chances: Floats,
    weights: Floats,
    limits: _Limits,
    screens: Ints,
    attention: Floats,
    shape: tuple[int, int],
    repeated: float,
    steps: float,
) -> tuple[Ints, Ints]:
    moments, slots, width = titles.shape
    rows, once = shape
    least, sizes, most = limits
    order, shown = np.full((moments, rows), -1), np.full((moments, rows, width), -1)
    taken, used = np.zeros((slots, width), dtype=np.bool_), np.zeros(len(KINDS), dtype=np.int64)
    free = np.zeros(slots, dtype=np.bool_)
    for moment in range(moments):
        taken[:], used[:], free[:] = False, 0, True
        for row in range(rows):
            above = row < screens[moment, 0]
            best, level = -1, -np.inf
            for slot in range(slots):
                kind = KIND_OF[slot]
                if not free[slot] or weights[moment, slot] <= 0.0 or titles[moment, slot, 0] < 0:
                    continue
                if used[kind] >= (1 if row < once else most[slot]):
                    continue
                worth = weights[moment, slot] * _worth(
                    titles[moment, slot],
                    chances[moment, slot],
                    taken[slot],
                    least[slot],
                    sizes[slot],
                    attention,
                    0.0 if above else repeated,
                )
                step = np.floor(steps * np.log2(max(worth, SMALLEST)))
                if worth > 0.0 and step > level:
                    best, level = slot, step
            if best < 0:
                break
            order[moment, row] = best
            free[best], used[KIND_OF[best]] = False, used[KIND_OF[best]] + 1
            _show(titles[moment], best, taken, above, sizes[best], screens[moment, 1], shown[moment, row])
    return order, shown


@compiled
def _worth(
    title: Ints,
    chance: Floats,
    taken: Bools,
    least: int,
    size: int,
    attention: Floats,
    repeated: float,
) -> float:
    """What is expected of a row; 0 if too few of its titles are new on the page. ``repeated``: the worth of others, 0: they go."""
    worth, place, new = 0.0, 0, 0
    for n in range(len(title)):
        if title[n] < 0 or place == size:
            break
        if taken[n] and repeated <= 0.0:
            continue
        worth += attention[place] * chance[n] * (repeated if taken[n] else 1.0)
        new += not taken[n]
        place += 1
    return worth if new >= least else 0.0


@compiled
def _show(titles: Ints, best: int, taken: Bools, above: bool, size: int, seen: int, shown: Ints) -> None:
    """Writes the titles of a row; those that are seen at once count as taken in all rows."""
    place = 0
    for n in range(titles.shape[1]):
        if titles[best, n] < 0 or place == size:
            break
        if above and taken[best, n]:
            continue
        shown[place], place = titles[best, n], place + 1
    for n in range(min(place, seen)):
        for slot in range(titles.shape[0]):
            for other in range(titles.shape[1]):
                if titles[slot, other] == shown[n]:
                    taken[slot, other] = True
