"""Twins of the kernels that compare contents, in features/ and ranking/."""

from typing import Any

import numpy as np
from tests.kernels.features import NOW_S, facts
from tests.kernels.twin import Rng, Twin, coarse, ids, sizes, some

from playhead.arrays.types import Floats, Ids, Ints, Singles
from playhead.candidates import untried
from playhead.domain.title_tags import EMBEDDING
from playhead.features import content as taste
from playhead.features import household
from playhead.features.histories import DEVICE, PASSES, SKIPPED, SKIPS, TASTE_DEPTH
from playhead.models.popularity import HALVES
from playhead.ranking import content
from playhead.ranking.content import TitleContent

TITLES, TAGS, LANGUAGES, BACK = 9, 6, 3, 4


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _vectors(
    first: Ints,
    title: Ints,
    opinions: Ints,
    recent: Ids,
    rated_first: Ints,
    rated: Ids,
    value: Floats,
    embedding: Singles,
) -> Floats:
    def added(pairs: list[tuple[int, float]]) -> Floats:
        parts = [weight * embedding[title].astype(np.float64) for title, weight in pairs if title >= 0]
        return _unit(np.sum(parts, axis=0) if parts else np.zeros(EMBEDDING))

    vectors = []
    for row, mine in enumerate(recent):
        last = range(first[row], min(first[row] + TASTE_DEPTH, first[row + 1]))
        skipped = [
            (title[n], -SKIPPED * taste.STEP**back) for back, n in enumerate(last) if opinions[n, SKIPS]
        ]
        words = [
            (rated[n], 2.0 * (value[n] - taste.MIDDLE) * taste.STEP**back)
            for back, n in enumerate(range(rated_first[row], rated_first[row + 1]))
        ]
        vectors.append(
            [
                added([(title, taste.STEP**back) for back, title in enumerate(mine)]),
                added([(title, taste.LATE_STEP**back) for back, title in enumerate(mine)]),
                added([word for word in words if word[1] > 0.0]),
                added([*skipped, *((title, -weight) for title, weight in words if weight <= 0.0)]),
            ]
        )
    return np.array(vectors)


def _attend(
    first: Ints, opinions: Ints, device: Ints, recent: Ids, since_s: Ints, embedding: Singles
) -> tuple[Floats, Floats, Floats]:
    weights, past = np.zeros(recent.shape), np.ones(len(opinions))
    vector = np.zeros((len(recent), EMBEDDING))
    about = np.where(recent[:, :, None] >= 0, embedding[recent].astype(np.float64), 0.0)
    for row in range(len(recent)):
        mine = np.arange(first[row], min(first[row] + TASTE_DEPTH, first[row + 1]))
        mine = mine[(opinions[mine, SKIPS] == 0) & (opinions[mine, PASSES] == 0)][: recent.shape[1]]
        since = since_s[row, : len(mine)]
        session = np.cumsum(np.diff(since, prepend=since[:1]) >= household.SESSION_S)
        on = len(mine) > 0 and since[0] < household.SESSION_S
        for number in set(session.tolist()):
            backs = np.flatnonzero(session == number)
            hour = 1.0 - np.cos(2.0 * np.pi * since[backs[0]] / household.DAY_S)
            cosine = (
                _unit(about[row, : len(mine)][session == 0].sum(axis=0))
                @ _unit(about[row, backs].sum(axis=0))
                if on
                else 1.0
            )
            its = opinions[mine[backs[0]], DEVICE]
            elsewhere = device[row] >= 0 and its > 0 and its != device[row]
            apart = household.HOUR * hour + household.ELSEWHERE * elsewhere + household.ABOUT * (1.0 - cosine)
            weights[row, backs] = past[mine[backs]] = 1.0 if on and number == 0 else np.exp(-apart)
        steps = weights[row] * taste.STEP ** np.arange(recent.shape[1])
        vector[row] = _unit(steps @ about[row])
    return weights, past, vector


def _some_sessions(rng: Rng) -> tuple[Any, ...]:
    first = sizes(rng, 3, 7)
    opinions = facts(rng, int(first[-1]))
    since_s = np.sort(some(rng, 3 * BACK, 0, 4).reshape(3, BACK) * 1_200, axis=1).astype(np.int64)
    recent = ids(rng, (3, BACK), TITLES)
    embedding = rng.normal(size=(TITLES, EMBEDDING)).astype(np.float32)
    return first, opinions, some(rng, 3, -1, 3), recent, since_s, embedding


