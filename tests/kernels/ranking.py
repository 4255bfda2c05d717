"""Twins of the kernels of ranking/."""

from typing import Any

import numpy as np
from tests.kernels.arrays import plain_cross
from tests.kernels.content import aged, alike, shared, some_content, some_taste, spoken
from tests.kernels.features import NOW_S, distinct_labels
from tests.kernels.models import facts_of, responses
from tests.kernels.sequence_models import accumulated, query
from tests.kernels.twin import Rng, Twin, bits, coarse, ids, sizes, some

from playhead.arrays.hashing import PAD
from playhead.arrays.hashing import SLOTS as HASHED
from playhead.arrays.types import Floats, Ids, Ints, Singles
from playhead.domain.title_tags import EMBEDDING
from playhead.features.context import SURFACE, TitleCounts
from playhead.features.title_features import P_NEXT_COLUMN
from playhead.models.bayesian_logistic import LARGEST_INPUT
from playhead.models.choice_features import OF_TITLE, PLACES, TRUSTED, WIDTH
from playhead.models.feature_rates import COLD_START, FACTS, NOTHING
from playhead.models.head_lists import DENSE, INPUTS
from playhead.models.neighbours import CO_CHOSEN, LAG_ONE, LINKS, SHORT_LAGS
from playhead.ranking import choice, outcome_features, outcomes
from playhead.ranking.choice import PAIR, WeightedSums
from playhead.ranking.feature_tile import BACK_STEP, LEAST_CO_CHOSEN, FeatureContext
from playhead.ranking.outcome_features import CROSSED, CROSSED_RATES, PROFILE, TITLE
from playhead.ranking.outcome_features import PAIR as PAIR_PLACES

TITLES, LABELS, OUTPUTS, SLOTS = 9, 4, 5, 12


def _mean_affinity(affinity: Floats, labels: Ids) -> float:
    known = labels[labels >= 0]
    return float(affinity[known].sum()) / max(len(known), 1)


def _log(values: Floats) -> Floats:
    return np.log1p(np.maximum(values, 0.0))


def _own(title: Ints, context: FeatureContext, mine: slice) -> Floats:
    """Repeat-consumption features: opened; played; for repeatable titles number of plays, and two measures of recency."""
    own = np.zeros((5, len(title)))
    for back, (played, plays) in enumerate(
        zip(context.own.title[mine], context.own.times[mine], strict=True)
    ):
        at = title == played
        if context.repeatable[played]:
            own[2:, at] += np.array([[plays], [1.0 / (1.0 + back)], [BACK_STEP**back]])
        else:
            own[1 if plays > 0.0 else 0, at] += 1.0
    own[2] = _log(own[2])
    return own


def _features(row: int, table: Singles, context: FeatureContext) -> Floats:
    """The features of a snapshot's candidates, [features × candidates]."""
    inside = slice(context.first[row], context.first[row + 1])
    title, links, features = (
        context.title[inside],
        context.links[inside],
        np.zeros((WIDTH, inside.stop - inside.start)),
    )
    features[:OF_TITLE] = table[title, :OF_TITLE].T
    least = np.outer(TRUSTED, table[title, P_NEXT_COLUMN])
    features[PLACES["next"]], features[PLACES["soon"]] = (
        _log(links[:, LAG_ONE] / least),
        _log(links[:, SHORT_LAGS] / least),
    )
    features[PLACES["together"]] = links[:, CO_CHOSEN], _log(links[:, CO_CHOSEN] / LEAST_CO_CHOSEN)
    features[PLACES["taste"]] = [
        _mean_affinity(context.affinity[row], context.label_of[number]) for number in title
    ]
    features[PLACES["sequence"]] = context.outward[title] @ context.profiles[row]
    features[PLACES["circumstances"]] = context.context_bias[title][:, context.tokens[row]].sum(axis=1)
    for name, asked in (("sittings", context.co_consumption), ("alongside", context.co_impression)):
        strength = accumulated(title, row, asked)
        features[PLACES[name]] = strength, _log(strength / LEAST_CO_CHOSEN)
    mine = slice(context.seen.first[row], context.seen.first[row + 1])
    times = [context.seen.times[mine][context.seen.title[mine] == number].sum() for number in title]
    features[PLACES["seen"]] = _log(np.array(times))
    features[PLACES["content"]] = alike(title, context.taste.vectors[row], context.about.embedding)
    features[PLACES["tags"]] = shared(title, context.recent[row], context.about)
    features[PLACES["age"]] = aged(title, context.until_s[row], context.about.added_at)
    tongue = spoken(title, context.taste.languages[row], context.taste.year[row], context.about)
    features[PLACES["language"]], features[PLACES["year"]] = tongue
    features[PLACES["mood"]] = (context.mood[row] * context.about.mood[title, :2]).T
    strength = accumulated(title, row, context.attended_co_consumption)
    features[PLACES["household"]] = (
        context.about.embedding[title].astype(np.float64) @ context.attended_vector[row],
        strength,
        _log(strength / LEAST_CO_CHOSEN),
        context.outward[title] @ context.attended_profiles[row],
        [_mean_affinity(context.attended_affinity[row], context.label_of[number]) for number in title],
    )
    features[PLACES["own"]] = _own(title, context, slice(context.own.first[row], context.own.first[row + 1]))
    return features


