"""Twins of the kernels that lay pages out."""

from collections.abc import Container, Iterator
from typing import Any

import numpy as np
from tests.kernels.features import facts
from tests.kernels.twin import Rng, Twin, bits, coarse, ids, sizes, some

from playhead.arrays.types import Bools, Floats, Ids, Ints
from playhead.catalogue.tags.facets import MOODS
from playhead.features.histories import PASSES, SKIPS
from playhead.features.label_affinity import DIGITS, LIKED
from playhead.features.title_features import EPSILON, P_NEXT_COLUMN
from playhead.models.neighbours import CO_CHOSEN, LINKS
from playhead.page import gathering, layout, micro, occasion
from playhead.page import pool as page_pool
from playhead.page.gathering import GIVEN, LATER, RISING
from playhead.page.kinds import KIND_OF, KINDS, LAGS, SLOT, SLOTS, WIDTH
from playhead.page.layout import SMALLEST, _Limits
from playhead.page.micro import LEAST, SHARED, STEP, SURE, TitleFacets
from playhead.page.occasion import DAY, FEELS, FITS, HOUR
from playhead.page.pool import BRIEF, LIKED_FROM, LONG, PagePool
from playhead.ranking.score import DIGITS as SCORE_DIGITS

TITLES, PAGES, LABELS, GIVEN_MOST, TAGS = 30, 2, 4, 5, 4
Page = tuple[Ints, Ints]


def _liked(first: Ints, facts: Ints, weights: Floats, pages: int) -> Bools:
    liked = np.zeros((pages, LAGS), np.bool_)
    for row in range(pages):
        chosen = [
            n for n in range(first[row], first[row + 1]) if not facts[n, SKIPS] and not facts[n, PASSES]
        ]
        for lag, n in enumerate(chosen[:LAGS]):
            liked[row, lag] = weights[n] >= LIKED_FROM
    return liked


def _some_liked(rng: Rng) -> tuple[Any, ...]:
    first = sizes(rng, PAGES, 9)
    return first, facts(rng, int(first[-1])), coarse(rng, int(first[-1])), PAGES


def _linked(owner: Ints, links: Floats, lag: Ints, named: Bools, liked: Bools) -> tuple[Floats, Ints, Bools]:
    co_chosen = np.ascontiguousarray(links[:, CO_CHOSEN])
    near = (co_chosen > 0.0) & (lag >= 0) & (lag < LAGS)
    near &= named[owner, np.clip(lag, 0, LAGS - 1)]
    fond = near & liked[owner, np.clip(lag, 0, LAGS - 1)]
    return co_chosen, np.where(fond, lag, -1), near & (lag == 0)