def _languages(recent: Ids, spoken: Ids, language: Ids, share: Floats) -> Floats:
    shares = np.zeros((len(recent), len(share)))
    for row, mine in enumerate(recent):
        languages = np.append(language[mine[mine >= 0]], spoken[row])
        languages = languages[(languages >= 0) & (languages < len(share))]
        prior = taste.LANGUAGE_PRIOR
        mixed = (np.bincount(languages, minlength=len(share)) + prior * share) / (len(languages) + prior)
        shares[row] = np.log(mixed / share) if len(languages) else 0.0
    return shares


def _years(recent: Ids, year: Floats) -> Floats:
    years = np.zeros(len(recent))
    for row, mine in enumerate(recent):
        dated = [
            (year[watched], taste.STEP**back)
            for back, watched in enumerate(mine)
            if watched >= 0 and year[watched] > 0.0
        ]
        if dated:
            values, weights = np.array(dated).T
            years[row] = (values * weights).sum() / weights.sum()
    return years


def alike(title: Ints, vectors: Floats, embedding: Singles) -> Floats:
    """Cosines of titles with the vectors of a profile, [KINDS × titles]."""
    return vectors @ embedding[title].T.astype(np.float64)


def shared(title: Ints, recent: Ids, about: TitleContent) -> Floats:
    """Cosine of the tags of titles with those of the titles chosen last."""

    def tags(number: int) -> Floats:
        values, mine = np.zeros(len(about.rarity)), about.tag_of[number]
        np.add.at(values, mine[mine >= 0], about.confidence[number][mine >= 0].astype(np.float64))
        return values * about.rarity

    profile = sum(
        (taste.STEP**back * tags(watched) for back, watched in enumerate(recent) if watched >= 0),
        np.zeros(len(about.rarity)),
    )
    products = [(_unit(tags(number)) @ _unit(profile)) for number in title]
    return np.array(products).reshape(len(title))


def aged(title: Ints, until_s: int, added_at: Ints) -> Floats:
    """log(1 + days), 1 / (1 + days), whether the age is known, [3 × titles]."""
    days = np.maximum(until_s - added_at[title] / 1000.0, 0.0) / 86_400.0
    return np.where(added_at[title] != 0, [np.log1p(days), 1.0 / (1.0 + days), np.ones(len(title))], 0.0)


def spoken(title: Ints, lifts: Floats, mine: float, about: TitleContent) -> Floats:
    """The lift of the language, and the distance in years, [2 × titles]."""
    language, year = about.language[title], about.year[title]
    known = (language >= 0) & (language < len(lifts))
    affinity = np.where(known, lifts[np.where(known, language, 0)], 0.0)
    far = np.minimum(np.abs(year - mine) / content.DECADE, content.FARTHEST)
    return np.stack([affinity, np.where((year > 0.0) & (mine > 0.0), far, 0.0)])


def _pairs(owner: Ints, title: Ints, until_s: Ints, recent: Ids, vectors: Floats, *columns: Any) -> Floats:
    embedding, tag_of, confidence, rarity, weighed, added_at = columns
    nothing = np.zeros(0, np.int32), np.zeros(0)
    moods = np.zeros((0, 3), np.float32)
    content = TitleContent(embedding, tag_of, confidence, rarity, weighed, *nothing, added_at, moods)
    features = np.zeros((len(owner), 5))
    for n, (row, number) in enumerate(zip(owner, title, strict=True)):
        if number >= 0:
            mine = np.array([number])
            features[n, :2] = alike(mine, vectors[row], content.embedding)[:2, 0]
            features[n, 2] = shared(mine, recent[row], content)[0]
            features[n, 3:] = aged(mine, until_s[row], added_at)[[0, 2], 0]
    return features


def some_content(rng: Rng) -> TitleContent:
    """Content columns of a few titles, some of them with fewer tags, or nothing at all."""
    tag_of = np.array([rng.permutation(TAGS)[:4] for _ in range(TITLES)], np.int32)
    tag_of[np.arange(4) >= rng.integers(0, 5, TITLES)[:, None]] = -1
    return TitleContent(
        rng.normal(size=(TITLES, EMBEDDING)).astype(np.float32),
        tag_of,
        rng.random((TITLES, 4)).astype(np.float32),
        rng.random(TAGS) + 0.1,
        np.zeros(TAGS),
        ids(rng, (TITLES,), LANGUAGES + 1),
        some(rng, TITLES, 0, 2) * (1980.0 + 90.0 * rng.random(TITLES)),
        some(rng, TITLES, 0, 2) * (NOW_S - some(rng, TITLES, -9, 10**7)) * 1000,
        (rng.random((TITLES, 3)) - 0.5).astype(np.float32),
    )


