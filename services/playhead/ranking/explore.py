"""New titles get their chance: one place in ten goes to a title of which little is known, by Thompson sampling.

    a list of 50, share .1     places 10, 20, 30, 40 and 50 may go to new titles, the others are the best 45 as ever
    which                      candidates added lately, chosen and shown little, liked by content, in none of those 45
    drawn                      each as likely as it is likely to have the highest log-odds of a click among those of its place

The heads keep a normal posterior over their weights (``models.bayesian_logistic``): its mean and deviation for a title in this
moment are what it may be worth (Thompson, 1933). Titles are dealt to the places beforehand, so that no draw depends on another and a
propensity is a number and not a simulation. It is rounded first, and drawn by then: what is said is exact. The draw
is a digest of the event, so that the same event draws the same titles everywhere, for ever.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import erf
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Ints
from playhead.candidates.untried import chosen_here
from playhead.features.context import ContextBatch
from playhead.features.request import Request
from playhead.labels.definitions import HEADS
from playhead.models.heads import GROUPS
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.popularity import HALF_LIVES_MS
from playhead.models.shard import group_of
from playhead.ranking.outcomes import named_inputs
from playhead.ranking.score import LIKED, Scored, ShardRows

DAY_S = 86_400
PARTS = 1_000_000
"""A propensity is a whole number of so many parts: what is written is what was drawn by."""
SUPPORT = 0.02
"""The least propensity of a title that a place is dealt: with less, one lucky play outweighs fifty of others off-policy."""
ARMS = 8
"""Titles dealt to a place at most."""
OLD_ARMS, OLD_PLACES = 4, 2
"""Titles that nobody has chosen, but are not new, dealt to each of so many of the last places, where there is room."""
FIRST = 10
"""These first places are for new titles only."""
UNCHOSEN = 0.5
"""Choices below which nobody has chosen a title."""
LEAST_SHOWN = 20
"""Impressions before a title can have failed."""
FAILURE = 0.5
"""A click rate that is surely below this share of the usual one is a failure."""
SURE = 2.0
"""Standard deviations of what is sure."""
_ONE_DAY = 4
"""The half-life (38 h) by which impressions of a day are counted."""
_POINTS, _WEIGHTS = leggauss(32)
_WIDE = 6.0
_CLICK = HEADS.index("click")


class Exploration(NamedTuple):
    """How much is explored; ``by_surface``: other shares on some surfaces.

    share: of the places of a list; young_days: a title is new for so long after it was added; known_after: choices after which enough
    is known of it; daily: impressions of a title a day from which on it is not explored, where impressions are reported; most_new: where
    a larger share of the catalogue is new, as short videos are, all are ranked alike and none is explored. slots: of these places, so
    many at most that have no new title are contested by what the click head is least sure of, with ``most_unsure`` as the most
    that challengers of a place have together (``ranking.contest``).
    """

    share: float = 0.0
    by_surface: tuple[tuple[str, float], ...] = ()
    young_days: float = 30.0
    known_after: float = 10.0
    daily: float = 500.0
    most_new: float = 0.5
    slots: int = 0
    most_unsure: float = 0.25

    def step(self, surface: str) -> int:
        """From one place that explores to the next, 0 where none does."""
        share = dict(self.by_surface).get(surface, self.share)
        return round(1.0 / share) if share > 0.0 else 0


NOTHING_NEW = Exploration()


class Dealt(NamedTuple):
    """The candidates of a place of the list in a row: places in ``Scored``, of which one is drawn."""

    row: int
    at: int
    arms: Ints


class Explored(NamedTuple):
    """Lists with their new titles, as ``top_k`` gives them, and the propensity of each of their items.

    dealt: candidates that were dealt to places, whether they were drawn or not; left: rows and places that explore, to which none was dealt.
    """

    listed: Ints
    propensity: Floats
    dealt: Ints
    left: list[tuple[int, int]]


def explore(
    how: Exploration,
    columns: ContextBatch,
    groups: Sequence[ShardRows],
    requests: Sequence[Request],
    scored: Scored,
    listed: Ints,
) -> Explored:
    """Lists of places in ``scored``, [moments × places], -1 where there are fewer, with new titles at some places.

    ``groups``: the shards that score the rows.
    """
    propensity = np.ones(listed.shape)
    dealt: list[Dealt] = []
    left: list[tuple[int, int]] = []
    if how.share <= 0.0 and not how.by_surface:
        return Explored(listed, propensity, np.zeros(0, dtype=np.int64), left)
    catalogue, bounds = columns.views[0].catalogue, scored.pool.bounds(len(requests))
    listed = listed.copy()
    for row, request in enumerate(requests):
        step = how.step(request.surface)
        day = int(columns.until_s[row]) // DAY_S
        mine = np.arange(bounds[row], bounds[row + 1])
        if step and len(mine) and catalogue.share_added(day, int(how.young_days)) <= how.most_new:
            taken = _explore(how, columns, scored, mine, step, row, listed[row])
            dealt += [Dealt(row, at, arms) for at, arms in taken.items()]
            left += [(row, at) for at in range(step - 1, listed.shape[1], step) if at not in taken]
    for shard, first, last in groups:
        _draw(
            shard,
            first,
            [one for one in dealt if first <= one.row < last],
            requests,
            scored,
            listed,
            propensity,
        )
    none = np.zeros(0, dtype=np.int64)
    return Explored(listed, propensity, np.concatenate([*(one.arms for one in dealt), none]), left)


def _explore(
    how: Exploration,
    columns: ContextBatch,
    scored: Scored,
    mine: Ints,
    step: int,
    row: int,
    listed: Ints,
) -> dict[int, Ints]:
    """Makes room for new titles in one list; ``mine``: the profile's candidates. Returns what was dealt to each place, of which one is to be drawn."""
    size = int((listed >= 0).sum())
    places = np.arange(step - 1, size, step)
    worth = _worth_trying(how, columns, scored, mine, row)
    if not (len(worth[0]) or len(worth[1])):
        return {}
    least = _liking(scored, listed[:FIRST]).mean()
    count, dealt = -1, dict.fromkeys(places.tolist(), mine)
    # What is kept depends on no draw: where fewer places are dealt titles, more of the list is kept, and nothing of that is dealt.
    while count != len(dealt):
        count = len(dealt)
        kept = listed[: size - count]
        young, old = (each[~np.isin(each, kept)] for each in worth)
        dealt = _dealt((young, old), places, least, scored)
    if not dealt:
        return dealt
    best = iter(listed[: size - count].tolist())
    for at in range(size):
        if at not in dealt:
            listed[at] = next(best)
    return dealt