def _write(logits: Floats, rows: Ints, table: Singles, context: FeatureContext, slot: Ids) -> None:
    del slot
    for row in rows:
        logits[context.first[row] : context.first[row + 1]] = _features(row, table, context).T


def _weigh(
    weighed: WeightedSums,
    weights: Floats,
    groups: Ints,
    rows: Ints,
    table: Singles,
    context: FeatureContext,
    slot: Ids,
) -> None:
    del slot
    for row in rows:
        mine, parts = (
            slice(context.first[row], context.first[row + 1]),
            weights[row][:, None] * _features(row, table, context),
        )
        weighed.total[mine] = parts.sum(axis=0)
        for group in range(len(weighed.by_group)):
            weighed.by_group[group, mine] = parts[groups == group].sum(axis=0)
        features = _features(row, table, context)
        weighed.pair[mine] = features[PAIR].T


def _counts(rng: Rng) -> TitleCounts:
    """Numbers of titles of two snapshots, distinct in each, -1 among them."""
    first = sizes(rng, 2, 6)
    title = np.concatenate([rng.permutation(np.arange(-1, TITLES))[:size] for size in np.diff(first)])
    return TitleCounts(first, title.astype(np.int64), some(rng, len(title), 0, 3).astype(np.float64))


def _some_context(rng: Rng) -> tuple[Ints, Singles, FeatureContext, Ids]:
    first = sizes(rng, 2, 6)
    title = np.concatenate([np.sort(rng.permutation(TITLES)[:size]) for size in np.diff(first)]).astype(
        np.int64
    )
    context = FeatureContext(
        first,
        title,
        np.maximum(coarse(rng, len(title), LINKS), 0.0),
        rng.normal(size=(2, LABELS)),
        distinct_labels(rng),
        rng.normal(size=(2, 8)),
        rng.normal(size=(TITLES, 8)),
        rng.integers(0, 6, (2, 3)),
        rng.normal(size=(TITLES, 6)),
        bits(rng, TITLES),
        query(rng),
        query(rng),
        _counts(rng),
        _counts(rng),
        some_content(rng),
        ids(rng, (2, 4), TITLES),
        np.full(2, NOW_S),
        some_taste(rng, 2),
        np.array([[0.0, 0.0], [0.5, -1.0]])[rng.permutation(2)],
        rng.normal(size=(2, EMBEDDING)),
        query(rng),
        rng.normal(size=(2, 8)),
        rng.normal(size=(2, LABELS)),
    )
    table = (rng.random((TITLES, OF_TITLE + 1)) + 0.01).astype(np.float32)
    return np.arange(2), table, context, np.full(TITLES, -1, np.int32)


def _some_candidates(rng: Rng) -> tuple[Any, ...]:
    rows, table, context, slot = _some_context(rng)
    return np.zeros((len(context.title), WIDTH)), rows, table, context, slot


def _some_weights(rng: Rng) -> tuple[Any, ...]:
    rows, table, context, slot = _some_context(rng)
    size = len(context.title)
    weighed = WeightedSums(np.zeros(size), np.zeros((2, size)), np.zeros((size, len(PAIR))))
    return weighed, rng.normal(size=(2, WIDTH)), some(rng, WIDTH, -1, 2), rows, table, context, slot


def _title_slots(slots: Ints, rates: Ints, title: Ints, surface: Ints) -> tuple[Ints, Ints]:
    def crossed(columns: Ints, which: tuple[int, ...]) -> Ints:
        more = [
            [plain_cross(int(at), int(columns[number, place])) for place in which]
            for number, at in zip(title, surface, strict=True)
        ]
        return np.concatenate(
            [columns[title], np.array(more, np.int64).reshape(len(title), len(which))], axis=1
        )

    return crossed(slots, CROSSED), crossed(rates, CROSSED_RATES)


def _mean_affinities(affinity: Floats, label_of: Ids, owner: Ints, title: Ints) -> Floats:
    return np.array(
        [_mean_affinity(affinity[row], label_of[number]) for row, number in zip(owner, title, strict=True)]
    )


def _input(values: Floats) -> Floats:
    return np.clip(np.round(values, 4), -LARGEST_INPUT, LARGEST_INPUT)


def _join(
    logits: Floats,
    rows: Ints,
    known: Floats,
    profiles: Floats,
    owner: Ints,
    title: Ints,
    together: Floats,
    weights: Floats,
) -> None:
    of_title = np.where(title[rows, None] >= 0, known[title[rows]], 0.0)
    logits[rows] = of_title + profiles[owner[rows]] + _input(together[rows]) @ weights


