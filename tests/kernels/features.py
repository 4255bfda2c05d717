"""Twins of the kernels of catalogue/ and features/."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.kernels.twin import Rng, Twin, bits, coarse, hashes, ids, sizes, some

from playhead.arrays.types import Floats, Hashes, Ids, Ints, Singles
from playhead.catalogue import index
from playhead.features import histories, label_affinity, title_features
from playhead.features.histories import (
    AHEAD,
    AT,
    COMPLETED,
    KINDS,
    LENGTH,
    PASSES,
    PLAYS,
    SKIPS,
    TASTE_DEPTH,
    WATCHED,
    WORDS,
)
from playhead.features.label_affinity import DIGITS, LIKED, PRIOR
from playhead.models.choice_features import LABEL_HALVES, OF_TITLE, PLACE_HALVES, PLACES
from playhead.models.cooccurrence import CHOSEN_SPAN
from playhead.models.popularity import FLOOR, HALF_LIVES_MS, HALVES, PRIOR_WEIGHT, Dated
from playhead.signals import rows as stored

TITLES, LABELS = 9, 4
NOW_S = 10**9


def _newest(label_of: Ids, added: Ints, digests: Hashes, labels: int, count: int) -> tuple[Ids, Ints]:
    newest, having = np.full((labels, count), -1, np.int32), np.zeros(labels, np.int64)
    for label in range(labels):
        mine = [title for title, its in enumerate(label_of.tolist()) for other in its if other == label]
        order = sorted(mine, key=lambda title: (-added[title], digests[title], title))[:count]
        newest[label, : len(order)], having[label] = order, len(mine)
    return newest, having


def distinct_labels(rng: Rng) -> Ids:
    """Distinct labels of titles, padded with -1."""
    rows = np.array([rng.permutation(LABELS)[:3] for _ in range(TITLES)], np.int32)
    rows[np.arange(3) >= rng.integers(0, 4, TITLES)[:, None]] = -1
    return rows


def _label_affinities(
    starts: Ints, titles: Ints, weights: Floats, label_of: Ids, populations: Floats, population_of: Ints
) -> Floats:
    rows = []
    for row, population in enumerate(populations[population_of]):
        taste = np.zeros(populations.shape[1])
        for n in range(starts[row], min(starts[row] + TASTE_DEPTH, starts[row + 1])):
            mine = label_of[titles[n]] if titles[n] >= 0 else np.zeros(0, np.int32)
            np.add.at(taste, mine[mine >= 0], weights[n])
        mass = np.round(np.maximum(taste, 0.0).sum(), 9)
        share = np.maximum(taste + PRIOR * population, 0.1 * population)
        rows.append(np.log(share / (mass + PRIOR) / population))
    return np.array(rows).reshape(len(rows), populations.shape[1])


def _some_tastes(rng: Rng) -> tuple[Any, ...]:
    starts = sizes(rng, 3, 60)
    count = int(starts[-1])
    populations = rng.dirichlet(np.ones(LABELS), 2)
    return (
        starts,
        some(rng, count, -1, TITLES),
        coarse(rng, count),
        distinct_labels(rng),
        populations,
        some(rng, 3, 0, 2),
    )


def _favourites(affinity: Floats, digests: Hashes) -> Ints:
    labels = np.full((len(affinity), LIKED), -1)
    for row, mine in enumerate(np.rint(affinity * 10.0**DIGITS)):
        liked = sorted(np.flatnonzero(mine > 0.0), key=lambda label: (-mine[label], digests[label], label))[
            :LIKED
        ]
        labels[row, : len(liked)] = liked
    return labels


def _read(rows: NDArray[np.uint32], numbers: Ids, first: Ints) -> tuple[Ints, Ints, Ints]:
    words = rows.astype(np.int64)
    plays, flags = words[:, KINDS] & 0xFFFF, words[:, KINDS] >> 16
    completed = (flags & stored.COMPLETED) > 0
    skipped, passes = (flags & stored.SKIPPED) > 0, (flags & stored.PASSING) > 0
    over = completed & ((flags & stored.AGAIN) == 0)
    ahead = words[:, AHEAD]
    position = words[:, WATCHED] + np.where(ahead % 2, -(ahead + 1) // 2, ahead // 2)
    all_columns = words[:, AT], words[:, WATCHED], words[:, LENGTH]
    facts = np.stack([*all_columns, plays, completed, skipped, position, over, passes, flags >> 8], axis=1)
    return np.repeat(np.arange(len(first) - 1), np.diff(first)), numbers.astype(np.int64), facts


def _some_histories(rng: Rng) -> tuple[NDArray[np.uint32], Ids, Ints]:
    first = sizes(rng, 3, 4)
    count = int(first[-1])
    rows = rng.integers(0, 2**32, (count, WORDS), dtype=np.uint32)
    return np.frombuffer(rows.tobytes(), "<u4").reshape(-1, WORDS), ids(rng, (count,), TITLES), first


def _seen_between(rows: NDArray[np.uint32], after_s: int, until_s: int) -> Ints:
    at_s = rows.reshape(-1, WORDS)[:, AT].astype(np.int64)
    return np.flatnonzero((at_s > after_s) & (at_s <= until_s))


def _some_times(rng: Rng) -> tuple[NDArray[np.uint32], int, int]:
    rows = rng.integers(0, 20, (int(rng.integers(0, 9)), WORDS), dtype=np.uint32)
    after_s = int(rng.integers(-5, 20))
    return np.frombuffer(rows.tobytes(), "<u4"), after_s, after_s + int(rng.integers(0, 9))


def facts(rng: Rng, count: int) -> Ints:
    """Facts of titles in histories, as ``HistoryBatch`` has them."""
    columns = NOW_S - some(rng, count, 1, 10**7), some(rng, count, 0, 900), some(rng, count, 0, 3) * 300
    flags = [bits(rng, count) for _ in range(4)]
    all_columns = (
        *columns,
        some(rng, count, 0, 3),
        *flags[:2],
        some(rng, count, 0, 900),
        *flags[2:],
        some(rng, count, 0, 3),
    )
    return np.stack(all_columns, axis=1).astype(np.int64)


def ratio(facts: Ints, known_s: float) -> float:
    """The watch ratio of a title in a history."""
    length = facts[LENGTH] or known_s
    watched = facts[WATCHED] / length if length else 0.0
    return float(max(watched, 1.0) if facts[COMPLETED] else watched)


def _strength(facts: Ints, watched: float, rating: float) -> float:
    if not np.isnan(rating):
        return 2.0 * rating - 1.0
    if facts[SKIPS]:
        return histories.SKIPPED
    if facts[PASSES]:
        return 0.0
    return histories.PLAYED * min(watched, 1.0) if watched > 0 else histories.CLICKED


def _traced(
    first: Ints, title: Ints, facts: Ints, until_s: Ints, duration_s: Floats, ratings: Floats
) -> tuple[Floats, Ids, Ints, Floats, Ints]:
    snapshots = len(until_s)
    all_columns, recent = np.zeros(len(facts)), np.full((snapshots, CHOSEN_SPAN), -1, np.int32)
    since_s = np.zeros((snapshots, CHOSEN_SPAN), np.int64)
    completion, gap_s = np.full(snapshots, 0.5), np.full(snapshots, -1)
    for row in range(snapshots):
        mine = range(first[row], min(first[row] + TASTE_DEPTH, first[row + 1]))
        ratios = {n: ratio(facts[n], duration_s[title[n]] if title[n] >= 0 else 0.0) for n in mine}
        for n in mine:
            all_columns[n] = _strength(facts[n], ratios[n], ratings[n])
        chosen = [n for n in mine if not facts[n, SKIPS] and not facts[n, PASSES]][:CHOSEN_SPAN]
        recent[row, : len(chosen)] = title[chosen]
        since_s[row, : len(chosen)] = until_s[row] - 1 - facts[chosen, AT]
        if played := [min(ratios[n], 1.0) for n in mine if facts[n, PLAYS]]:
            completion[row] = sum(played) / len(played)
        if mine:
            gap_s[row] = min(until_s[row] - facts[first[row], AT], histories.LONGEST_GAP_S)
    return all_columns, recent, since_s, completion, gap_s


def _some_traces(rng: Rng) -> tuple[Any, ...]:
    first = sizes(rng, 3, 50)
    count = int(first[-1])
    ratings = np.where(rng.random(count) < 0.5, np.nan, rng.random(count))
    return (
        first,
        some(rng, count, -1, TITLES),
        facts(rng, count),
        np.full(3, NOW_S),
        coarse(rng, TITLES) ** 2,
        ratings,
    )


def dated(rng: Rng, titles: int = TITLES) -> Dated:
    """Counts of a group with fewer titles than the catalogue, some of them never counted."""
    at_ms = some(rng, titles, 0, 3).astype(np.float64) * 1e9
    return Dated(rng.random((titles, HALVES)), at_ms, rng.random(HALVES) * 9.0, 2.5e9)


def left(group: Dated, titles: Ints) -> Floats:
    """Decayed counts of titles, [titles × half-lives]."""
    rows = []
    for title in titles:
        known = title < len(group.at_ms) and group.at_ms[title] > 0.0
        age_ms = max(group.now_ms - group.at_ms[title], 0.0) if known else 0.0
        rows.append(group.counts[title] * 0.5 ** (age_ms / HALF_LIVES_MS) if known else np.zeros(HALVES))
    return np.array(rows).reshape(len(titles), HALVES)


def _more(count: Floats, share: Floats, total: Floats) -> Floats:
    smoothing = title_features.SMOOTHING
    more: Floats = np.log((count / share + smoothing) / (total + smoothing))
    return more


def _describe(titles: Ints, table: Singles, rates: Floats, label_of: Ids) -> None:
    place, width = PLACES["label_popularity"].start, rates.shape[1]
    for title in titles:
        known = label_of[title][label_of[title] >= 0]
        mean = np.zeros(width, np.float32)
        for label in known:
            mean = (mean + rates[label]).astype(np.float32)
        table[title, place : place + width] = mean / max(len(known), 1)


def _choose(titles: Ints, table: Singles, own: Dated, everyone: Floats, total: Floats, here: Dated) -> None:
    halves, lean = list(PLACE_HALVES), PRIOR_WEIGHT / (PRIOR_WEIGHT + own.totals)
    both = (1.0 - lean) * left(own, titles) + lean * everyone
    share = (both + FLOOR) / total
    table[titles, :HALVES] = np.log(both + title_features.EPSILON)
    table[titles, OF_TITLE] = share.mean(axis=1)
    table[titles, PLACES["surface"]] = _more(
        left(here, titles)[:, halves], share[:, halves], here.totals[halves]
    )


def _look(titles: Ints, table: Singles, own: Dated, seen: Dated, total: Floats, look: Dated) -> None:
    halves, prior = list(PLACE_HALVES), title_features.RATE_PRIOR
    usual = (prior * (own.totals + 1.0) / (seen.totals + 2.0))[halves]
    times, here = left(seen, titles)[:, halves], left(look, titles)[:, halves]
    table[titles, PLACES["shown"]] = np.log(times + title_features.EPSILON)
    table[titles, PLACES["click_rate"]] = np.log((left(own, titles)[:, halves] + usual) / (times + prior))
    table[titles, PLACES["shown_here"]] = _more(here, (times + FLOOR) / total[halves], look.totals[halves])


def _some_table(rng: Rng) -> tuple[Ints, Singles]:
    return rng.permutation(TITLES)[:5], np.zeros((TITLES, OF_TITLE + 1), np.float32)


FEATURES = (
    Twin(
        index._newest,
        _newest,
        lambda rng: (distinct_labels(rng), some(rng, TITLES, 0, 4), hashes(rng, TITLES) % 3, LABELS, 3),
    ),
    Twin(label_affinity.label_affinities, _label_affinities, _some_tastes, exact=False),
    Twin(label_affinity.favourites, _favourites, lambda rng: (coarse(rng, 3, 7), hashes(rng, 7) % 3)),
    Twin(histories._read, _read, _some_histories),
    Twin(histories._seen_between, _seen_between, _some_times),
    Twin(histories._traced, _traced, _some_traces, exact=False),
    Twin(
        title_features._describe,
        _describe,
        lambda rng: (*_some_table(rng), rng.random((LABELS, len(LABEL_HALVES))), distinct_labels(rng)),
        exact=False,
    ),
    Twin(
        title_features._choose,
        _choose,
        lambda rng: (
            *_some_table(rng),
            dated(rng),
            rng.random((5, HALVES)),
            9.0 + rng.random(HALVES),
            dated(rng, 3),
        ),
        exact=False,
    ),
    Twin(
        title_features._look,
        _look,
        lambda rng: (*_some_table(rng), dated(rng), dated(rng), 9.0 + rng.random(HALVES), dated(rng, 3)),
        exact=False,
    ),
)
