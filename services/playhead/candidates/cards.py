"""One card a series and one a work: which of its titles stands for it, for each profile.

Of a series: the episode that was begun, or else the first one after the last one seen that may be shown; the first for a
stranger, and once more from the beginning where nothing is left behind the last one. Who had seen all that there was goes on with what
has come since as if the last one were seen when it came. The entry of the series itself stands
where none of its episodes may be shown, unless that is because all were finished. Of a work: the version that was begun, or the
first, unless another one suits the device better.

Not idempotent over pools: it is applied once, to what the sources have found. A catalogue without series and works pays nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.candidates.annotations import ProfileBatch, TitleRules
from playhead.candidates.eligibility import is_in, is_open
from playhead.candidates.generate import Candidates
from playhead.catalogue.catalogue import Catalogue
from playhead.catalogue.groups import DEVICE_NAMES, Groups
from playhead.features.context import ContextBatch
from playhead.features.histories import AT, LENGTH, OVER, PASSES, PLAYS, POSITION, SKIPS, HistoryBatch
from playhead.labels.definitions import FINISHED_RATIO
from playhead.labels.definitions import IN_PROGRESS as IN_PROGRESS_RATIO
from playhead.models.neighbours import CO_CHOSEN, LINKS

GOES_ON_HALF_LIFE_S = 30 * 86_400
"""How fast it matters less that a series is being watched, or that its next episode has come."""
CAUGHT_UP = 2.0
"""How much more an episode that has just come matters to who had seen all before it: they wait for it."""


ROW, SEEN, IN_PROGRESS, AT_PLACE = range(4)
"""What is noted of a group: for which row, the place of the last episode seen, the title that was begun, where its card is."""
UNKNOWN = -2
"""The place of the last episode seen where the history does not tell it: what was finished may."""


class Viewers(NamedTuple):
    """What is on each profile's screen, and on which device, [profiles]: a title or -1, a bit or 0."""

    watching: Ints
    device: Ints

    @staticmethod
    def of(catalogue: Catalogue, watching: Sequence[str], devices: Sequence[str]) -> "Viewers":
        """By the id of a title, empty for none, and the name of a device."""
        bits = {name: 1 << bit for bit, name in enumerate(DEVICE_NAMES)}
        return Viewers(
            catalogue.titles.find(watching).astype(np.int64),
            np.array([bits.get(device, 0) for device in devices], dtype=np.int64),
        )

    def only(self, row: int) -> "Viewers":
        """One of them."""
        return Viewers(self.watching[row : row + 1], self.device[row : row + 1])


class _Cards(NamedTuple):
    """Candidates in the making: as ``Candidates`` has them, with the group of each, -1 for none."""

    owner: Ints
    title: Ints
    group: Ints
    links: Floats
    lag: Ints
    goes_on: Floats


class _History(NamedTuple):
    """What was chosen, as ``HistoryBatch`` has it, how long titles are, and when they were added (ms)."""

    first: Ints
    title: Ints
    facts: Ints
    until_s: Ints
    duration_s: Floats
    added_at: Ints


def one_card(
    groups: Groups,
    candidates: Candidates,
    who: ProfileBatch,
    viewers: Viewers,
    columns: ContextBatch,
    catalogue: Catalogue,
) -> Candidates:
    """The candidates with one title for each group, that of each series that a profile is watching among them.

    It has the strongest of the links that titles of the group have; ``Candidates.goes_on`` says which go on with a series.
    """
    past: HistoryBatch = columns.past
    history = _History(
        past.first, past.title, past.facts, columns.until_s, catalogue.duration_s, catalogue.added_at
    )
    rules = TitleRules(
        catalogue.available_from, catalogue.available_until, catalogue.digest, catalogue.repeatable
    )
    given = _Cards(
        candidates.owner,
        candidates.titles,
        candidates.titles,
        candidates.links,
        candidates.lag,
        candidates.goes_on,
    )
    span = columns.recent.shape[1]
    owner, titles, links, lag, goes_on = _cards(groups, who, viewers, history, rules, given, span)
    return candidates._replace(owner=owner, titles=titles, links=links, lag=lag, goes_on=goes_on)


