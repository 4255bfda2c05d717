"""The rarely shown candidates of lists: added lately or never chosen, not shown often, not failed, and liked by the profile."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Hashes, Ints
from playhead.features.context import ContextBatch
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import HALF_LIVES_MS, HALVES, left
from playhead.models.tallies import group_of
from playhead.ranking.score import LIKED, Scored

DAY_S = 86_400
UNCHOSEN = 0.5
"""Decayed choices below which a title counts as never chosen."""
LEAST_SHOWN = 20
"""Least impressions of a title that can count as failed."""
FAILURE = 0.5
"""A title has failed if its click rate is certainly below this share of the mean."""
SURE = 2.0
"""Standard deviations that count as certain."""
_ONE_DAY = 4
"""Index of the half-life (38 h) by which impressions a day are estimated."""
_NOTHING: tuple[Floats, Floats] = np.zeros((0, HALVES)), np.zeros(0)
"""The counts of a group that nobody has counted."""


class Rarity(NamedTuple):
    """When a title counts as rarely shown: fewer choices than ``known_after``, fewer impressions a day than ``daily``; new up to an age of ``young_s``."""

    known_after: float
    daily: float
    young_s: float


class Untried(NamedTuple):
    """Rarely shown candidates, grouped by list: new ones, then older ones; each by liking, best first.

    ``first`` [lists + 1]: where those of each list begin; ``place``: index of each in ``Scored``; ``young``: whether it is new.
    """

    first: Ints
    place: Ints
    young: Bools


def rarely_shown(
    rarity: Rarity, columns: ContextBatch, scored: Scored, liking: Floats, steps: Ints
) -> Untried:
    """The rarely shown candidates of all lists with exploring places.

    ``liking`` [candidates]: the profiles' liking, rounded; ``steps`` [lists]: 0 for lists without such places.
    """
    pool, count = scored.pool, len(steps)
    bounds = pool.bounds(count)
    added_at, digests = columns.views[0].catalogue.added_at, columns.views[0].catalogue.digest
    title, until_s, liked = pool.title, columns.until_s, scored.by_group[LIKED]
    place, young = np.empty(len(title), dtype=np.int64), np.empty(len(title), dtype=np.bool_)
    first = np.zeros(count + 1, dtype=np.int64)
    for view, (begin, end) in _markets(columns, count):
        limits = _limits(rarity, view)
        (chosen, chosen_ms), (shown, shown_ms) = (_counted(view, kind) for kind in ("", "shown"))
        _find_untried(
            begin, end, bounds, steps, until_s, liked, title, liking, added_at, digests,
            limits, chosen, chosen_ms, shown, shown_ms, first, place, young,
        )  # fmt: skip
    return Untried(first, place[: first[-1]], young[: first[-1]])


def _markets(columns: ContextBatch, count: int) -> Iterator[tuple[MarketSnapshot, tuple[int, int]]]:
    """The market of each run of consecutive lists, and the range of these lists."""
    views = [columns.view(row) for row in range(count)]
    edges = [row for row in range(1, count) if views[row] is not views[row - 1]]
    for first, last in pairwise([0, *edges, count]):
        yield views[first], (first, last)


class _Limits(NamedTuple):
    """Limits of rarely shown titles in a market: those of ``Rarity``, the time now, and the click rate below which a title has failed."""

    known_after: float
    daily: float
    young_s: float
    now_ms: float
    failed: float


def _limits(rarity: Rarity, view: MarketSnapshot) -> _Limits:
    shown = view.models.tallies.get(group_of(view.audience, "shown"))
    known_after, daily, young_s = rarity
    now_ms = float(view.now_ms)
    if shown is None:  # impressions are not reported
        return _Limits(known_after, np.inf, young_s, now_ms, 0.0)
    usual = min(float(view.own_totals[-1] / max(shown.totals(view.now_ms)[-1], 1.0)), 1.0)
    return _Limits(known_after, daily, young_s, now_ms, FAILURE * usual)


def _counted(view: MarketSnapshot, kind: str) -> tuple[Floats, Floats]:
    """A market's counts of a kind (``tallies.group_of``) as stored, and the times that they are as of."""
    tally = view.models.tallies.get(group_of(view.audience, kind))
    return _NOTHING if tally is None else (tally.counts, tally.at_ms)


@compiled
def _find_untried(
    begin: int,
    end: int,
    bounds: Ints,
    steps: Ints,
    until_s: Ints,
    liked: Floats,
    title: Ints,
    liking: Floats,
    added_at: Ints,
    digests: Hashes,
    limits: _Limits,
    chosen: Floats,
    chosen_ms: Floats,
    shown: Floats,
    shown_ms: Floats,
    first: Ints,
    place: Ints,
    young: Bools,
) -> None:
    """Writes the rarely shown candidates of lists from ``begin`` to before ``end`` behind those of the lists before (``Untried``).

    A new title must be liked at least as much as the profile's candidates in the mean; an older one that nobody has chosen must be liked more.
    """
    for row in range(begin, end):
        filled = first[row]
        if steps[row] > 0:
            usual = 0.0
            for n in range(bounds[row], bounds[row + 1]):
                usual += liked[n]
            # Rounded, so that equal values compare equal.
            usual = np.rint(usual / max(bounds[row + 1] - bounds[row], 1) * 1e6) / 1e6
            for n in range(bounds[row], bounds[row + 1]):
                if liking[n] < usual:
                    continue
                added_s = added_at[title[n]] // 1000
                age_s = until_s[row] - added_s
                new = added_s > 0 and age_s <= limits.young_s
                if age_s < 0 or not (new or liking[n] > usual):
                    continue
                times = left(chosen, chosen_ms, title[n], HALVES - 1, limits.now_ms)
                if times >= limits.known_after or not (new or times < UNCHOSEN):
                    continue
                if _is_worth_trying(times, title[n], limits, shown, shown_ms):
                    filled = _insert(place, young, first[row], filled, n, new, title, liking, digests)
        first[row + 1] = filled


@compiled
def _is_worth_trying(chosen: float, title: int, limits: _Limits, shown: Floats, shown_ms: Floats) -> bool:
    """Whether a title, which was ``chosen`` that often, is shown rarely and has not failed."""
    lately = left(shown, shown_ms, title, _ONE_DAY, limits.now_ms)
    if lately * np.log(2.0) * DAY_S * 1000.0 / HALF_LIVES_MS[_ONE_DAY] >= limits.daily:
        return False
    times = left(shown, shown_ms, title, HALVES - 1, limits.now_ms)
    rate = (chosen + 1.0) / (max(times, chosen) + 2.0)
    most = rate + SURE * np.sqrt(rate * (1.0 - rate) / (times + 2.0))
    return times < LEAST_SHOWN or most >= limits.failed


@compiled
def _insert(
    place: Ints,
    young: Bools,
    first: int,
    last: int,
    n: int,
    new: bool,
    title: Ints,
    liking: Floats,
    digests: Hashes,
) -> int:
    """Inserts a candidate into a list that is ordered: new ones first, then by liking, ties by digest. Returns its new end."""
    at = last
    while at > first:
        other = place[at - 1]
        if young[at - 1] != new:
            before = young[at - 1]
        elif liking[other] != liking[n]:
            before = liking[other] > liking[n]
        else:
            before = digests[title[other]] <= digests[title[n]]
        if before:
            break
        place[at], young[at] = other, young[at - 1]
        at -= 1
    place[at], young[at] = n, new
    return last + 1
