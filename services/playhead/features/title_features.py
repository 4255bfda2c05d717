"""Features of a title on a surface that are equal for all profiles, computed once for each version of the models.

They are cached in tables with a row for each title; rows are computed on demand.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints, Singles
from playhead.features import evidence
from playhead.models.choice_features import OF_TITLE, PLACE_HALVES, PLACES
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import FLOOR, HALVES, PRIOR_WEIGHT, Dated, dated, left, pseudo_total
from playhead.models.tallies import group_of

EPSILON = 0.3
"""Pseudo-count under a logarithm, so that a title chosen once differs from one never chosen, but not by much."""
SMOOTHING = 20.0
"""Pseudo-choices by which a surface's share of a title is shrunk to that of the whole market."""
RATE_PRIOR = 5.0
"""Pseudo-impressions by which a title's click rate is shrunk to the mean."""
P_NEXT_COLUMN = OF_TITLE
"""Column of P(next choice), behind the features of a title."""
_LABELS, _SURFACE = PLACES["label_popularity"].start, PLACES["surface"].start
_SHOWN, _CLICK_RATE = PLACES["shown"].start, PLACES["click_rate"].start
_SHOWN_HERE = PLACES["shown_here"].start
_MAKERS, _SEASON = PLACES["makers"].start, PLACES["season"].start
_PLACE_HALVES: Ints = np.array(PLACE_HALVES)


def title_features(view: MarketSnapshot, surface: str, titles: Ints) -> Singles:
    """The feature table of a surface, [all titles × (OF_TITLE + 1)], with the rows of these titles filled."""
    table = view.lasting.features.of(group_of(view.audience, "chosen", surface))
    missing = table.missing(titles, view.serial, view.size)
    if len(missing):
        _write(view, surface, missing, table.values)
    return table.values


def _write(view: MarketSnapshot, surface: str, titles: Ints, table: Singles) -> None:
    tallies, market, now_ms = view.models.tallies, view.audience, view.now_ms
    shown = tallies.get(group_of(market, "shown"))
    own, seen = dated(view.tally, now_ms), dated(shown, now_ms)
    here = dated(tallies.get(group_of(market, "chosen", surface)), now_ms)
    look = dated(tallies.get(group_of(market, "shown", surface)), now_ms)
    _describe(titles, table, view.label_rates(), view.catalogue.label_of)
    table[titles, _MAKERS] = evidence.of_makers(view, titles)
    table[titles, _SEASON] = evidence.of_season(view, titles)
    _choose(titles, table, own, view.everyone.of(titles), pseudo_total(view.totals, view.counted), here)
    if shown is None:
        table[titles, _SHOWN:OF_TITLE] = 0.0
    else:
        _look(titles, table, own, seen, pseudo_total(seen.totals, shown.size), look)


@compiled
def _describe(titles: Ints, table: Singles, rates: Floats, label_of: NDArray[np.int32]) -> None:
    """Writes the mean of the choice rates (logs) of each title's labels."""
    width = rates.shape[1]
    for title in titles:
        row = table[title, _LABELS : _LABELS + width]
        row[:] = 0.0
        known = 0
        for label in label_of[title]:
            if label >= 0:
                known += 1
                for place in range(width):
                    row[place] += rates[label, place]
        row /= max(known, 1)


@compiled
def _choose(titles: Ints, table: Singles, own: Dated, everyone: Floats, total: Floats, here: Dated) -> None:
    """Writes the popularity of titles (logs), and the log-ratio of their popularity on the surface to that in the whole market."""
    counts, at_ms, totals, now_ms = own
    counts_here, at_ms_here, totals_here, _ = here
    lean, share = PRIOR_WEIGHT / (PRIOR_WEIGHT + totals), np.empty(HALVES)
    for row in range(len(titles)):
        title = titles[row]
        features = table[title]
        for half in range(HALVES):
            mine = left(counts, at_ms, title, half, now_ms)
            both = (1.0 - lean[half]) * mine + lean[half] * everyone[row, half]
            features[half] = np.log(both + EPSILON)
            share[half] = (both + FLOOR) / total[half]
        features[P_NEXT_COLUMN] = share.mean()
        for place in range(len(_PLACE_HALVES)):
            half = _PLACE_HALVES[place]
            count = left(counts_here, at_ms_here, title, half, now_ms)
            features[_SURFACE + place] = _more(count, share[half], totals_here[half])


@compiled
def _look(titles: Ints, table: Singles, own: Dated, seen: Dated, total: Floats, look: Dated) -> None:
    """Writes impressions and click rates of titles (logs), and the log-ratio of their impressions on the surface to those in the whole market."""
    counts, at_ms, totals, now_ms = own
    counts_seen, at_ms_seen, totals_seen, _ = seen
    counts_here, at_ms_here, totals_here, _ = look
    usual = RATE_PRIOR * (totals + 1.0) / (totals_seen + 2.0)
    for title in titles:
        features = table[title]
        for place in range(len(_PLACE_HALVES)):
            half = _PLACE_HALVES[place]
            chosen = left(counts, at_ms, title, half, now_ms)
            times = left(counts_seen, at_ms_seen, title, half, now_ms)
            here = left(counts_here, at_ms_here, title, half, now_ms)
            features[_SHOWN + place] = np.log(times + EPSILON)
            features[_CLICK_RATE + place] = np.log((chosen + usual[half]) / (times + RATE_PRIOR))
            features[_SHOWN_HERE + place] = _more(here, (times + FLOOR) / total[half], totals_here[half])


@compiled
def _more(count: float, share: float, total: float) -> float:
    """The smoothed log-ratio of a title's count on the surface to the count expected from its overall share."""
    ratio: float = np.log((count / share + SMOOTHING) / (total + SMOOTHING))
    return ratio