def _worth_trying(
    how: Exploration, columns: ContextBatch, scored: Scored, mine: Ints, row: int
) -> tuple[Ints, Ints]:
    """Candidates of which little is known: new ones that the profile may like, and older ones that nobody has chosen; best first."""
    view = columns.view(row)
    mine = mine[chosen_here(view, scored.pool.title[mine]) < how.known_after]
    title = scored.pool.title[mine]
    added_s = view.catalogue.added_at[title] // 1000
    age_s = columns.until_s[row] - added_s
    young = (added_s > 0) & (age_s >= 0) & (age_s <= how.young_days * DAY_S)
    little, chosen = _little_known(how, view, title)
    old = ~young & (age_s >= 0) & (chosen < UNCHOSEN)
    usual = _usual(scored, row)
    new, never = (_liked_most(columns, scored, mine[which & little], usual) for which in (young, old))
    # What nobody has chosen, in all the time there was, wants a taste that speaks for it.
    return new, never[_liking(scored, never) > usual]


def _dealt(found: tuple[Ints, Ints], places: Ints, least: float, scored: Scored) -> dict[int, Ints]:
    """The candidates of each place: new ones dealt one after the other, older ones where there is room behind the first places.

    ``least``: only what is liked more is dealt to the first places, so that nobody of whom no taste is known pays for others.
    """
    young, old = found
    if not (_liking(scored, young) > least).any():
        places = places[places >= FIRST]
    new = {at: young[nth :: len(places)][:ARMS] for nth, at in enumerate(places.tolist())}
    new |= {at: arms[_liking(scored, arms) > least] for at, arms in new.items() if at < FIRST}
    late = [at for at in new if at >= FIRST and len(new[at]) <= ARMS - OLD_ARMS][-OLD_PLACES:]
    more = {at: old[nth :: len(late)][:OLD_ARMS] for nth, at in enumerate(late)}
    dealt = {at: np.concatenate([arms, more.get(at, arms[:0])]) for at, arms in new.items()}
    return {at: arms for at, arms in dealt.items() if len(arms)}


def _usual(scored: Scored, row: int) -> float:
    """How much a profile likes its candidates in the mean."""
    first, last = np.searchsorted(scored.pool.owner, (row, row + 1))
    return round(float(scored.by_group[LIKED, first:last].mean()), 6)


def _liking(scored: Scored, places: Ints) -> Floats:
    """How much a profile likes candidates for what they are about, rounded, so that what is alike is equal."""
    liking: Floats = np.round(scored.by_group[LIKED, places], 6)
    return liking