@compiled
def _cards(
    groups: Groups,
    who: ProfileBatch,
    viewers: Viewers,
    past: _History,
    rules: TitleRules,
    found: _Cards,
    span: int,
) -> tuple[Ints, Ints, Floats, Ints, Floats]:
    count, rows = len(groups.own), len(who.at_ms)
    room = len(found.title) + int((past.first[1 : rows + 1] - past.first[:rows]).sum())
    owner, title, group = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), np.full(room, -1)
    links, lag, goes_on = np.zeros((room, LINKS)), np.full(room, -1), np.zeros(room)
    cards = _Cards(owner, title, group, links, lag, goes_on)
    notes, last, n = np.full((count, 4), -1), 0, 0
    for row in range(rows):
        gone = who.gone[who.first[row] : who.first[row + 1]]
        barred, at_ms, now = who.barred[who.kind[row]], who.at_ms[row], viewers.watching[row]
        first, last = last, _watched(row, groups, past, rules.digests, gone, now, notes, cards, last, span)
        n, last = _joined(row, groups.of, found, n, notes, cards, last)
        owner[first:last] = row
        for at in range(first, last):
            one = group[at]
            if one >= 0:
                if notes[one, SEEN] == UNKNOWN:
                    notes[one, SEEN] = _furthest(groups, one, rules.digests, gone)
                title[at] = _card(groups, one, notes[one], rules, gone, barred, at_ms, now)
                if title[at] >= 0 and groups.work[title[at]] >= 0:
                    device = viewers.device[row]
                    title[at] = _version(groups, one, title[at], device, rules, gone, barred, at_ms, now)
                card = title[at]
                if card >= 0 and one < groups.series and 0 <= notes[one, SEEN] < groups.place[card]:
                    since_s = past.until_s[row] - max(past.added_at[card], rules.opens[card]) // 1000
                    if _going_on(since_s) > goes_on[at]:  # it came after the last one was seen
                        goes_on[at] = CAUGHT_UP * _going_on(since_s)
        last = _sort(cards, first, last)
    return (
        owner[:last].copy(),
        title[:last].copy(),
        links[:last].copy(),
        lag[:last].copy(),
        goes_on[:last].copy(),
    )


@compiled
def _watched(
    row: int,
    groups: Groups,
    past: _History,
    digests: NDArray[np.uint32],
    gone: NDArray[np.uint32],
    now: int,
    notes: Ints,
    cards: _Cards,
    last: int,
    span: int,
) -> int:
    """Adds a card for each series of the history, and notes where the profile stands in it. Returns where cards end."""
    of, place, lag = groups.of, groups.place, -1
    for n in range(past.first[row], past.first[row + 1]):
        title, skipped = past.title[n], past.facts[n, SKIPS] > 0
        lag += not (skipped or past.facts[n, PASSES])
        group = of[title] if 0 <= title < len(of) and not skipped else -1
        if group < 0 or (notes[group, ROW] == row and notes[group, SEEN] != UNKNOWN):
            continue
        length = float(past.facts[n, LENGTH]) if past.facts[n, LENGTH] else past.duration_s[title]
        is_over = past.facts[n, OVER] > 0 or title == now or is_in(gone, digests[title])
        is_in_progress = (
            length > 0 and IN_PROGRESS_RATIO * length <= past.facts[n, POSITION] < FINISHED_RATIO * length
        )
        is_in_progress |= place[title] < 0 and past.facts[n, PLAYS] > 0
        if not (is_over or is_in_progress):
            continue
        if notes[group, ROW] != row:
            notes[group, ROW], notes[group, IN_PROGRESS], notes[group, AT_PLACE] = row, -1, last
            cards.group[last], cards.lag[last] = group, lag if lag < span else -1
            if group < groups.series:
                since_s = max(past.until_s[row] - past.facts[n, AT], 0)
                cards.goes_on[last] = _going_on(since_s)
            last += 1
        if place[title] < 0:
            notes[group, SEEN] = UNKNOWN
        elif is_over:
            notes[group, SEEN] = place[title]
        else:
            notes[group, SEEN], notes[group, IN_PROGRESS] = place[title] - 1, title
    return last


@compiled
def _going_on(since_s: int) -> float:
    """How much it matters that a series was watched, or its next episode came, so long ago; 0 for what is to come."""
    return 2.0 ** (-since_s / GOES_ON_HALF_LIFE_S) if since_s >= 0 else 0.0