def _some_links(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    size = len(pool.title)
    named, liked = (bits(rng, PAGES * LAGS).reshape(PAGES, LAGS) for _ in range(2))
    links = coarse(rng, size * LINKS).reshape(size, LINKS)
    return np.repeat(np.arange(PAGES), np.diff(pool.bounds)), links, some(rng, size, -1, 12), named, liked


def _dated(
    owner: Ints, title: Ints, added_at: Ints, available_until: Ints, at_ms: Ints, new_ms: int, leaving_ms: int
) -> tuple[Bools, Bools]:
    added, now_ms = added_at[title], at_ms[owner]
    return (added >= now_ms - new_ms) & (added <= now_ms), available_until[title] <= now_ms + leaving_ms


def _some_dates(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    owner = np.repeat(np.arange(PAGES), np.diff(pool.bounds))
    added, until = rng.integers(0, 9, TITLES), rng.integers(0, 12, TITLES)
    return owner, pool.title, added, until, rng.integers(3, 9, PAGES), 3, 2


def _rise(table: Floats, title: Ints, mine: Ints, often: Floats, rising: Floats) -> None:
    counts = np.exp(table[title[mine]].astype(np.float64)) - EPSILON
    lately, usually = (np.maximum(counts[:, column], 0.0) for column in (BRIEF, LONG))
    expected = usually * (lately.sum() / max(usually.sum(), page_pool.SMALLEST))
    often[mine] = table[title[mine], P_NEXT_COLUMN]
    rising[mine] = np.round((lately - expected) / np.sqrt(expected + 1.0), SCORE_DIGITS)


def _some_counts(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    size = len(pool.title)
    table = (rng.integers(-8, 5, (TITLES, P_NEXT_COLUMN + 1)) / 2.0).astype(np.float32)
    return table, pool.title, np.flatnonzero(bits(rng, size)), coarse(rng, size), coarse(rng, size)


def _mood(mood: Floats) -> int:
    valence, arousal, tension = mood.tolist()
    tests = (
        valence >= 0.5,
        tension >= np.float32(0.6),
        valence <= np.float32(-0.4),
        arousal <= np.float32(-0.2),
    )
    return next((place for place, holds in enumerate(tests) if holds), -1)


def _facets(about: TitleFacets, title: int) -> set[int]:
    """The facets of a title."""
    sure = {
        tag
        for tag, confidence in zip(
            about.tag_of[title].tolist(), about.confidence[title].tolist(), strict=True
        )
        if tag >= 0 and confidence >= SURE
    }
    mood = _mood(about.mood[title])
    return sure | ({about.tags + mood} if mood >= 0 else set())


def _some_facets(rng: Rng) -> TitleFacets:
    tag_of = np.full((TITLES, 3), np.int32(-1))
    for title in range(TITLES):
        some_tags = rng.permutation(TAGS)[: rng.integers(0, 4)]
        tag_of[title, : len(some_tags)] = some_tags
    return TitleFacets(
        tag_of,
        (rng.integers(0, 5, tag_of.shape) / 4.0).astype(np.float32),
        (rng.integers(-4, 5, (TITLES, 3)) / 4.0).astype(np.float32),
        rng.integers(0, 4, TAGS + len(MOODS)) > 0,
        rng.permutation(TAGS + len(MOODS)).astype(np.uint32),
        TAGS,
    )


def _topics(
    bounds: Ints,
    title: Ints,
    label_of: Ids,
    affinity: Floats,
    populations: Floats,
    population_of: Ints,
    digests: Ints,
) -> tuple[Ints, Floats]:
    labels = np.full((len(affinity), LIKED), -1)
    share = np.zeros(labels.shape)
    for row in range(len(affinity)):
        mine = label_of[title[bounds[row] : bounds[row + 1]]]
        value = np.rint(
            populations[population_of[row]] * np.exp(affinity[row]) * affinity[row] * 10.0**DIGITS
        )
        wanted = [
            (-value[label], digests[label], label)
            for label in range(len(digests))
            if (mine == label).sum() >= LEAST and affinity[row, label] > 0.0 and value[label] > 0.0
        ]
        if not wanted:
            most = np.rint(populations[population_of[row]] * 10.0**DIGITS)
            enough = [label for label in range(len(digests)) if (mine == label).sum() >= LEAST]
            wanted = [(-most[label], digests[label], label) for label in enough]
        best = [label for *_, label in sorted(wanted)[:LIKED]]
        labels[row, : len(best)] = best
        share[row, : len(best)] = (populations[population_of[row]] * np.exp(affinity[row]))[best]
    return labels, share


def _some_topics(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    affinity = coarse(rng, PAGES * LABELS).reshape(PAGES, LABELS)
    populations = rng.integers(1, 4, (2, LABELS)) / 8.0
    return (
        *(pool.bounds, pool.title, ids(rng, (TITLES, 2), LABELS), affinity, populations),
        *(rng.integers(0, 2, PAGES), rng.permutation(LABELS).astype(np.uint32)),
    )


def _chosen(
    bounds: Ints,
    title: Ints,
    favourites: Ints,
    recent: Ids,
    label_of: Ids,
    genre: Bools,
    about: TitleFacets,
) -> Ints:
    chosen = np.full(favourites.shape, -1)
    for (row, place), label in np.ndenumerate(favourites):
        if label < 0 or not genre[label]:
            continue
        mine = [
            number
            for number in title[bounds[row] : bounds[row + 1]]
            if label >= 0 and label in label_of[number]
        ]
        shared = np.zeros(len(about.usable))
        weight = 1.0
        for watched in recent[row]:
            if watched >= 0 and label >= 0 and label in label_of[watched]:
                shared[list(_facets(about, watched))] += weight
            weight *= STEP
        values = []
        for facet in np.flatnonzero(about.usable & (shared >= SHARED)).tolist():
            having = sum(facet in _facets(about, number) for number in mine)
            value = shared[facet] * np.log((1.0 + len(mine)) / (1.0 + having))
            if having >= LEAST and value > 0.0:
                values.append((-value, about.digest[facet], facet))
        chosen[row, place] = min(values)[2] if values else -1
    return chosen


def _some_micro(rng: Rng) -> tuple[Any, ...]:
    pool, labels = _some_pool(rng), 2
    favourites = some(rng, PAGES * 3, -1, labels).reshape(PAGES, 3)
    return (
        *(pool.bounds, pool.title, favourites, ids(rng, (PAGES, 8), TITLES)),
        *(ids(rng, (TITLES, 2), labels), rng.integers(0, 4, labels) > 0, _some_facets(rng)),
    )


def _fit(
    fits: Bools,
    owner: Ints,
    title: Ints,
    place_of: Ints,
    place: int,
    tokens: Ints,
    viewer: Floats,
    weights: Floats,
    mood: Floats,
) -> None:
    for n in range(len(title)):
        row, number = owner[n], title[n]
        if place_of[row] == place and viewer[row].any():
            fits[n] = viewer[row, 0] * mood[number, 0] + viewer[row, 1] * mood[number, 1] >= FEELS
        elif place_of[row] == place:
            fits[n] = weights[number, tokens[row, HOUR]] + weights[number, tokens[row, DAY]] >= FITS


def _some_moods(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    size = len(pool.title)
    owner = np.repeat(np.arange(PAGES), np.diff(pool.bounds))
    viewer = coarse(rng, 2 * PAGES).reshape(PAGES, 2) * rng.integers(0, 2, (PAGES, 1))
    return (
        *(np.zeros(size, np.bool_), owner, pool.title, rng.integers(0, 2, PAGES), 1),
        *(rng.integers(0, 5, (PAGES, 6)), viewer, coarse(rng, 5 * TITLES).reshape(TITLES, 5)),
        coarse(rng, 3 * TITLES).reshape(TITLES, 3).astype(np.float32),
    )


def _fit_season(
    fits: Bools, owner: Ints, title: Ints, seasons: Ints, season_of: Ints, tag_of: Ids, confidence: Floats
) -> None:
    for n, (row, number) in enumerate(zip(owner.tolist(), title.tolist(), strict=True)):
        tags = tag_of[number][(tag_of[number] >= 0) & (confidence[number] >= SURE)]
        fits[n] = seasons[row] >= 0 and (season_of[tags] == seasons[row]).any()


def _some_seasons(rng: Rng) -> tuple[Any, ...]:
    pool, about = _some_pool(rng), _some_facets(rng)
    owner = np.repeat(np.arange(PAGES), np.diff(pool.bounds))
    return (
        *(np.zeros(len(pool.title), np.bool_), owner, pool.title, rng.integers(-1, 2, PAGES)),
        *(rng.integers(-1, 2, TAGS), about.tag_of, about.confidence),
    )


def _drawn(
    pool: PagePool, row: int, labels: Ints, label_of: Ids, facet: Ints, about: TitleFacets
) -> Iterator[tuple[int, Bools, Floats]]:
    """For each row that is filled from the candidates: which of them are allowed in it, and the key of their order."""
    mine = slice(pool.bounds[row], pool.bounds[row + 1])
    title, lag, score = pool.title[mine], pool.lag[mine], pool.score[mine]
    yield SLOT["popular", 0], np.ones(len(title), np.bool_), pool.often[mine]
    yield SLOT["trending", 0], pool.rising[mine] >= RISING, pool.rising[mine]
    yield SLOT["tonight", 0], pool.tonight[mine], score
    yield SLOT["season", 0], pool.seasonal[mine], score
    yield SLOT["next_episodes", 0], pool.goes_on[mine] > 0, pool.goes_on[mine]
    yield SLOT["new_for_you", 0], pool.new[mine], score
    yield SLOT["leaving_soon", 0], pool.leaving[mine], score
    yield SLOT["more_like_this", 0], pool.like_last[mine], pool.co_chosen[mine]
    for back in range(LAGS):
        yield SLOT["because", back], lag == back, score
    for place, label in enumerate(labels[row]):
        of_label = (label >= 0) & (label_of[title] == label).any(axis=1)
        yield SLOT["genre", place], of_label, score
        beside = np.array([facet[row, place] in _facets(about, number) for number in title], np.bool_)
        yield SLOT["micro_genre", place], of_label & beside, score


def _gathered(
    pool: PagePool,
    favourites: Ints,
    label_of: Ids,
    facet: Ints,
    shares: Floats,
    about: TitleFacets,
    listed: Ints,
    given: Ints,
    least: Floats,
) -> tuple[Ints, Floats]:
    pages = len(pool.bounds) - 1
    titles = np.full((pages, len(SLOTS), WIDTH), -1)
    probabilities = np.zeros(titles.shape)
    for row in range(pages):
        mine = slice(pool.bounds[row], pool.bounds[row + 1])
        title, score, digests = pool.title[mine], pool.score[mine], pool.digests[mine]
        share = np.exp(score - score.max(initial=-np.inf))
        probability = dict(zip(title.tolist(), share / share.sum(), strict=True))
        rows = {SLOT["top_picks", 0]: pool.title[listed[row][listed[row] >= 0]].tolist()}
        for slot, may, key in _drawn(pool, row, favourites, label_of, facet, about):
            places = sorted(np.flatnonzero(may).tolist(), key=lambda n: (-key[n], digests[n]))
            rows[slot] = title[places].tolist()
        for slot, some_given in zip(GIVEN, given[row].tolist(), strict=True):
            rows[slot] = list(dict.fromkeys(number for number in some_given if number >= 0))
        for slot, numbers in rows.items():
            for place, number in enumerate(numbers[:WIDTH]):
                titles[row, slot, place] = number
                probabilities[row, slot, place] = max(
                    probability.get(number, 0.0), least[row, slot] * LATER**place
                )
        raised = np.exp(score - score.max(initial=-np.inf))
        for place, label in enumerate(favourites[row]):
            if label >= 0:
                own = raised[(label_of[title] == label).any(axis=1)].sum()
                factor = max(1.0, shares[row, place] * raised.sum() / max(own, page_pool.SMALLEST))
                probabilities[row, [SLOT["genre", place], SLOT["micro_genre", place]]] *= factor
    return titles, probabilities


def _some_pool(rng: Rng) -> PagePool:
    size = rng.integers(0, TITLES, PAGES)
    title = np.concatenate([np.sort(rng.permutation(TITLES)[:count]) for count in size])
    count = len(title)
    return PagePool(
        bounds=np.concatenate([[0], np.cumsum(size)]),
        title=title,
        score=coarse(rng, count),
        co_chosen=coarse(rng, count),
        lag=some(rng, count, -1, LAGS),
        like_last=bits(rng, count),
        goes_on=np.maximum(coarse(rng, count), 0.0),
        often=coarse(rng, count),
        rising=coarse(rng, count),
        new=bits(rng, count),
        leaving=bits(rng, count),
        tonight=bits(rng, count),
        seasonal=bits(rng, count),
        digests=rng.permutation(count).astype(np.uint32),
    )


def _some_rows(rng: Rng) -> tuple[Any, ...]:
    pool = _some_pool(rng)
    listed = np.full((PAGES, 7), -1)
    for row in range(PAGES):
        best = rng.permutation(np.arange(pool.bounds[row], pool.bounds[row + 1]))[:7]
        listed[row, : len(best)] = best
    genres = sum(kind == "genre" for kind, _ in SLOTS)
    return (
        *(pool, some(rng, PAGES * genres, -1, LABELS).reshape(PAGES, genres)),
        ids(rng, (TITLES, 2), LABELS),
        *(
            some(rng, PAGES * genres, -1, TAGS + len(MOODS)).reshape(PAGES, genres),
            rng.integers(0, 4, (PAGES, genres)) / 4.0,
            _some_facets(rng),
            listed,
        ),
        ids(rng, (PAGES, len(GIVEN), GIVEN_MOST), TITLES).astype(np.int64),
        np.maximum(coarse(rng, PAGES, len(SLOTS)), 0.0),
    )


def _rest(slots: list[int], most: Ints) -> list[int]:
    """The rows that a page may still have besides these, with at most so many of a kind."""
    kinds = [KIND_OF[slot] for slot in slots]
    return [slot for slot, kind in enumerate(KIND_OF) if slot not in slots and kinds.count(kind) < most[slot]]


def _worth_most(
    rest: list[int],
    of_page: tuple[Ints, Floats, Floats, Floats],
    limits: _Limits,
    seen: Container[int],
    repeated: float,
    steps: float,
    *,
    above: bool,
) -> int:
    titles, probabilities, weights, attention = of_page
    best, level = -1, -np.inf
    for slot in rest:
        of_row = _in_row(titles[slot], seen, limits.size[slot], above=above)
        if sum(titles[slot, n] not in seen for n in of_row) < limits.least[slot]:
            continue
        worth = 0.0
        for place, n in enumerate(of_row):
            worth += (
                attention[place] * probabilities[slot, n] * (repeated if titles[slot, n] in seen else 1.0)
            )
        worth *= weights[slot]
        step = np.floor(steps * np.log2(max(worth, SMALLEST)))
        if worth > 0.0 and step > level:
            best, level = slot, step
    return best


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
    embedding: Floats,
) -> Page:
    rows, once = shape
    order = np.full((len(titles), rows), -1)
    shown = np.full((len(titles), rows, titles.shape[2]), -1)
    for page in range(len(titles)):
        seen: dict[int, None] = {}
        slots: list[int] = []
        for row in range(rows):
            above = row < screens[page, 0]
            best = -1
            for only_once in (True, False) if row < once else (False,):
                if best < 0:
                    rest = _rest(slots, np.ones_like(limits.most) if only_once else limits.most)
                    of_page = titles[page], probabilities[page], weights[page], attention[page]
                    best = _worth_most(rest, of_page, limits, seen, repeated, steps, above=above)
            if best < 0:
                break
            of_row = _in_row(titles[page, best], seen, titles.shape[2], above=above)
            first = min(len(of_row), screens[page, 1], limits.size[best])
            if apart[best] > 0.0:
                probability = probabilities[page, best]
                of_row = _apart(
                    titles[page, best], probability, of_row, first, apart[best], embedding, [*seen]
                )
            of_row = of_row[: limits.size[best]]
            order[page, row] = best
            shown[page, row, : len(of_row)] = titles[page, best, of_row]
            seen.update(dict.fromkeys(titles[page, best, of_row[:first]].tolist()))
            slots.append(best)
    return order, shown


def _in_row(titles: Ints, seen: Container[int], size: int, *, above: bool) -> list[int]:
    """Places of the titles of a row, above the fold without titles seen before."""
    return [n for n in range(int((titles >= 0).sum())) if not (above and int(titles[n]) in seen)][:size]


def _apart(
    titles: Ints,
    probabilities: Floats,
    of_row: list[int],
    first: int,
    apart: float,
    embedding: Floats,
    seen: list[int],
) -> list[int]:
    """The visible places of a row in the order of maximal marginal relevance."""
    done: list[int] = []
    left = list(of_row)
    while len(done) < first:
        others = [*seen, *titles[done].tolist()]
        alike = [max((_dot(embedding, titles[n], other) for other in others), default=0.0) for n in left]
        value = [
            probabilities[n] * (1.0 - apart * min(max(near, 0.0), 1.0))
            for n, near in zip(left, alike, strict=True)
        ]
        done.append(left.pop(int(np.argmax(value))))
    return done + left


def _dot(embedding: Floats, title: int, other: int) -> float:
    product = 0.0
    for mine, its in zip(embedding[title], embedding[other], strict=True):
        product += float(mine * its)
    return product


def _some_layouts(rng: Rng) -> tuple[Any, ...]:
    titles = np.full((PAGES, len(SLOTS), WIDTH), -1)
    for page in range(PAGES):
        for slot in range(len(SLOTS)):
            some_titles = rng.permutation(TITLES)[: rng.integers(0, WIDTH + 1)]
            titles[page, slot, : len(some_titles)] = some_titles
    count = len(SLOTS)
    limits = _Limits(some(rng, count, 1, 5), some(rng, count, 5, WIDTH + 1), some(rng, count, 1, 4))
    return (
        *(titles, rng.integers(0, 3, titles.shape) / 4.0, rng.integers(0, 3, (PAGES, count)) / 2.0),
        *(
            limits,
            rng.integers(1, 5, (PAGES, 2)),
            rng.uniform(0.4, 0.9, (PAGES, 1)) ** np.arange(WIDTH),
            (7, 4),
            0.25,
            1.0,
        ),
        *(rng.integers(0, 2, count) / 2.0, (rng.integers(-1, 2, (TITLES, 4)) / 2.0).astype(np.float32)),
    )


PAGE_ROWS = (
    Twin(page_pool._liked, _liked, _some_liked),
    Twin(page_pool._linked, _linked, _some_links),
    Twin(page_pool._dated, _dated, _some_dates),
    Twin(page_pool._rise, _rise, _some_counts, exact=False),
    Twin(gathering._gathered, _gathered, _some_rows, exact=False),
    Twin(layout._laid, _laid, _some_layouts),
    Twin(micro._liked, _topics, _some_topics, exact=False),
    Twin(micro._chosen, _chosen, _some_micro),
    Twin(occasion._fit, _fit, _some_moods),
    Twin(occasion._fit_season, _fit_season, _some_seasons),
)
assert len(KINDS) == KIND_OF.max() + 1
