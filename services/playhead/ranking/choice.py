"""The features of a choice: for each candidate what every part says for it. One code for serving and for learning.

The groups stand in ``models.parts``. Those of a title on its surface are computed once a version of the models, for
the titles that are asked for; the others for each candidate. A feature that says nothing of a title is 0.
"""

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.models.bonds import ASKED_STEP, CHOSEN_SPAN, SHOWN_SPAN, SHOWN_STEP, closeness
from playhead.models.neighbours import NEXT, SOON, TOGETHER
from playhead.models.parts import LABEL_HALVES, OF_TITLE, PLACE_HALVES, PLACES, TRUSTED, WIDTH
from playhead.models.popularity import HALVES, Floats, Ints, Popularity, Singles, shares
from playhead.models.shard import group_of
from playhead.ranking.features import label_lift
from playhead.ranking.moments import Columns
from playhead.ranking.pool import Pool
from playhead.retrieval.view import View

EPSILON = 0.3
"""Pseudo-count under a logarithm: what is chosen once is told from what is never chosen, but not by much."""
SMOOTHING = 20.0
"""Choices on a surface up to which it is taken for any other."""
RATE_PRIOR = 5.0
"""Impressions up to which a title's click rate is taken for the usual one."""
LABEL_EPSILON = 0.1
LEAST_TOGETHER = 0.02
BACK_STEP = 0.9
"""What one more title since makes of how lately one's own was played, beside the reciprocal of their number."""
POPULAR = OF_TITLE
"""Column of a sheet behind the features of a title: P(next choice)."""
_NEXT, _SOON, _TOGETHER = PLACES["next"].start, PLACES["soon"].start, PLACES["together"].start
_TASTE, _SEEN, _OWN = PLACES["taste"].start, PLACES["seen"].start, PLACES["own"].start
_SITTINGS, _ALONGSIDE = PLACES["sittings"].start, PLACES["alongside"].start
_SHOWN, _CLICK_RATE = PLACES["shown"].start, PLACES["click_rate"].start
_SEQUENCE, _CIRCUMSTANCES = PLACES["sequence"].start, PLACES["circumstances"].start
_ASKED: Floats = np.power(ASKED_STEP, np.arange(CHOSEN_SPAN))
_ASKED_SHOWN: Floats = np.power(SHOWN_STEP, np.arange(SHOWN_SPAN))
_TRUSTED: Floats = np.array(TRUSTED)
_PLACE_HALVES: Ints = np.array(PLACE_HALVES)


def features(view: View, columns: Columns, pool: Pool) -> Floats:
    """All features of the candidates, [candidates × features]."""
    said = np.zeros((len(pool.title), WIDTH))
    popular = np.empty(len(pool.title))
    bounds = pool.bounds(len(columns.surface)).tolist()
    for row, surface in enumerate(columns.surface):
        mine = slice(bounds[row], bounds[row + 1])
        sheet = of_titles(view, surface, pool.title[mine])
        said[mine, :OF_TITLE] = sheet[pool.title[mine], :OF_TITLE]
        popular[mine] = sheet[pool.title[mine], POPULAR]
    models = view.models
    models.prepare()
    _link(said, pool.links, popular)
    said[:, _TASTE] = label_lift(columns, view.catalogue, pool.owner, pool.title)
    said[:, _SEQUENCE] = models.sequence.scores(columns.recent, pool.owner, pool.title)
    said[:, _CIRCUMSTANCES] = models.circumstances.scores(columns.tokens, pool.owner, pool.title)
    _bind(said, view, columns, pool)
    said[:, _SEEN] = np.log1p(pool.values(*columns.seen)[:, 0])
    owner, title, times = columns.own
    if len(owner):
        again = view.catalogue.repeatable[title] & (title >= 0)
        played = times > 0
        back = np.arange(len(owner)) - np.searchsorted(owner, owner)
        opened, only = (~again & ~played).astype(np.float64), (~again & played).astype(np.float64)
        lately, faded = again / (1.0 + back), again * np.power(BACK_STEP, back)
        said[:, _OWN : _OWN + 5] = pool.values(owner, title, opened, only, times * again, lately, faded)
        said[:, _OWN + 2] = np.log1p(said[:, _OWN + 2])
    return said