def _little_known(how: Exploration, view: MarketSnapshot, titles: Ints) -> tuple[Bools, Floats]:
    """Of which titles little is known, and nothing bad; and how often each was chosen."""
    _, chosen = view.counts(titles)
    little = chosen[:, -1] < how.known_after
    tally = view.models.tallies.get(group_of(view.audience, "shown"))
    if tally is None:
        return little, chosen[:, -1]
    shown, totals = tally.of(titles, view.now_ms), tally.totals(view.now_ms)
    a_day = shown[:, _ONE_DAY] * np.log(2.0) * DAY_S * 1000.0 / HALF_LIVES_MS[_ONE_DAY]
    usual = min(float(view.own_totals[-1] / max(totals[-1], 1.0)), 1.0)
    rate = (chosen[:, -1] + 1.0) / (np.maximum(shown[:, -1], chosen[:, -1]) + 2.0)
    most = rate + SURE * np.sqrt(rate * (1.0 - rate) / (shown[:, -1] + 2.0))
    failed = (shown[:, -1] >= LEAST_SHOWN) & (most < FAILURE * usual)
    found: Bools = little & (a_day < how.daily) & ~failed
    return found, chosen[:, -1]


def _liked_most(columns: ContextBatch, scored: Scored, young: Ints, usual: float) -> Ints:
    """Those that the profile likes by content at least as much as what else it may be shown, the most liked first."""
    liked = _liking(scored, young)
    kept = liked >= usual
    young, liked = young[kept], liked[kept]
    marks = columns.views[0].catalogue.mark[scored.pool.title[young]]
    return young[np.lexsort((marks, -liked))]


def _draw(
    columns: ContextBatch,
    first: int,
    dealt: list[Dealt],
    requests: Sequence[Request],
    scored: Scored,
    listed: Ints,
    propensity: Floats,
) -> None:
    """Writes one of the candidates of each place, and its propensity, into the lists of a shard, whose rows begin at ``first``."""
    if not dealt:
        return
    arms = np.concatenate([one.arms for one in dealt])
    title, heads = scored.pool.title[arms], columns.views[0].models.heads
    x = named_inputs(columns, scored.pool.owner[arms] - first, title, scored.together[arms])
    deviation = np.sqrt(np.maximum(variances(x, heads.newton.covariances[GROUPS["click"]]), 1e-12))
    mean = scored.outcomes[arms, _CLICK] + scored.by_group[LIKED, arms]
    begin = 0
    for row, at, mine in dealt:
        end = begin + len(mine)
        request = requests[row]
        delivery = request.profile.delivery_v1
        parts = in_parts(best_of(mean[begin:end], deviation[begin:end]))
        place = drawn(parts, seed_of(request.profile_id, delivery.cause_id, delivery.version, at))
        listed[row, at], propensity[row, at] = mine[place], parts[place] / PARTS
        begin = end


def drawn(parts: Ints, seed: int) -> int:
    """Which of some things that have parts of ``PARTS`` is drawn."""
    return int(np.searchsorted(np.cumsum(parts), seed % PARTS, side="right"))


def seed_of(profile_id: str, event_id: str, version: int, at: int) -> int:
    """The draw for a place of the list that an event caused."""
    named = f"{profile_id}/{event_id}/{version}/{at}"
    return int.from_bytes(blake2b(named.encode(), digest_size=8).digest(), "little")


def in_parts(chances: Floats) -> Ints:
    """Propensities as whole parts that add up to ``PARTS``, none below ``SUPPORT``.

    >>> in_parts(np.array([0.999, 0.001])).tolist()
    [980000, 20000]
    """
    least = min(SUPPORT, 1.0 / len(chances))
    above = np.maximum(chances - least, 0.0)
    total = above.sum()
    spread = above * (1.0 - least * len(chances)) / total if total > 0.0 else np.zeros(len(chances))
    parts: Ints = np.rint((least + spread) * PARTS).astype(np.int64)
    parts[int(parts.argmax())] += PARTS - int(parts.sum())
    return parts


@compiled
def variances(x: Floats, covariance: Floats) -> Floats:
    """The variance of log-odds of rows of inputs, to which a 1 is added, as the weights' covariance has it."""
    rows, width = x.shape
    found = np.empty(rows)
    reach = np.empty(width + 1)
    for row in range(rows):
        reach[:] = covariance[width]
        for place in range(width):
            if x[row, place] != 0.0:
                reach += x[row, place] * covariance[place]
        total = reach[width]
        for place in range(width):
            total += x[row, place] * reach[place]
        found[row] = total
    return found


@compiled
def best_of(mean: Floats, deviation: Floats) -> Floats:
    """The probability of each of independent normal values to be the greatest, by Gauss's quadrature at 32 points."""
    low, high = (mean - _WIDE * deviation).max(), (mean + _WIDE * deviation).max()
    found = np.zeros(len(mean))
    for point in range(len(_POINTS)):
        at = low + (high - low) * (_POINTS[point] + 1.0) / 2.0
        for one in range(len(mean)):
            z = (at - mean[one]) / deviation[one]
            part = _WEIGHTS[point] * np.exp(-0.5 * z * z) / deviation[one]
            for other in range(len(mean)):
                if other != one:
                    part *= 0.5 * (1.0 + erf((at - mean[other]) / (deviation[other] * np.sqrt(2.0))))
            found[one] += part
    shares: Floats = found / found.sum()
    return shares
