"""Exploration of new titles: one place in ten goes to a rarely shown title, by Thompson sampling.

    a list of 50, share .1     places 10, 20, 30, 40 and 50 may go to new titles, the others hold the best titles as they are
    candidates                 added lately, rarely chosen and shown, with content that the profile likes, not in the list
    draw                       each by its probability of having the highest log-odds of a click among the candidates of its place
    place 10                   half of the draws keep the title that stands there: a first place is worth more than the others

Candidates are dealt to the places beforehand, so that draws are independent and propensities can be computed
(``ranking.draws``).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Floats, Ints
from playhead.features.context import ContextBatch
from playhead.features.request import Request
from playhead.labels.definitions import HEADS
from playhead.models.head_lists import GROUPS
from playhead.ranking.draws import PARTS, draw, thompson_parts, variances
from playhead.ranking.outcomes import named_inputs
from playhead.ranking.rarely_shown import DAY_S, Rarity, rarely_shown
from playhead.ranking.score import LIKED, Scored, ShardRows

ARMS = 8
"""Most candidates dealt to a place."""
OLD_ARMS, OLD_PLACES = 4, 2
"""Number of older titles that nobody has chosen dealt to a place, and number of last places that get them, where there is room."""
FIRST = 10
"""Number of first places that only new titles may explore."""
_CLICK = HEADS.index("click")


class Exploration(NamedTuple):
    """How much is explored.

    ``share``: of the places of a list; ``by_surface``: other shares on some surfaces; ``young_days``: how long a title is new after it was added; ``known_after``: choices after which a title
    is not explored any more; ``daily``: impressions a day from which on a title is not explored, where impressions are reported; ``most_new``: if
    a larger share of the catalogue is new, as with short videos, no title is explored; ``slots``: most exploring places without a new
    title that are contested, with ``most_unsure`` as the largest total propensity of a place's challengers (``ranking.contest``);
    ``first_share``: total propensity of the new titles at a place among the first ten, whose own title has the rest.
    """

    share: float = 0.0
    by_surface: tuple[tuple[str, float], ...] = ()
    young_days: float = 30.0
    known_after: float = 10.0
    daily: float = 500.0
    most_new: float = 0.5
    slots: int = 0
    most_unsure: float = 0.25
    first_share: float = 0.5

    def step(self, surface: str) -> int:
        """The distance between exploring places, 0 for no exploration."""
        share = dict(self.by_surface).get(surface, self.share)
        return round(1.0 / share) if share > 0.0 else 0


NOTHING_NEW = Exploration()


class Dealt(NamedTuple):
    """Exploring places, one row each: row of the list, place in it, and the candidates, [places × ARMS], -1 for none."""

    row: Ints
    at: Ints
    arms: Ints


class Explored(NamedTuple):
    """Lists with explored titles (indices in ``Scored``, as from ``top_k``), and the propensity of each item.

    ``dealt``: candidates of places, drawn or not; ``left`` [lists × places]: exploring places to which
    none was dealt.
    """

    listed: Ints
    propensity: Floats
    dealt: Ints
    left: Bools


def explore(
    how: Exploration,
    columns: ContextBatch,
    groups: Sequence[ShardRows],
    requests: Sequence[Request],
    scored: Scored,
    listed: Ints,
) -> Explored:
    """Explores new titles at some places of lists.

    ``listed`` [snapshots × places]: indices in ``scored``, -1 where there are fewer; ``groups``: the shards that score the rows.
    """
    listed, propensity = listed.copy(), np.ones(listed.shape)
    left = np.zeros(listed.shape, dtype=np.bool_)
    steps = _steps(how, columns, requests, scored.pool.bounds(len(requests)))
    if not steps.any():
        return Explored(listed, propensity, np.zeros(0, dtype=np.int64), left)
    for row in np.flatnonzero(steps).tolist():
        left[row, steps[row] - 1 :: steps[row]] = True
    liking = np.round(scored.by_group[LIKED], 6)
    rarity = Rarity(how.known_after, how.daily, how.young_days * DAY_S)
    untried = rarely_shown(rarity, columns, scored, liking, steps)
    dealt = Dealt(*_deal(listed, steps, *untried, liking))
    left[dealt.row, dealt.at] = False
    first = dealt.at < FIRST
    candidates = np.concatenate([dealt.arms[dealt.arms >= 0], listed[dealt.row[first], dealt.at[first]]])
    for shard in groups:
        mine = slice(*np.searchsorted(dealt.row, (shard.first, shard.last)).tolist())
        _draw(how, shard, Dealt(*(part[mine] for part in dealt)), requests, scored, listed, propensity)
    return Explored(listed, propensity, candidates, left)


def _steps(how: Exploration, columns: ContextBatch, requests: Sequence[Request], bounds: Ints) -> Ints:
    """The distance between exploring places of each list, 0 for no exploration."""
    steps = np.array([how.step(request.surface) for request in requests], dtype=np.int64)
    if steps.any():
        catalogue = columns.views[0].catalogue
        days = (columns.until_s // DAY_S).tolist()
        share = {day: catalogue.share_added(day, int(how.young_days)) for day in set(days)}
        steps[(np.array([share[day] for day in days]) > how.most_new) | (np.diff(bounds) == 0)] = 0
    return steps


@compiled
def _deal(
    listed: Ints, steps: Ints, first: Ints, place: Ints, young: Bools, liking: Floats
) -> tuple[Ints, Ints, Ints]:
    """Deals untried candidates to exploring places of lists, and shifts the lists to make room for them. Returns the columns of ``Dealt``.

    New titles are dealt to the places in turn, older ones to some of the last places where there is room. The first places get only
    titles that are liked more than the mean of the titles there, so that cold-start users see no exploration there; their own titles
    stay, as candidates. The part of a list that is kept does not depend on draws: with fewer places to explore more of it is kept,
    and no kept title is dealt. Where more places could then be dealt to than there is room for, the last ones explore nothing.
    """
    width = listed.shape[1]
    row_of, at_of = np.empty(listed.size, dtype=np.int64), np.empty(listed.size, dtype=np.int64)
    arms_of, filled = np.empty((listed.size, ARMS), dtype=np.int64), 0
    stands = np.full(len(liking), width)
    arms = np.empty((width, ARMS), dtype=np.int64)
    for row in range(len(listed)):
        step, mine, end = steps[row], first[row], first[row + 1]
        if step == 0 or mine == end:
            continue
        size, least = 0, 0.0
        while size < width and listed[row, size] >= 0:
            stands[listed[row, size]] = size
            least += liking[listed[row, size]] if size < FIRST else 0.0
            size += 1
        # Rounded, so that equal values compare equal.
        least = np.rint(least / max(min(size, FIRST), 1) * 1e6) / 1e6
        count = _settle(arms[:size], step, place[mine:end], young[mine:end], liking, least, stands)
        for at in range(size):
            stands[listed[row, at]] = width
        take = size - count
        for at in range(size - 1, FIRST - 1, -1):
            if (at + 1) % step != 0 or arms[at, 0] < 0:
                take -= 1
                listed[row, at] = listed[row, take]
        for at in range(step - 1, size, step):
            if arms[at, 0] >= 0:
                row_of[filled], at_of[filled], arms_of[filled] = row, at, arms[at]
                filled += 1
    return row_of[:filled].copy(), at_of[:filled].copy(), arms_of[:filled].copy()


@compiled
def _settle(
    arms: Ints, step: int, place: Ints, young: Bools, liking: Floats, least: float, stands: Ints
) -> int:
    """Finds how many places of a list, from ``FIRST`` on, explore, and writes their candidates into ``arms``. Returns that number.

    Each such place drops one title from the end of the list, which may then be dealt itself: so the number is lowered until it agrees.
    """
    size = len(arms)
    count, dealt = size + 1, size // step
    while dealt < count:
        count, kept = dealt, size - dealt
        dealt = _deal_one(arms, step, place, young, liking, least, stands, kept)
    for at in range(size - 1, FIRST - 1, -1):
        if dealt > count and arms[at, 0] >= 0:
            arms[at], dealt = -1, dealt - 1
    return count


@compiled
def _deal_one(
    arms: Ints, step: int, place: Ints, young: Bools, liking: Floats, least: float, stands: Ints, kept: int
) -> int:
    """Deals candidates that are not in the first ``kept`` places of a list to its exploring places; writes ``arms``, -1 for none. Returns the number of places from ``FIRST`` on with candidates."""
    arms[:] = -1
    size, start = len(arms), step - 1
    liked = False
    for n in range(len(place)):
        liked |= young[n] and stands[place[n]] >= kept and liking[place[n]] > least
    while not liked and start < FIRST:
        start += step
    count = (size - start + step - 1) // step
    if count <= 0:
        return 0
    nth = 0
    for n in range(len(place)):
        if young[n] and stands[place[n]] >= kept:
            at, turn = start + nth % count * step, nth // count
            if turn < ARMS and (at >= FIRST or liking[place[n]] > least):
                arms[at, turn] = place[n]
            nth += 1
    _deal_old(arms, start, step, place, young, stands, kept)
    dealt = 0
    for at in range(start, size, step):
        dealt += at >= FIRST and arms[at, 0] >= 0
    return dealt


@compiled
def _deal_old(arms: Ints, start: int, step: int, place: Ints, young: Bools, stands: Ints, kept: int) -> None:
    """Deals older candidates to the last exploring places, not before ``FIRST``, that have room."""
    late = np.empty(OLD_PLACES, dtype=np.int64)
    room, last = 0, start + (len(arms) - 1 - start) // step * step
    for at in range(last, start - 1, -step):
        if at >= FIRST and room < OLD_PLACES and arms[at, ARMS - OLD_ARMS] < 0:
            late[room], room = at, room + 1
    nth = 0
    for n in range(len(place)):
        if not young[n] and stands[place[n]] >= kept and nth < room * OLD_ARMS:
            at = late[room - 1 - nth % room]
            free = 0
            while arms[at, free] >= 0:
                free += 1
            arms[at, free] = place[n]
            nth += 1


def _draw(
    how: Exploration,
    shard: ShardRows,
    dealt: Dealt,
    requests: Sequence[Request],
    scored: Scored,
    listed: Ints,
    propensity: Floats,
) -> None:
    """Draws one of the candidates of each place, and writes it and its propensity into the lists of a shard."""
    if not len(dealt.row):
        return
    columns = shard.columns
    arms = dealt.arms[dealt.arms >= 0]
    title, heads = scored.pool.title[arms], columns.views[0].models.heads
    x = named_inputs(columns, scored.pool.owner[arms] - shard.first, title, scored.pair_features[arms])
    variance = variances(x, heads.newton.covariances[GROUPS["click"]])
    mean, deviation = _beliefs(dealt.arms, scored.outcomes, scored.by_group[LIKED], variance)
    whole = np.where(dealt.at < FIRST, round(how.first_share * PARTS), PARTS)
    parts, candidates = (np.empty((len(whole), ARMS + 1), dtype=np.int64) for _ in range(2))
    parts[:, :ARMS], parts[:, ARMS] = thompson_parts(mean, deviation, whole), PARTS - whole
    candidates[:, :ARMS], candidates[:, ARMS] = dealt.arms, listed[dealt.row, dealt.at]
    chosen = np.arange(len(parts)), draw(parts, requests, dealt.row, dealt.at)
    listed[dealt.row, dealt.at] = candidates[chosen]
    propensity[dealt.row, dealt.at] = parts[chosen] / PARTS


@compiled
def _beliefs(arms: Ints, outcomes: Floats, liked: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Mean and deviation of the value of the candidates of places, [places × ARMS], -inf and 1 for none; ``variance``: of those that are there, in order."""
    mean, deviation, known = np.full(arms.shape, -np.inf), np.ones(arms.shape), 0
    for place in range(len(arms)):
        for n in range(arms.shape[1]):
            arm = arms[place, n]
            if arm >= 0:
                mean[place, n] = outcomes[arm, _CLICK] + liked[arm]
                deviation[place, n], known = np.sqrt(max(variance[known], 1e-12)), known + 1
    return mean, deviation
