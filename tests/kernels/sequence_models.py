"""Twins of the item-to-item and sequence kernels of models/."""

from typing import Any

import numpy as np
from tests.kernels.twin import Rng, Twin, coarse, hashes, ids, sizes, some

from playhead.arrays.types import Floats, Hashes, Ids, Ints
from playhead.models import context_bias, cooccurrence, sequence, sparse
from playhead.models.cooccurrence import QueryRows
from playhead.models.sequence import DEPTH, DIMS, RECENCY
from playhead.models.sparse import SEGMENT, SEGMENTS, Segments

TITLES = 9


def _place(row: Ids, title: int) -> int:
    return row.tolist().index(title) if title in row else -1


def _weakest(row: Ids, strength: Floats, but: list[int]) -> int:
    if -1 in row:
        return _place(row, -1)
    return min((place for place in range(len(row)) if place not in but), key=lambda place: strength[place])


def _bind(ids: Ids, weights: Any, judge: int, title: int, before: Ints, there: Floats, here: Floats) -> Ints:
    changed, own = [], [_place(ids[title], other) for other in before.tolist()]
    for n, other in enumerate(before.tolist()):
        place = _place(ids[other], title)
        if place < 0:
            place = _weakest(ids[other], weights[other, :, judge], [])
            ids[other, place], weights[other, place] = title, 0.0
        weights[other, place] += there[n]
        changed.append(other * SEGMENTS + place // SEGMENT)
    for n, other in enumerate(before.tolist()):
        if own[n] < 0:
            own[n] = _weakest(ids[title], weights[title, :, judge], own)
            ids[title, own[n]], weights[title, own[n]] = other, 0.0
        weights[title, own[n]] += here[n]
        changed.insert(2 * n + 1, title * SEGMENTS + own[n] // SEGMENT)
    return np.array([*changed, title * SEGMENTS])


def _bind_all(
    ids: Ids, weights: Any, met: Floats, judge: int, titles: Ints, first: Ints, before: Ints, most: int
) -> Ints:
    changed = []
    for n, title in enumerate(titles.tolist()):
        mine = before[first[n] : min(first[n] + most, first[n + 1])]
        known = mine[(mine >= 0) & (mine != title)]
        met[title] += 1.0
        added = np.ones((len(known), weights.shape[2]))
        changed.append(_bind(ids, weights, judge, title, known, added, added))
    return np.concatenate(changed)


def _some_row(rng: Rng, links: int, kind: Any) -> tuple[Ids, Any]:
    """Rows of titles, filled from the front."""
    rows = np.array([rng.permutation(TITLES)[:6] for _ in range(TITLES)], np.int32)
    rows[np.arange(6) >= rng.integers(3, 7, TITLES)[:, None]] = -1
    return rows, (np.abs(coarse(rng, TITLES, 6, links)) * (rows >= 0)[:, :, None]).astype(kind)


def _some_meeting(rng: Rng) -> tuple[Any, ...]:
    title, *before = rng.permutation(TITLES)[:5].tolist()
    added = np.abs(coarse(rng, 2, 4, 3))
    return *_some_row(rng, 3, np.float64), 2, title, np.array(before), added[0], added[1]


def _some_meetings(rng: Rng) -> tuple[Any, ...]:
    titles, first = some(rng, 3, 0, TITLES), sizes(rng, 3, 5)
    before = [rng.permutation(np.arange(-1, TITLES))[:size] for size in np.diff(first)]
    rows = _some_row(rng, 1, np.float32)
    return *rows, np.zeros(TITLES), 0, titles, first, np.concatenate(before).astype(np.int64), 4


def _put(ids: Ids, weights: Any, met: Floats, segments: Segments) -> None:
    begin = 0
    for number, size, often in zip(segments.numbers, segments.sizes, segments.met, strict=True):
        row, part = number // SEGMENTS, slice(number % SEGMENTS * SEGMENT, (number % SEGMENTS + 1) * SEGMENT)
        inside = slice(begin, begin + size)
        ids[row, part], weights[row, part] = -1, 0.0
        ids[row, part][:size], weights[row, part][:size] = segments.others[inside], segments.weights[inside]
        begin += size
        if part.start == 0:
            met[row] = often


def _some_segments(rng: Rng) -> tuple[Any, ...]:
    numbers = np.sort(rng.permutation(2 * SEGMENTS)[:4])
    count = rng.integers(0, 4, 4)
    total = int(count.sum())
    segments = Segments(numbers, count, some(rng, total, 0, TITLES), coarse(rng, total, 3), coarse(rng, 4))
    return (
        ids(rng, (2, SEGMENT * SEGMENTS), TITLES),
        coarse(rng, 2, SEGMENT * SEGMENTS, 3),
        np.ones(2),
        segments,
    )


def _accumulate(scores: Floats, title: Ints, row: int, asked: QueryRows, slot: Ids) -> None:
    for before, count in zip(asked.before[row].tolist(), asked.counts[row], strict=True):
        if 0 <= before < len(asked.met):
            bond = count / np.sqrt(asked.met[before] + asked.shrink)
            for other, weight in zip(asked.ids[before].tolist(), asked.weights[before, :, 0], strict=True):
                if other >= 0 and slot[other] >= 0:
                    scores[slot[other]] += weight * bond
    positive = scores > 0.0
    scores[positive] /= np.sqrt(asked.met[title] + asked.shrink)[positive]


def accumulated(title: Ints, row: int, asked: QueryRows) -> Floats:
    """How strongly distinct candidates co-occur with the last titles of the profile in a row."""
    scores, slot = np.zeros(len(title)), np.full(TITLES, -1, np.int32)
    slot[title] = np.arange(len(title))
    _accumulate(scores, title, row, asked, slot)
    return scores


def query(rng: Rng, titles: int = TITLES) -> QueryRows:
    """Rows of co-occurrence, and the last titles of two profiles that query them."""
    rows, weights = _some_row(rng, 1, np.float32)
    return QueryRows(
        rows,
        weights,
        some(rng, titles, 0, 3).astype(np.float64),
        1.0,
        ids(rng, (2, 4), titles),
        rng.random((2, 4)),
    )


def candidates(rng: Rng) -> tuple[Ints, Ids]:
    """Distinct titles, and the index of each among them."""
    title, slot = np.sort(rng.permutation(TITLES)[:5]), np.full(TITLES, -1, np.int32)
    slot[title] = np.arange(5)
    return title, slot


def _some_query(rng: Rng) -> tuple[Any, ...]:
    title, slot = candidates(rng)
    return np.zeros(5), title, 1, query(rng), slot


def _spread(digests: Hashes, side: int) -> Floats:
    def even(digest: int, place: int) -> float:
        mixed = digest * 0x9E3779B97F4A7C15 + place * 0xBF58476D1CE4E5B9 & 2**64 - 1
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ mixed >> shift) * factor & 2**64 - 1
        return (mixed >> 11) / 2.0**53

    places = [2 * side * DIMS + d for d in range(DIMS)]
    return np.array(
        [
            [(even(digest, p) + even(digest, p + DIMS) - 1.0) * np.sqrt(6.0) for p in places]
            for digest in digests.tolist()
        ]
    ).reshape(len(digests), DIMS)


def _profiles(inward: Floats, recent: Ids, weights: Floats) -> Floats:
    vectors = np.where((recent >= 0)[:, :DEPTH, None], inward[recent[:, :DEPTH]], 0.0)
    profiles: Floats = np.einsum("l,pl,pld->pd", RECENCY, weights[:, :DEPTH], vectors)
    return profiles


def _follow(scores: Floats, title: Ints, profile: Floats, outward: Floats) -> None:
    scores[: len(title)] = outward[title] @ profile


def _learn_sequence(
    inward: Floats, outward: Floats, moved: Floats, before: Ints, lags: Ints, titles: Ints, error: Floats
) -> None:
    weight, pull, recency = RECENCY[lags] @ inward[before], error @ outward[titles], RECENCY[lags]
    moved[titles, 1] += error**2 * (weight @ weight) / DIMS
    rate = sequence.RATE * error / np.sqrt(moved[titles, 1])
    outward[titles] = np.clip(outward[titles] + np.outer(rate, weight), -sequence.LARGEST, sequence.LARGEST)
    moved[before, 0] += recency**2 * (pull @ pull) / DIMS
    rate = sequence.RATE * recency / np.sqrt(moved[before, 0])
    inward[before] = np.clip(inward[before] + np.outer(rate, pull), -sequence.LARGEST, sequence.LARGEST)


def _some_vectors(rng: Rng) -> tuple[Any, ...]:
    vectors = rng.normal(size=(2, TITLES, DIMS))
    before, lags = rng.permutation(TITLES)[:3], np.sort(rng.permutation(DEPTH)[:3])
    return (
        vectors[0],
        vectors[1],
        np.full((TITLES, 2), 1e-3),
        before,
        lags,
        rng.permutation(TITLES)[:4],
        rng.normal(size=4),
    )


def _add_bias(scores: Floats, title: Ints, tokens: Ints, weights: Floats) -> None:
    scores[: len(title)] = weights[title][:, tokens].sum(axis=1)


def _learn_bias(weights: Floats, titles: Ints, tokens: Ints, steps: Floats) -> None:
    cells, largest = np.ix_(titles, tokens), context_bias.LARGEST
    weights[cells] = np.clip(weights[cells] + steps[:, None], -largest, largest)


SEQUENCE_MODELS = (
    Twin(sparse._bind, _bind, _some_meeting),
    Twin(sparse._bind_all, _bind_all, _some_meetings),
    Twin(sparse._put, _put, _some_segments),
    Twin(cooccurrence.accumulate, _accumulate, _some_query, exact=False),
    Twin(sequence.spread, _spread, lambda rng: (hashes(rng, 3), int(rng.integers(0, 2)))),
    Twin(
        sequence._profiles,
        _profiles,
        lambda rng: (
            rng.normal(size=(TITLES, DIMS)),
            ids(rng, (2, DEPTH + 1), TITLES),
            rng.random((2, DEPTH + 1)),
        ),
        exact=False,
    ),
    Twin(
        sequence.follow,
        _follow,
        lambda rng: (
            np.zeros(6),
            some(rng, 6, 0, TITLES),
            rng.normal(size=DIMS),
            rng.normal(size=(TITLES, DIMS)),
        ),
        exact=False,
    ),
    Twin(sequence._learn, _learn_sequence, _some_vectors, exact=False),
    Twin(
        context_bias.add_bias,
        _add_bias,
        lambda rng: (np.zeros(4), some(rng, 4, 0, TITLES), some(rng, 3, 0, 8), rng.normal(size=(TITLES, 8))),
        exact=False,
    ),
    Twin(
        context_bias._learn,
        _learn_bias,
        lambda rng: (
            *(rng.normal(size=(TITLES, 8)) * 30.0, rng.permutation(TITLES)[:4]),
            *(rng.permutation(8)[:3], rng.normal(size=4) * 30.0),
        ),
    ),
)
