"""Page layout: a greedy choice of rows by worth, and of the titles that each shows.

The worth of a row is the expected number of choices among its titles: the P(next choice) of each, times the probability that
its place is looked at, with titles seen above discounted. Above the fold no title is shown twice, nor two rows of a kind.
"""

from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Ints, Singles
from playhead.page.gathering import RowCandidates
from playhead.page.kinds import KIND_OF, KINDS, WIDTH, Page
from playhead.ranking.pipeline import Result

SMALLEST = 1e-12
"""Floor of a worth before its logarithm is taken."""


class PageLayout(NamedTuple):
    """Pages of a batch: indices of rows in ``kinds.SLOTS`` [pages × rows], and their titles [pages × rows × WIDTH], -1 for none."""

    slot: Ints
    title: Ints


class _Limits(NamedTuple):
    """Fewest and most titles of each row, and most rows of its kind, [SLOTS] each."""

    least: Ints
    size: Ints
    most: Ints


def lay_out(page: Page, result: Result, rows: RowCandidates) -> PageLayout:
    """Lays out the pages of a batch from their candidate rows."""
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
            if best < 0 and row < once:  # a second row of a kind is better than an empty screen
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
    """The row of most worth among the free ones of whose kind fewer than ``alike``, and fewer than allowed, are used; -1 for none."""
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
    """The expected choices of a row; 0 if too few of its titles are new on the page. ``repeated``: factor for the others, 0 leaves them out."""
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
    """Writes the places of the titles that a row may show, above the fold without titles seen before; returns their number."""
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
    """Reorders the first places of a row for diversity, by maximal marginal relevance (Carbonell & Goldstein, 1998).

    Each place gets the title with the largest probability x (1 - apart x the cosine to the nearest title before it or above).
    ``seen``: its first ``count`` titles are those above; the row's own are written behind them; ``near``, ``known``: scratch memory,
    the cosine of each title to the nearest of the first ``known`` seen ones.
    """
    for n in range(len(mine)):
        near[n], known[n] = 0.0, 0
    for place in range(first):
        best, most = place, -1.0
        for n in range(place, len(mine)):
            candidate = mine[n]
            if probabilities[candidate] <= most:  # its value can't exceed its probability
                continue
            for at in range(known[n], count + place):
                near[n] = max(near[n], _cosine(embedding, titles[candidate], seen[at]))
            known[n] = count + place
            value = probabilities[candidate] * (1.0 - apart * min(near[n], 1.0))
            if value > most:
                best, most = n, value
        chosen = mine[best]
        for n in range(best, place, -1):
            mine[n], near[n], known[n] = mine[n - 1], near[n - 1], known[n - 1]
        mine[place], seen[count + place] = chosen, titles[chosen]


@compiled
def _cosine(embedding: Singles, title: int, other: int) -> float:
    """The cosine of two titles' embeddings, as four sums that the processor adds up in parallel."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for place in range(0, embedding.shape[1], 4):
        a += embedding[title, place] * embedding[other, place]
        b += embedding[title, place + 1] * embedding[other, place + 1]
        c += embedding[title, place + 2] * embedding[other, place + 2]
        d += embedding[title, place + 3] * embedding[other, place + 3]
    return (a + b) + (c + d)


@compiled
def _write(titles: Ints, mine: Ints, shown: Ints) -> None:
    for place in range(len(mine)):
        shown[place] = titles[mine[place]]


@compiled
def _take(titles: Ints, taken: Bools, shown: Ints) -> None:
    """Marks titles that are seen without scrolling as taken in all rows."""
    for seen in shown:
        for slot in range(titles.shape[0]):
            for n in range(titles.shape[1]):
                if titles[slot, n] < 0:
                    break
                if titles[slot, n] == seen:
                    taken[slot, n] = True