@compiled
def _joined(
    row: int, of: Ints, found: _Cards, n: int, notes: Ints, cards: _Cards, last: int
) -> tuple[int, int]:
    """Adds what the sources have found for a profile, titles of one group as one. Returns where both end."""
    while n < len(found.title) and found.owner[n] == row:
        title = found.title[n]
        group = of[title] if title < len(of) else -1
        if group >= 0 and notes[group, ROW] == row:
            at = notes[group, AT_PLACE]
        else:
            at, last = last, last + 1
            cards.title[at], cards.group[at] = title, group
            if group >= 0:
                notes[group, ROW], notes[group, SEEN] = row, UNKNOWN
                notes[group, IN_PROGRESS], notes[group, AT_PLACE] = -1, at
        if (
            cards.goes_on[at] == 0.0
            and found.lag[n] >= 0
            and found.links[n, CO_CHOSEN] >= cards.links[at, CO_CHOSEN]
        ):
            cards.lag[at] = found.lag[n]
        for link in range(LINKS):
            cards.links[at, link] = max(cards.links[at, link], found.links[n, link])
        n += 1
    return n, last


@compiled
def _furthest(groups: Groups, group: int, digests: NDArray[np.uint32], gone: NDArray[np.uint32]) -> int:
    """The place of the last of its titles that were finished, -1 for none."""
    first = groups.first[group]
    if len(gone):
        for at in range(groups.first[group + 1] - 1, first - 1, -1):
            if is_in(gone, digests[groups.members[at]]):
                return int(at - first)
    return -1


@compiled
def _card(
    groups: Groups,
    group: int,
    note: Ints,
    rules: TitleRules,
    gone: NDArray[np.uint32],
    barred: NDArray[np.uint8],
    at_ms: int,
    now: int,
) -> int:
    """The title that stands for a group, -1 for none."""
    first, finished = groups.first[group], 0
    size = groups.first[group + 1] - first
    if group >= groups.series:  # who has seen one version has seen the work
        for title in groups.members[first : first + size]:
            if is_in(gone, rules.digests[title]) and not rules.repeatable[title]:
                return -1
    if note[IN_PROGRESS] >= 0 and _fits(note[IN_PROGRESS], rules, gone, barred, at_ms, now):
        return int(note[IN_PROGRESS])
    for step in range(size):
        title = groups.members[first + (note[SEEN] + 1 + step) % size]
        if _fits(title, rules, gone, barred, at_ms, now):
            return int(title)
        finished += is_in(gone, rules.digests[title])
    own = groups.own[group]
    if own >= 0 and finished < size and _fits(own, rules, gone[:0], barred, at_ms, now):
        return int(own)
    return -1


@compiled
def _version(
    groups: Groups,
    group: int,
    card: int,
    device: int,
    rules: TitleRules,
    gone: NDArray[np.uint32],
    barred: NDArray[np.uint8],
    at_ms: int,
    now: int,
) -> int:
    """Of the versions of a card's work the one that says it is for the device, then the one of the most lines."""
    best, most, lines = card, -1, -1
    for at in range(groups.first[group], groups.first[group + 1]):
        title = groups.members[at]
        if groups.work[title] != groups.work[card] or not _fits(title, rules, gone, barred, at_ms, now):
            continue
        suits = 1 if groups.devices[title] <= 0 else 2 if groups.devices[title] & device else 0
        if suits > most or (suits == most and groups.height[title] > lines):
            best, most, lines = title, suits, groups.height[title]
    return int(best)


@compiled
def _fits(
    title: int,
    rules: TitleRules,
    gone: NDArray[np.uint32],
    barred: NDArray[np.uint8],
    at_ms: int,
    now: int,
) -> bool:
    """Whether the walk over candidate lists would take it, and it is not on the screen."""
    if title == now or title >= len(barred) or barred[title]:
        return False
    if not is_open(rules.opens[title], rules.closes[title], at_ms):
        return False
    return rules.repeatable[title] or not is_in(gone, rules.digests[title])


@compiled
def _sort(cards: _Cards, first: int, last: int) -> int:
    """Sorts the candidates of a profile by title and clears what stood for no title. Returns where they end."""
    _, title, group, links, lag, goes_on = cards
    order = first + np.argsort(title[first:last], kind="mergesort")
    order = order[title[order] >= 0]
    end = first + len(order)
    title[first:end], links[first:end], lag[first:end] = title[order], links[order], lag[order]
    goes_on[first:end] = goes_on[order]
    group[first:last], links[end:last], lag[end:last], goes_on[end:last] = -1, 0.0, -1, 0.0
    return end