def _bind(said: Floats, view: View, columns: Columns, pool: Pool) -> None:
    """How strongly candidates are bound to what was chosen and what was shown last."""
    bonds, slot = view.models.bonds, view.scratch
    slot.make_room(len(view.catalogue.titles))
    asked = _ASKED * closeness(columns.since_s)
    close = bonds["sittings"].asked(columns.recent, asked, pool.owner, pool.title, slot.slot)
    said[:, _SITTINGS], said[:, _SITTINGS + 1] = close, np.log1p(close / LEAST_TOGETHER)
    if (columns.shown >= 0).any():
        asked = np.broadcast_to(_ASKED_SHOWN, columns.shown.shape)
        met = bonds["alongside"].asked(columns.shown, asked, pool.owner, pool.title, slot.slot)
        said[:, _ALONGSIDE], said[:, _ALONGSIDE + 1] = met, np.log1p(met / LEAST_TOGETHER)


@compiled
def _link(said: Floats, links: Floats, popular: Floats) -> None:
    for row in range(len(said)):
        for place in range(len(_TRUSTED)):
            least = _TRUSTED[place] * popular[row]
            said[row, _NEXT + place] = np.log1p(links[row, NEXT] / least)
            said[row, _SOON + place] = np.log1p(links[row, SOON] / least)
        said[row, _TOGETHER] = links[row, TOGETHER]
        said[row, _TOGETHER + 1] = np.log1p(links[row, TOGETHER] / LEAST_TOGETHER)


def of_titles(view: View, surface: str, titles: Ints) -> Singles:
    """The sheet of a surface, [all titles × (OF_TITLE + P(next choice))], of which these titles are written."""
    sheet = view.lasting.sheet(group_of(view.market, "chosen", surface), OF_TITLE + 1)
    missing = sheet.missing(titles, view.serial, view.size)
    if len(missing):
        _write(view, surface, missing, sheet.values)
    return sheet.values


def _write(view: View, surface: str, titles: Ints, sheet: Singles) -> None:
    counts, totals = view.counts(titles)
    share = shares(counts, totals, view.counted)
    tallies, market = view.models.tallies, view.market
    shown = tallies.get(group_of(market, "shown"))
    seen, all_seen, sighted = _counted(view, shown, titles)
    chosen, all_chosen, _ = _counted(view, view.tally, titles)
    here, all_here, _ = _counted(view, tallies.get(group_of(market, "chosen", surface)), titles)
    look, all_look, _ = _counted(view, tallies.get(group_of(market, "shown", surface)), titles)
    _describe(titles, sheet, counts, share, _label_rates(view), view.catalogue.label_of)
    _compare(titles, sheet, PLACES["surface"].start, here, share, all_here)
    if shown is None:
        sheet[titles, PLACES["shown"].start : OF_TITLE] = 0.0
        return
    usual = RATE_PRIOR * (all_chosen + 1.0) / (all_seen + 2.0)
    _rate(titles, sheet, chosen, seen, usual)
    share_of_seen = shares(seen, all_seen, sighted)
    _compare(titles, sheet, PLACES["shown_here"].start, look, share_of_seen, all_look)


def _counted(view: View, tally: Popularity | None, titles: Ints) -> tuple[Floats, Floats, int]:
    if tally is None:
        return np.zeros((len(titles), HALVES)), np.zeros(HALVES), 0
    return tally.of(titles, view.now_ms), tally.totals(view.now_ms), tally.size


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
            half = _PLACE_HALVES[place]
            times = (here[row, half] / share[row, half] + SMOOTHING) / (total[half] + SMOOTHING)
            sheet[titles[row], first + place] = np.log(times)


@compiled
def _rate(titles: Ints, sheet: Singles, chosen: Floats, seen: Floats, usual: Floats) -> None:
    """How often titles are shown, and how often they are chosen then."""
    for row in range(len(titles)):
        for place in range(len(_PLACE_HALVES)):
            half = _PLACE_HALVES[place]
            sheet[titles[row], _SHOWN + place] = np.log(seen[row, half] + EPSILON)
            rate = (chosen[row, half] + usual[half]) / (seen[row, half] + RATE_PRIOR)
            sheet[titles[row], _CLICK_RATE + place] = np.log(rate)
