"""Twins of the kernels that lay pages out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from tests.kernels.features import facts
from tests.kernels.twin import Rng, Twin, bits, coarse, ids, sizes, some

from playhead.arrays.types import Bools, Floats, Ids, Ints
from playhead.features.histories import PASSES, SKIPS
from playhead.page import gathering, layout
from playhead.page.gathering import GIVEN, LATER, LIKED_FROM, _Pool
from playhead.page.kinds import KIND_OF, KINDS, LAGS, SLOT, SLOTS, WIDTH
from playhead.page.layout import SMALLEST, _Limits

TITLES, MOMENTS, LABELS, GIVEN_MOST = 30, 2, 4, 5
Page = tuple[Ints, Ints]


def _liked(first: Ints, facts: Ints, weights: Floats, moments: int) -> Bools:
    liked = np.zeros((moments, LAGS), np.bool_)
    for row in range(moments):
        chosen = [
            n for n in range(first[row], first[row + 1]) if not facts[n, SKIPS] and not facts[n, PASSES]
        ]
        for lag, n in enumerate(chosen[:LAGS]):
            liked[row, lag] = weights[n] >= LIKED_FROM
    return liked


def _some_liked(rng: Rng) -> tuple[Any, ...]:
    first = sizes(rng, MOMENTS, 9)
    return first, facts(rng, int(first[-1])), coarse(rng, int(first[-1])), MOMENTS


def _drawn(pool: _Pool, row: int, labels: Ints, label_of: Ids) -> Iterator[tuple[int, Bools, Floats]]:
    """Of each row that is drawn from the candidates: which of them may stand in it, and by what they are ordered."""
    mine = slice(pool.bounds[row], pool.bounds[row + 1])
    title, lag, score = pool.title[mine], pool.lag[mine], pool.score[mine]
    yield SLOT["trending", 0], np.ones(len(title), np.bool_), pool.often[mine]
    yield SLOT["next_episodes", 0], pool.goes_on[mine] > 0, pool.goes_on[mine]
    yield SLOT["new_for_you", 0], pool.new[mine], score
    yield SLOT["leaving_soon", 0], pool.leaving[mine], score
    yield SLOT["more_like_this", 0], pool.like_last[mine], pool.together[mine]
    for back in range(LAGS):
        yield SLOT["because", back], lag == back, score
    for place, label in enumerate(labels[row]):
        yield SLOT["genre", place], (label >= 0) & (label_of[title] == label).any(axis=1), score


def _gathered(
    pool: _Pool, favourites: Ints, label_of: Ids, listed: Ints, given: Ints, least: Floats
) -> tuple[Ints, Floats]:
    moments = len(pool.bounds) - 1
    titles = np.full((moments, len(SLOTS), WIDTH), -1)
    chances = np.zeros(titles.shape)
    for row in range(moments):
        mine = slice(pool.bounds[row], pool.bounds[row + 1])
        title, score, marks = pool.title[mine], pool.score[mine], pool.marks[mine]
        share = np.exp(score - score.max(initial=-np.inf))
        chance = dict(zip(title.tolist(), share / share.sum(), strict=True))
        rows = {SLOT["top_picks", 0]: pool.title[listed[row][listed[row] >= 0]].tolist()}
        for slot, may, key in _drawn(pool, row, favourites, label_of):
            places = sorted(np.flatnonzero(may).tolist(), key=lambda n: (-key[n], marks[n]))
            rows[slot] = title[places].tolist()
        for slot, some_given in zip(GIVEN, given[row].tolist(), strict=True):
            rows[slot] = list(dict.fromkeys(one for one in some_given if one >= 0))
        for slot, found in rows.items():
            for place, one in enumerate(found[:WIDTH]):
                titles[row, slot, place] = one
                chances[row, slot, place] = max(chance.get(one, 0.0), least[slot] * LATER**place)
    return titles, chances


def _some_pool(rng: Rng) -> _Pool:
    size = rng.integers(0, TITLES, MOMENTS)
    title = np.concatenate([np.sort(rng.permutation(TITLES)[:count]) for count in size])
    count = len(title)
    return _Pool(
        bounds=np.concatenate([[0], np.cumsum(size)]),
        title=title,
        score=coarse(rng, count),
        together=coarse(rng, count),
        lag=some(rng, count, -1, LAGS),
        like_last=bits(rng, count),
        goes_on=np.maximum(coarse(rng, count), 0.0),
        often=coarse(rng, count),
        new=bits(rng, count),
        leaving=bits(rng, count),
        marks=rng.permutation(count).astype(np.uint32),
    )


def _some_rows(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    listed = np.full((MOMENTS, 7), -1)
    for row in range(MOMENTS):
        best = rng.permutation(np.arange(pool.bounds[row], pool.bounds[row + 1]))[:7]
        listed[row, : len(best)] = best
    genres = sum(kind == "genre" for kind, _ in SLOTS)
    return (
        *(pool, some(rng, MOMENTS * genres, -1, LABELS).reshape(MOMENTS, genres)),
        *(ids(rng, (TITLES, 2), LABELS), listed),
        ids(rng, (MOMENTS, len(GIVEN), GIVEN_MOST), TITLES).astype(np.int64),
        np.maximum(coarse(rng, len(SLOTS)), 0.0),
    )


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
) -> Page:
    rows, once = shape
    order = np.full((len(titles), rows), -1)
    shown = np.full((len(titles), rows, titles.shape[2]), -1)
    for moment in range(len(titles)):
        seen: set[int] = set()
        slots: list[int] = []
        for row in range(rows):
            above = row < screens[moment, 0]
            best, level = -1, -np.inf
            for slot, kind in enumerate(KIND_OF.tolist()):
                alike = sum(KIND_OF[other] == kind for other in slots)
                if slot in slots or alike >= (1 if row < once else limits.most[slot]):
                    continue
                of_row = _in_row(titles[moment, slot], seen, limits.size[slot], above=above)
                if sum(titles[moment, slot, n] not in seen for n in of_row) < limits.least[slot]:
                    continue
                worth = 0.0
                for place, n in enumerate(of_row):
                    factor = repeated if titles[moment, slot, n] in seen else 1.0
                    worth += attention[place] * chances[moment, slot, n] * factor
                worth *= weights[moment, slot]
                step = np.floor(steps * np.log2(max(worth, SMALLEST)))
                if worth > 0.0 and step > level:
                    best, level = slot, step
            if best < 0:
                break
            of_row = _in_row(titles[moment, best], seen, limits.size[best], above=above)
            order[moment, row] = best
            shown[moment, row, : len(of_row)] = titles[moment, best, of_row]
            seen.update(titles[moment, best, of_row[: screens[moment, 1]]].tolist())
            slots.append(best)
    return order, shown


def _in_row(titles: Ints, seen: set[int], size: int, *, above: bool) -> list[int]:
    """Places of the titles of a row: above the fold without what was seen."""
    return [n for n in range(int((titles >= 0).sum())) if not (above and int(titles[n]) in seen)][:size]


def _some_layouts(rng: Rng) -> tuple[Any, ...]:
    titles = np.full((MOMENTS, len(SLOTS), WIDTH), -1)
    for moment in range(MOMENTS):
        for slot in range(len(SLOTS)):
            some_titles = rng.permutation(TITLES)[: rng.integers(0, WIDTH + 1)]
            titles[moment, slot, : len(some_titles)] = some_titles
    count = len(SLOTS)
    limits = _Limits(some(rng, count, 1, 5), some(rng, count, 5, WIDTH + 1), some(rng, count, 1, 4))
    return (
        *(titles, rng.integers(0, 3, titles.shape) / 4.0, rng.integers(0, 3, (MOMENTS, count)) / 2.0),
        *(limits, rng.integers(1, 5, (MOMENTS, 2)), 0.5 ** np.arange(WIDTH), (7, 4), 0.25, 1.0),
    )


PAGE_ROWS = (
    Twin(gathering._liked, _liked, _some_liked),
    Twin(gathering._gathered, _gathered, _some_rows, exact=False),
    Twin(layout._laid, _laid, _some_layouts),
)
assert len(KINDS) == KIND_OF.max() + 1