def some_taste(rng: Rng, snapshots: int) -> taste.ContentTaste:
    """Content features of snapshots."""
    return taste.ContentTaste(
        rng.normal(size=(snapshots, taste.KINDS, EMBEDDING)),
        rng.normal(size=(snapshots, LANGUAGES)),
        some(rng, snapshots, 0, 2).astype(np.float64) * 2000.0,
    )


def _some_vectors(rng: Rng) -> tuple[Any, ...]:
    first, rated = sizes(rng, 3, 50), sizes(rng, 3, 5)
    count, words = int(first[-1]), int(rated[-1])
    return (
        *(first, some(rng, count, -1, TITLES), facts(rng, count), ids(rng, (3, BACK), TITLES)),
        *(rated, ids(rng, (words,), TITLES), rng.random(words), some_content(rng).embedding),
    )


def _some_pairs(rng: Rng) -> tuple[Any, ...]:
    about = some_content(rng)
    return (
        *(some(rng, 6, 0, 2), some(rng, 6, -1, TITLES), np.full(2, NOW_S), ids(rng, (2, BACK), TITLES)),
        *(some_taste(rng, 2).vectors, *about[:5], about.added_at),
    )


def _nearest(
    alike: Singles, order: Ids, added_s: Ints, counts: Floats, digests: Any, until_s: int
) -> tuple[Ids, Ints]:
    kept, sizes = np.full((2, untried.KEPT), -1, np.int32), np.zeros(2, np.int64)
    age_s = until_s - added_s
    few = np.array(
        [number >= len(counts) or counts[number, -1] < untried.LITTLE for number in order], dtype=bool
    )
    may = np.flatnonzero(few & (age_s >= 0) & (alike > 0.0))
    best = may[np.lexsort((digests[order[may]], -alike[may]))]
    for row, mine in enumerate((best[(added_s[best] > 0) & (age_s[best] <= untried.YOUNG_S)], best)):
        sizes[row] = min(len(mine), untried.KEPT)
        kept[row, : sizes[row]] = order[mine[: untried.KEPT]]
    return kept, sizes


def _some_untried(rng: Rng) -> tuple[Any, ...]:
    titles = int(rng.choice([200, 2_000]))
    alike = np.round(rng.normal(size=titles), 1).astype(np.float32)
    added_s = -np.sort(some(rng, titles, -1, 1) * (NOW_S - some(rng, titles, -9, 2 * untried.YOUNG_S)))
    often = rng.choice([12.0, 1e4])  # some titles are chosen often, or nearly all
    digests = rng.permutation(titles).astype(np.uint32)
    order = rng.permutation(titles).astype(np.int32)
    return alike, order, added_s, rng.random((titles - 100, HALVES)) * often, digests, NOW_S


def _some_cosines(rng: Rng) -> tuple[Singles, Singles]:
    return rng.normal(size=(EMBEDDING, 20)).astype(np.float32), rng.normal(size=EMBEDDING).astype(np.float32)


CONTENT = (
    Twin(untried._nearest, _nearest, _some_untried),
    Twin(
        untried._cosines,
        lambda across, taste: (across * taste[:, None]).cumsum(axis=0, dtype=np.float32)[-1],
        _some_cosines,
    ),
    Twin(household.attend, _attend, _some_sessions, exact=False),
    Twin(taste._vectors, _vectors, _some_vectors, exact=False),
    Twin(
        taste._languages,
        _languages,
        lambda rng: (
            ids(rng, (3, BACK), TITLES),
            ids(rng, (3,), LANGUAGES + 1),
            ids(rng, (TITLES,), LANGUAGES + 1),
            rng.dirichlet(np.ones(LANGUAGES)),
        ),
        exact=False,
    ),
    Twin(
        taste._years,
        _years,
        lambda rng: (ids(rng, (3, BACK), TITLES), np.abs(coarse(rng, TITLES)) * 1000.0),
        exact=False,
    ),
    Twin(content._pairs, _pairs, _some_pairs, exact=False),
)
