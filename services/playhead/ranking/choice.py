"""The features of a choice: for each candidate what every part says for it. One code for serving and for learning.

The groups stand in ``models.parts``. Those of a title on its surface are computed once a version of the models
for all titles, the others for the candidates alone. A feature that says nothing of a title is 0.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.models.neighbours import NEXT, SOON, TOGETHER
from playhead.models.parts import LABEL_HALVES, OF_TITLE, PLACE_HALVES, PLACES, TRUSTED, WIDTH
from playhead.models.popularity import Floats, Singles, shares
from playhead.models.shard import group_of
from playhead.ranking.features import label_lift
from playhead.ranking.moments import Columns
from playhead.ranking.pool import Pool
from playhead.retrieval.around import Around
from playhead.retrieval.view import View

EPSILON = 0.3
"""Pseudo-count under a logarithm: what is chosen once is told from what is never chosen, but not by much."""
SINGLE_EPSILON = np.float32(EPSILON)
SMOOTHING = 20.0
"""Choices on a surface up to which it is taken for any other."""
RATE_PRIOR = 5.0
"""Impressions up to which a title's click rate is taken for the usual one."""
LEAST_TOGETHER = 0.02


def features(view: View, columns: Columns, pool: Pool, found: list[Around]) -> Floats:
    """All features of the candidates, [features × candidates]."""
    said = np.zeros((WIDTH, len(pool.title)))
    bounds = pool.bounds(len(found)).tolist()
    for row, surface in enumerate(columns.surface):
        mine = slice(bounds[row], bounds[row + 1])
        said[:OF_TITLE, mine] = of_titles(view, surface)[:, pool.title[mine]]
        _links(said[:, mine], view, found[row], pool.title[mine])
    said[PLACES["taste"]] = label_lift(columns, view.catalogue, pool.owner, pool.title)
    said[PLACES["seen"]] = np.log1p(pool.values(*columns.seen))
    owner, title, times = columns.own
    again = view.catalogue.repeatable[title] & (title >= 0)
    own = said[PLACES["own"]]
    own[0] = pool.values(owner[~again], title[~again], np.ones(int((~again).sum())))
    own[1] = np.log1p(pool.values(owner[again], title[again], times[again]))
    view.models.prepare()
    sequence = view.models.sequence
    profiles = sequence.profiles(columns.recent)
    said[PLACES["sequence"]] = _dots(profiles, sequence.outward, pool)
    said[PLACES["circumstances"]] = view.models.circumstances.scores(columns.tokens, pool.owner, pool.title)
    return said


def _dots(profiles: Floats, outward: Floats, pool: Pool) -> Floats:
    """Profile's side times title's side, summed in one order whatever the size of the batch."""
    dots: Floats = np.einsum("pd,pd->p", profiles[pool.owner], outward[pool.title], optimize=False)
    return dots


def _links(said: Floats, view: View, found: Around, titles: NDArray[np.int64]) -> None:
    links = np.zeros((len(titles), 3))
    if len(found.titles):
        at = np.minimum(np.searchsorted(found.titles, titles), len(found.titles) - 1)
        links = np.where((found.titles[at] == titles)[:, None], found.links[at], 0.0)
    popular = view.popular[titles]
    for place, least in enumerate(TRUSTED):
        said[PLACES["next"].start + place] = np.log1p(links[:, NEXT] / (least * popular))
        said[PLACES["soon"].start + place] = np.log1p(links[:, SOON] / (least * popular))
    together = said[PLACES["together"]]
    together[0] = links[:, TOGETHER]
    together[1] = np.log(LEAST_TOGETHER + links[:, TOGETHER]) - np.log(LEAST_TOGETHER)


def of_titles(view: View, surface: str) -> Singles:
    """The features of all titles on a surface, [OF_TITLE × titles]."""
    key = ("choice", group_of(view.market, "chosen", surface))
    kept = view.kept.get(key)
    if kept is None:
        kept = view.kept[key] = _of_titles(view, surface)
    said: Singles = kept
    return said


def _of_titles(view: View, surface: str) -> Singles:
    said = np.zeros((OF_TITLE, view.size), dtype=np.float32)
    said[PLACES["popularity"]] = np.log(view.counts + SINGLE_EPSILON)
    said[PLACES["label_popularity"]] = _by_label(view)
    said[PLACES["surface"]] = _lift_here(view, "chosen", surface, view.shares[PLACE_HALVES])
    shown = view.models.tallies.get(group_of(view.market, "shown"))
    if shown is not None and view.tally is not None:
        seen = shown.decayed(view.now_ms, view.size, PLACE_HALVES)
        said[PLACES["shown"]] = np.log(seen + SINGLE_EPSILON)
        chosen = view.tally.decayed(view.now_ms, view.size, PLACE_HALVES)
        all_seen = shown.totals(view.now_ms)[PLACE_HALVES]
        usual = RATE_PRIOR * (view.tally.totals(view.now_ms)[PLACE_HALVES] + 1.0) / (all_seen + 2.0)
        said[PLACES["click_rate"]] = np.log((chosen + _single(usual)) / (seen + np.float32(RATE_PRIOR)))
        share = shares(seen, all_seen, shown.size)
        said[PLACES["shown_here"]] = _lift_here(view, "shown", surface, share)
    return said


def _lift_here(view: View, kind: str, surface: str, share: Singles) -> Singles:
    """How much more often titles are counted on this surface than anywhere, as a log-ratio."""
    here = view.models.tallies.get(group_of(view.market, kind, surface))
    if here is None:
        return np.zeros_like(share)
    counts = here.decayed(view.now_ms, view.size, PLACE_HALVES)
    total = here.totals(view.now_ms)[PLACE_HALVES] + SMOOTHING
    lift: Singles = np.log((counts / share + np.float32(SMOOTHING)) / _single(total))
    return lift


def _by_label(view: View) -> Singles:
    """How often a title of each of its labels is chosen, as a mean of logs over its labels; 0 without labels."""
    shelves, count = view.shelves, len(view.catalogue.labels)
    said = np.zeros((len(LABEL_HALVES), view.size), dtype=np.float32)
    if not count or not len(shelves.titles):
        return said
    sizes = np.bincount(shelves.labels, minlength=count) + 1.0
    labels = view.catalogue.label_of[: view.size].T
    having = np.maximum((labels >= 0).sum(axis=0), 1).astype(np.float32)
    for place, half in enumerate(LABEL_HALVES):
        chosen = np.bincount(shelves.labels, weights=view.counts[half][shelves.titles], minlength=count)
        rate = np.append(np.log((chosen + 0.1) / sizes), 0.0).astype(
            np.float32
        )  # the last: no label, number -1
        for one in labels:
            said[place] += rate[one]
        said[place] /= having
    return said


def _single(values: Floats) -> Singles:
    return values[:, None].astype(np.float32)
