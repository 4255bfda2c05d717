"""What is known of a title on a surface, whoever looks: the features that are computed once a version of the models.

They stand in sheets, a row a title, of which only those rows are written that are asked for.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.parts import LABEL_HALVES, OF_TITLE, PLACE_HALVES, PLACES
from playhead.models.popularity import Floats, Ints, Popularity, Singles, shares
from playhead.models.shard import group_of
from playhead.retrieval.view import View

EPSILON = 0.3
"""Pseudo-count under a logarithm: what is chosen once is told from what is never chosen, but not by much."""
SMOOTHING = 20.0
"""Choices on a surface up to which it is taken for any other."""
RATE_PRIOR = 5.0
"""Impressions up to which a title's click rate is taken for the usual one."""
LABEL_EPSILON = 0.1
POPULAR = OF_TITLE
"""Column of a sheet behind the features of a title: P(next choice)."""
_SHOWN, _CLICK_RATE = PLACES["shown"].start, PLACES["click_rate"].start
_PLACE_HALVES: Ints = np.array(PLACE_HALVES)


def of_titles(view: View, surface: str, titles: Ints) -> Singles:
    """The sheet of a surface, [all titles × (OF_TITLE + P(next choice))], of which these titles are written."""
    sheet = view.lasting.sheet(group_of(view.market, "chosen", surface), OF_TITLE + 1)
    missing = sheet.missing(titles, view.serial, view.size)
    if len(missing):
        _write(view, surface, missing, sheet.values)
    return sheet.values


def _write(view: View, surface: str, titles: Ints, sheet: Singles) -> None:
    own, counts = view.counts(titles)
    share = shares(counts, view.totals, view.counted)
    tallies, market = view.models.tallies, view.market
    shown = tallies.get(group_of(market, "shown"))
    seen, all_seen, sighted = _counted(view, shown, titles)
    here, all_here, _ = _counted(view, tallies.get(group_of(market, "chosen", surface)), titles)
    look, all_look, _ = _counted(view, tallies.get(group_of(market, "shown", surface)), titles)
    _describe(titles, sheet, counts, share, _label_rates(view), view.catalogue.label_of)
    _compare(titles, sheet, PLACES["surface"].start, here, share.take(_PLACE_HALVES, axis=1), all_here)
    if shown is None:
        sheet[titles, PLACES["shown"].start : OF_TITLE] = 0.0
        return
    usual = RATE_PRIOR * (view.own_totals[_PLACE_HALVES] + 1.0) / (all_seen + 2.0)
    _rate(titles, sheet, own.take(_PLACE_HALVES, axis=1), seen, usual)
    share_of_seen = shares(seen, all_seen, sighted)
    _compare(titles, sheet, PLACES["shown_here"].start, look, share_of_seen, all_look)


def _counted(view: View, tally: Popularity | None, titles: Ints) -> tuple[Floats, Floats, int]:
    if tally is None:
        return np.zeros((len(titles), len(_PLACE_HALVES))), np.zeros(len(_PLACE_HALVES)), 0
    return tally.of(titles, view.now_ms, _PLACE_HALVES), tally.totals(view.now_ms)[_PLACE_HALVES], tally.size


def _label_rates(view: View) -> Floats:
    """How often a title of each label is chosen, as logs, [labels × LABEL_HALVES]."""
    rates: Floats | None = view.kept.get("label rates")
    if rates is None:
        having = np.zeros(len(view.label_counts))
        having[: len(view.shelves.having)] = view.shelves.having
        chosen = view.label_counts[:, LABEL_HALVES] + LABEL_EPSILON
        rates = np.ascontiguousarray(np.log(chosen / (having[:, None] + 1.0)))
        view.kept["label rates"] = rates
    return rates


@compiled
def _describe(
    titles: Ints, sheet: Singles, counts: Floats, share: Floats, rates: Floats, label_of: NDArray[np.int32]
) -> None:
    """How often titles, and titles of their labels, are chosen."""
    halves, width = counts.shape[1], rates.shape[1]
    for row in range(len(titles)):
        told = sheet[titles[row]]
        for half in range(halves):
            told[half] = np.log(counts[row, half] + EPSILON)
        told[halves : halves + width] = 0.0
        known = 0
        for label in label_of[titles[row]]:
            if label >= 0:
                known += 1
                for place in range(width):
                    told[halves + place] += rates[label, place]
        told[halves : halves + width] /= max(known, 1)
        told[POPULAR] = share[row].mean()


@compiled
def _compare(titles: Ints, sheet: Singles, first: int, here: Floats, share: Floats, total: Floats) -> None:
    """How much more often titles are counted on the surface than anywhere, as log-ratios."""
    for row in range(len(titles)):
        for place in range(len(_PLACE_HALVES)):
            times = (here[row, place] / share[row, place] + SMOOTHING) / (total[place] + SMOOTHING)
            sheet[titles[row], first + place] = np.log(times)


@compiled
def _rate(titles: Ints, sheet: Singles, chosen: Floats, seen: Floats, usual: Floats) -> None:
    """How often titles are shown, and how often they are chosen then."""
    for row in range(len(titles)):
        for place in range(len(_PLACE_HALVES)):
            sheet[titles[row], _SHOWN + place] = np.log(seen[row, place] + EPSILON)
            rate = (chosen[row, place] + usual[place]) / (seen[row, place] + RATE_PRIOR)
            sheet[titles[row], _CLICK_RATE + place] = np.log(rate)