def _logits(
    dense: Floats, rated: Ints, slots: Ints, counts: Floats, always: Floats, *weights: Floats
) -> Floats:
    of_dense, of_facts, of_slots = weights
    logits = np.tile(always, (len(dense), 1))
    for row in range(len(dense)):
        facts = facts_of(counts, rated[row], counts[0] + COLD_START, NOTHING).ravel()
        logits[row] += _input(dense[row]) @ of_dense + _input(facts) @ of_facts
        logits[row, : of_slots.shape[1]] += of_slots[slots[row]].sum(axis=0)
    return logits


def _lengths(duration_s: Floats, title: Ints) -> Floats:
    length_s = duration_s[title]
    known = length_s > 0.0
    length = np.where(known, np.log1p(length_s) / 5.0 - 0.8, 0.0)
    return np.stack([length, length**2, known], axis=1)


def _named(
    owner: Ints,
    title: Ints,
    pair: Floats,
    dense: Floats,
    rated: Ints,
    slots: Ints,
    duration_s: Floats,
    rates: Ints,
    counts: Floats,
    population: Floats,
) -> Floats:
    known = title[:, None] >= 0
    _, of_title = _title_slots(rates, rates, title, slots[owner, SURFACE])
    values = np.zeros((len(title), DENSE))
    values[:, PAIR_PLACES], values[:, PROFILE] = pair, dense[owner]
    values[:, TITLE] = np.where(known, _lengths(duration_s, title), 0.0)
    facts = [
        facts_of(counts, of.ravel(), population, NOTHING).reshape(len(of), -1) for of in (of_title, rated)
    ]
    return np.concatenate([_input(values), np.where(known, facts[0], 0.0), facts[1][owner]], axis=1)


def _some_inputs(rng: Rng) -> tuple[Any, ...]:
    behind = DENSE + outcomes.TITLE_RATED * FACTS
    counts = np.abs(rng.normal(size=(HASHED, len(COLD_START)))) * 9.0
    counts[PAD] = 0.0
    rated = rng.integers(0, 99, (3, (INPUTS - behind) // FACTS))
    of_profiles = rng.normal(size=(3, PROFILE.stop - PROFILE.start)) * 9.0, rated, rng.integers(0, 99, (3, 4))
    of_titles = rng.integers(0, 9_000, TITLES) * bits(rng, TITLES) * 1.0, rng.integers(0, 99, (TITLES, 4))
    pairs = (
        np.sort(some(rng, 6, 0, 3)),
        some(rng, 6, -1, TITLES),
        rng.normal(size=(6, len(PAIR_PLACES))) * 30.0,
    )
    return *pairs, *of_profiles, *of_titles, counts, COLD_START


RANKING = (
    Twin(choice._write, _write, _some_candidates, exact=False),
    Twin(choice._weigh, _weigh, _some_weights, exact=False),
    Twin(
        outcome_features._title_slots,
        _title_slots,
        lambda rng: (
            *(rng.integers(0, 99, (TITLES, 4)), rng.integers(0, 99, (TITLES, 4))),
            *(some(rng, 5, 0, TITLES), some(rng, 5, 0, 99)),
        ),
    ),
    Twin(
        outcome_features._lengths,
        _lengths,
        lambda rng: (rng.integers(0, 9_000, TITLES) * bits(rng, TITLES) * 1.0, some(rng, 5, -1, TITLES)),
        exact=False,
    ),
    Twin(outcomes._named, _named, _some_inputs, exact=False),
    Twin(
        outcome_features._mean_affinities,
        _mean_affinities,
        lambda rng: (
            rng.normal(size=(2, LABELS)),
            distinct_labels(rng),
            some(rng, 4, 0, 2),
            some(rng, 4, 0, TITLES),
        ),
        exact=False,
    ),
    Twin(
        outcomes._join,
        _join,
        lambda rng: (
            *(np.zeros((6, OUTPUTS)), np.sort(rng.permutation(6)[:4]), rng.normal(size=(TITLES, OUTPUTS))),
            *(rng.normal(size=(2, OUTPUTS)), some(rng, 6, 0, 2), some(rng, 6, -1, TITLES)),
            *(rng.normal(size=(6, 2)) * 9.0, rng.normal(size=(2, OUTPUTS))),
        ),
        exact=False,
    ),
    Twin(
        outcomes._logits,
        _logits,
        lambda rng: (
            *(rng.normal(size=(2, 3)) * 9.0, rng.integers(0, SLOTS, (2, 2)), rng.integers(0, SLOTS, (2, 4))),
            *(responses(rng), rng.normal(size=OUTPUTS), rng.normal(size=(3, OUTPUTS))),
            *(rng.normal(size=(2 * FACTS, OUTPUTS)), rng.normal(size=(SLOTS, 2))),
        ),
        exact=False,
    ),
)
