"""One card for each series and each work: the choice of the title that represents it, for each profile.

A series is represented by the episode in progress, or else by the first eligible one after the last episode seen; for a viewer who has seen
none, and after the last episode, that is the first. For a viewer who had seen all episodes, a new one counts as if the last one had been seen
when the new one came. The entry of the series itself is used
if none of its episodes may be shown, unless all were finished. A work is represented by the version in progress, or by the
first one, unless another one suits the device better.

Not idempotent over pools: it is applied once, to the candidates of the sources. It costs nothing in a catalogue without series and works.
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
"""Half-life of the weight of a series being watched, or of a new episode."""
CAUGHT_UP = 2.0
"""Factor of the weight of a new episode for viewers who had seen all before it, and wait for it."""


ROW, SEEN, IN_PROGRESS, AT_PLACE = range(4)
"""Columns of the notes of a group: row of the profile, place of the last episode seen, title in progress, index of its card."""
UNKNOWN = -2
"""Place of the last episode seen if the history does not tell it; finished titles may."""


class Viewers(NamedTuple):
    """The title that each profile is watching, -1 for none, and the bit of its device, 0 for an unknown one, [profiles]."""

    watching: Ints
    device: Ints

    @staticmethod
    def of(catalogue: Catalogue, watching: Sequence[str], devices: Sequence[str]) -> "Viewers":
        """Viewers from ids of titles, empty for none, and names of devices."""
        bits = {name: 1 << bit for bit, name in enumerate(DEVICE_NAMES)}
        return Viewers(
            catalogue.titles.find(watching).astype(np.int64),
            np.array([bits.get(device, 0) for device in devices], dtype=np.int64),
        )

    def only(self, row: int) -> "Viewers":
        """The viewer of a single row."""
        return Viewers(self.watching[row : row + 1], self.device[row : row + 1])


class _Cards(NamedTuple):
    """Columns of ``Candidates``, with the group of each, -1 for none."""

    owner: Ints
    title: Ints
    group: Ints
    links: Floats
    lag: Ints
    goes_on: Floats


class _History(NamedTuple):
    """Histories (``HistoryBatch``), times of the snapshots, lengths of titles, and when titles were added (ms)."""

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
    """The candidates with one title for each group; series that a profile is watching are added.

    A card gets the strongest links among the titles of its group; ``Candidates.goes_on`` marks those that continue a series.
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
    given: _Cards,
    span: int,
) -> tuple[Ints, Ints, Floats, Ints, Floats]:
    count, rows = len(groups.own), len(who.at_ms)
    room = len(given.title) + int((past.first[1 : rows + 1] - past.first[:rows]).sum())
    owner, title, group = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), np.full(room, -1)
    links, lag, goes_on = np.zeros((room, LINKS)), np.full(room, -1), np.zeros(room)
    cards = _Cards(owner, title, group, links, lag, goes_on)
    notes, last, n = np.full((count, 4), -1), 0, 0
    for row in range(rows):
        gone = who.gone[who.first[row] : who.first[row + 1]]
        barred, at_ms, now = who.barred[who.kind[row]], who.at_ms[row], viewers.watching[row]
        first, last = last, _watched(row, groups, past, rules.digests, gone, now, notes, cards, last, span)
        n, last = _joined(row, groups.of, given, n, notes, cards, last)
        owner[first:last] = row
        for at in range(first, last):
            own = group[at]
            if own >= 0:
                if notes[own, SEEN] == UNKNOWN:
                    notes[own, SEEN] = _furthest(groups, own, rules.digests, gone)
                title[at] = _card(groups, own, notes[own], rules, gone, barred, at_ms, now)
                if title[at] >= 0 and groups.work[title[at]] >= 0:
                    device = viewers.device[row]
                    title[at] = _version(groups, own, title[at], device, rules, gone, barred, at_ms, now)
                card = title[at]
                if card >= 0 and own < groups.series and 0 <= notes[own, SEEN] < groups.place[card]:
                    since_s = past.until_s[row] - max(past.added_at[card], rules.opens[card]) // 1000
                    if _going_on(since_s) > goes_on[at]:  # the episode came after the last one was seen
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
    """Adds a card for each group of the history, and notes how far the profile has watched it. Returns the number of cards so far."""
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
    """Weight of a series that was watched, or whose next episode came, ``since_s`` seconds ago; 0 for the future."""
    return 2.0 ** (-since_s / GOES_ON_HALF_LIFE_S) if since_s >= 0 else 0.0


@compiled
def _joined(
    row: int, of: Ints, given: _Cards, n: int, notes: Ints, cards: _Cards, last: int
) -> tuple[int, int]:
    """Adds the candidates of the sources for a profile, with one card a group. Returns where ``given`` and the cards end."""
    while n < len(given.title) and given.owner[n] == row:
        title = given.title[n]
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
            and given.lag[n] >= 0
            and given.links[n, CO_CHOSEN] >= cards.links[at, CO_CHOSEN]
        ):
            cards.lag[at] = given.lag[n]
        for link in range(LINKS):
            cards.links[at, link] = max(cards.links[at, link], given.links[n, link])
        n += 1
    return n, last


@compiled
def _furthest(groups: Groups, group: int, digests: NDArray[np.uint32], gone: NDArray[np.uint32]) -> int:
    """The place of the last title of a group that was finished, -1 for none."""
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
    """The title that represents a group, -1 for none."""
    first, finished = groups.first[group], 0
    size = groups.first[group + 1] - first
    if group >= groups.series:  # one finished version finishes the work
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
    """Of the versions of a card's work the one made for the device, then the one with the most lines."""
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
    """Whether candidate generation would accept a title, and it is not being watched."""
    if title == now or title >= len(barred) or barred[title]:
        return False
    if not is_open(rules.opens[title], rules.closes[title], at_ms):
        return False
    return rules.repeatable[title] or not is_in(gone, rules.digests[title])


@compiled
def _sort(cards: _Cards, first: int, last: int) -> int:
    """Sorts the cards of a profile by title and removes those without one. Returns where they end."""
    _, title, group, links, lag, goes_on = cards
    order = first + np.argsort(title[first:last], kind="mergesort")
    order = order[title[order] >= 0]
    end = first + len(order)
    title[first:end], links[first:end], lag[first:end] = title[order], links[order], lag[order]
    goes_on[first:end] = goes_on[order]
    group[first:last], links[end:last], lag[end:last], goes_on[end:last] = -1, 0.0, -1, 0.0
    return end
