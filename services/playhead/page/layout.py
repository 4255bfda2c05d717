"""Which rows a page has, in which order, and which titles each shows: the row of most worth first, step by step.

The worth of a row is what is expected of the titles that would be seen in it: the chance that each is chosen next, times how
much its place is looked at, less what was seen above. Above the fold no title stands twice, nor two rows of a kind.
"""

from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Ints, Singles
from playhead.page.gathering import RowCandidates
from playhead.page.kinds import KIND_OF, KINDS, WIDTH, Page
from playhead.ranking.pipeline import Result

SMALLEST = 1e-12
"""Floor of a worth under its logarithm."""


class PageLayout(NamedTuple):
    """Pages of a batch: numbers of rows (``kinds.SLOTS``) [pages × rows], and their titles [pages × rows × WIDTH], -1 for none."""

    slot: Ints
    title: Ints


class _Limits(NamedTuple):
    """Least and most titles of a row, [SLOTS], and most rows of its kind."""

    least: Ints
    size: Ints
    most: Ints


def lay_out(page: Page, result: Result, rows: RowCandidates) -> PageLayout:
    """The pages."""
    identities = [slate.request.identity for slate in result.slates]
    of_surface = {surface: page.weights(surface) for surface in set(result.columns.surface)}
    weights = np.array([of_surface[surface] for surface in result.columns.surface])
    screens = np.array([page.screen(identity.device) for identity in identities], dtype=np.int64)
    kinds = [page.kinds[kind] for kind in KINDS]
    sizes = np.array([(kind.least, kind.size, kind.most) for kind in kinds])[KIND_OF]
    limits = _Limits(*np.ascontiguousarray(sizes.T))
    attention = np.empty((len(identities), WIDTH))
    for (view, _), of_view in result.columns.places.items():
        attention[of_view] = view.looked_at(page.further)
    shape = page.rows, page.once
    apart = np.array([0.0 if kind.ordered else page.diversity for kind in kinds])[KIND_OF]
    tags = result.catalogue.tags
    tags.make_room(len(result.catalogue.titles))
    return PageLayout(
        *_laid(
            rows.title, rows.probability, weights, limits, screens, attention, shape, page.repeated, page.steps,
            apart, tags.embedding,
        )
    )  # fmt: skip


@compiled
def _laid(
    titles: Ints,
    probabilities: Floats,
    weights: Floats,
    limits: _Limits,
    screens: Ints,
    attention: Floats,
    shape: tuple[int, int],
    repeated: float,
    steps: float,
    apart: Floats,
    embedding: Singles,
) -> tuple[Ints, Ints]:
    pages, slots, width = titles.shape
    rows, once = shape
    sizes = limits.size
    order, shown = np.full((pages, rows), -1), np.full((pages, rows, width), -1)
    taken, used = np.zeros((slots, width), dtype=np.bool_), np.zeros(len(KINDS), dtype=np.int64)
    free, mine = np.zeros(slots, dtype=np.bool_), np.empty(width, dtype=np.int64)
    seen, near = np.empty((rows + 1) * width, dtype=np.int64), np.empty(width)
    known = np.empty(width, dtype=np.int64)
    for page in range(pages):
        taken[:], used[:], free[:], count = False, 0, True, 0
        for row in range(rows):
            above = row < screens[page, 0]
            best = _best(
                titles[page], probabilities[page], weights[page], free, taken, used, 1 if row < once else slots, limits, attention[page],
                0.0 if above else repeated, steps,
            )  # fmt: skip
            if best < 0 and row < once:  # rather one more of a kind than an empty screen
                best = _best(
                    titles[page], probabilities[page], weights[page], free, taken, used, slots, limits, attention[page],
                    0.0 if above else repeated, steps,
                )  # fmt: skip
            if best < 0:
                break
            order[page, row] = best
            free[best], used[KIND_OF[best]] = False, used[KIND_OF[best]] + 1
            size = _titles(titles[page, best], taken[best], above, mine)
            first = min(size, screens[page, 1], sizes[best])
            if apart[best] > 0.0:
                probability = probabilities[page, best]
                _spread(
                    titles[page, best],
                    probability,
                    mine[:size],
                    first,
                    apart[best],
                    embedding,
                    seen,
                    count,
                    near,
                    known,
                )
            _write(titles[page, best], mine[: min(size, sizes[best])], shown[page, row])
            for place in range(first):
                seen[count], count = shown[page, row, place], count + 1
            _take(titles[page], taken, shown[page, row, :first])
    return order, shown


@compiled
def _best(
    titles: Ints,
    probabilities: Floats,
    weights: Floats,
    free: Bools,
    taken: Bools,
    used: Ints,
    alike: int,
    limits: _Limits,
    attention: Floats,
    repeated: float,
    steps: float,
) -> int:
    """The row of most worth among those that are free, of which there are fewer of its kind than ``alike`` and allowed; -1 for none."""
    least, sizes, most = limits
    best, level = -1, -np.inf
    for slot in range(len(titles)):
        if not free[slot] or weights[slot] <= 0.0 or titles[slot, 0] < 0:
            continue
        if used[KIND_OF[slot]] >= min(alike, most[slot]):
            continue
        worth = weights[slot] * _worth(
            titles[slot], probabilities[slot], taken[slot], least[slot], sizes[slot], attention, repeated
        )
        step = np.floor(steps * np.log2(max(worth, SMALLEST)))
        if worth > 0.0 and step > level:
            best, level = slot, step
    return best


@compiled
def _worth(
    title: Ints,
    probability: Floats,
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
        worth += attention[place] * probability[n] * (repeated if taken[n] else 1.0)
        new += not taken[n]
        place += 1
    return worth if new >= least else 0.0


@compiled
def _titles(titles: Ints, taken: Bools, above: bool, mine: Ints) -> int:
    """Writes the places of the titles that a row may show, above the fold without what was seen; returns how many."""
    size = 0
    for n in range(len(titles)):
        if titles[n] < 0:
            break
        if not (above and taken[n]):
            mine[size], size = n, size + 1
    return size


@compiled
def _spread(
    titles: Ints,
    probabilities: Floats,
    mine: Ints,
    first: int,
    apart: float,
    embedding: Singles,
    seen: Ints,
    count: int,
    near: Floats,
    known: Ints,
) -> None:
    """Reorders the first places of a row: each has the title of the best chance after what it has of those before and above it.

    seen: the first ``count`` are above; the row's own are written behind them; near, known: memory, how near each title is to
    the nearest of so many of them.
    Maximal marginal relevance (Carbonell & Goldstein, 1998): chance x (1 - apart x the cosine to the nearest of them).
    """
    for n in range(len(mine)):
        near[n], known[n] = 0.0, 0
    for place in range(first):
        best, most = place, -1.0
        for n in range(place, len(mine)):
            one = mine[n]
            if probabilities[one] <= most:  # nothing is worth more than its chance
                continue
            for at in range(known[n], count + place):
                near[n] = max(near[n], _cosine(embedding, titles[one], seen[at]))
            known[n] = count + place
            value = probabilities[one] * (1.0 - apart * min(near[n], 1.0))
            if value > most:
                best, most = n, value
        chosen = mine[best]
        for n in range(best, place, -1):
            mine[n], near[n], known[n] = mine[n - 1], near[n - 1], known[n - 1]
        mine[place], seen[count + place] = chosen, titles[chosen]


@compiled
def _cosine(embedding: Singles, one: int, other: int) -> float:
    """Of four sums, as one would wait for each addition before the next."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for place in range(0, embedding.shape[1], 4):
        a += embedding[one, place] * embedding[other, place]
        b += embedding[one, place + 1] * embedding[other, place + 1]
        c += embedding[one, place + 2] * embedding[other, place + 2]
        d += embedding[one, place + 3] * embedding[other, place + 3]
    return (a + b) + (c + d)


@compiled
def _write(titles: Ints, mine: Ints, shown: Ints) -> None:
    for place in range(len(mine)):
        shown[place] = titles[mine[place]]


@compiled
def _take(titles: Ints, taken: Bools, shown: Ints) -> None:
    """What is seen at once counts as taken in all rows."""
    for one in shown:
        for slot in range(titles.shape[0]):
            for n in range(titles.shape[1]):
                if titles[slot, n] == one:
                    taken[slot, n] = True
