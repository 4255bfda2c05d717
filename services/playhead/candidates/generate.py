"""Candidates of a batch of profiles: what is linked to their last titles, and the first of each candidate list that each may be shown.

One pass a profile, in machine code: the rows of the last titles are summed, the strongest links drawn, the candidate lists
walked from their best title on, past what is not for this profile, until each has given its share. What is found out
about a title is remembered until the next profile, as it stands on many lists.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.ragged import starts
from playhead.arrays.types import Floats, Ints
from playhead.candidates.annotations import FOUND, NOTES, PASSED, REASON, ProfileBatch, TitleRules, annotate
from playhead.candidates.eligibility import REASONS, SIEVE
from playhead.candidates.item_to_item import DRAWN, LinkRows, drawn, join, links_of
from playhead.models.market_snapshot import MarketSnapshot
from playhead.models.neighbours import LINKS, SPAN

CandidateList = tuple[NDArray[np.int32], int]
"""Titles, best first (-1: no more), and how many of them are to be candidates."""


class Candidates(NamedTuple):
    """Candidates of a batch in one run, for each profile sorted by number: rows of profiles, and titles.

    links [candidates × LINKS]: how strongly each is linked, summed over the last titles; lag: from which of them the
    strongest link comes, -1 for none; passed [profiles × REASONS]: how many titles of the lists were passed over, and
    why; goes_on: 1 where the profile goes on with a series that it watches just now, 2 where it has seen all and the
    next episode has just come, less where that was long ago, else 0.
    """

    owner: Ints
    titles: Ints
    links: Floats
    lag: Ints
    passed: Ints
    goes_on: Floats


class _CandidateLists(NamedTuple):
    """All candidate lists, one after the other, where each ends, and how many titles each is to give.

    walked [profiles × 2 × 2]: which of them are a profile's: from one to another, those that it shares and its own.
    """

    titles: NDArray[np.int32]
    ends: Ints
    quotas: Ints
    walked: Ints


def generate(
    view: MarketSnapshot,
    who: ProfileBatch,
    shared: Sequence[list[CandidateList]],
    owned: Ints,
    own: Sequence[list[CandidateList]],
) -> Candidates:
    """The candidates of each profile.

    Args:
        view: Of one of their markets, which share a shard's models.
        who: The profiles.
        shared: Shelves that several profiles walk.
        owned: For each profile, which of the shared ones, [profiles].
        own: For each profile, candidate lists of its own.
    """
    catalogue, neighbours, scratch = view.catalogue, view.links.neighbours, view.scratch
    scratch.make_room(max(len(catalogue.titles), len(neighbours.chosen)))
    titles = TitleRules(
        catalogue.available_from, catalogue.available_until, catalogue.digest, catalogue.repeatable
    )
    links = LinkRows(neighbours.ids, neighbours.weights, neighbours.chosen)
    laid = _laid(shared, owned, own)
    scratch.serial += len(own)
    found = _around(who, laid, titles, links, scratch.slot, scratch.notes, scratch.serial - len(own))
    return Candidates(*found, np.zeros(len(found[0])))


def _laid(
    shared: Sequence[list[CandidateList]], owned: Ints, own: Sequence[list[CandidateList]]
) -> _CandidateLists:
    groups = [*shared, *own]
    ends = starts(map(len, groups))
    ranges = np.stack([ends[:-1], ends[1:]], axis=1)
    lists = list(chain.from_iterable(groups))
    return _CandidateLists(
        np.concatenate([ids for ids, _ in lists]) if lists else np.empty(0, dtype=np.int32),
        starts(len(ids) for ids, _ in lists),
        np.array([quota for _, quota in lists], dtype=np.int64),
        np.stack([ranges[owned], ranges[len(shared) :]], axis=1),
    )


@compiled
def _around(
    who: ProfileBatch,
    lists: _CandidateLists,
    titles: TitleRules,
    links: LinkRows,
    slot: NDArray[np.int32],
    notes: Ints,
    serial: int,
) -> tuple[Ints, Ints, Floats, Ints, Ints]:
    """Everything; ``slot`` is as before, ``notes`` say of titles what was found out for the profile of a serial number."""
    profiles, most = len(who.at_ms), SPAN * links.ids.shape[1]
    room = _room(lists.walked, lists.quotas)
    owner, found = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    strengths, lags = np.empty((room, LINKS)), np.empty(room, dtype=np.int64)
    passed = np.zeros((profiles, len(REASONS)), dtype=np.int64)
    linked, sums = np.empty(most, dtype=np.int64), np.empty((most, LINKS))
    strongest, lag_of, first = np.empty(most), np.empty(most, dtype=np.int64), 0
    sieve = np.zeros(SIEVE, dtype=np.bool_)
    for row in range(profiles):
        gone = who.gone[who.first[row] : who.first[row + 1]]
        sieve[gone % SIEVE] = True
        size = links_of(
            who.recent[row], links.ids, links.weights, links.chosen, slot, linked, sums, lag_of, strongest
        )
        mine = (serial + row + 1) * NOTES
        annotate(linked[:size], mine, who, row, titles, sieve, notes)
        for group in range(2):
            begin, end = lists.walked[row, group]
            if begin < end:
                asked = lists.titles[lists.ends[begin] : lists.ends[end]]
                annotate(asked, mine, who, row, titles, sieve, notes)
        last = drawn(linked[:size], sums, links.chosen, titles.digests, notes, found, first)
        for group in range(2):
            begin, end = lists.walked[row, group]
            if begin < end:
                ends, quotas = lists.ends[begin : end + 1], lists.quotas[begin:end]
                last = _walked(lists.titles, ends, quotas, notes, found, last, passed[row])
        found[first:last].sort()
        join(found[first:last], slot, sums, lag_of, strengths[first:last], lags[first:last])
        owner[first:last] = row
        for n in range(size):
            slot[linked[n]] = -1
        sieve[gone % SIEVE] = False
        first = last
    return owner[:first].copy(), found[:first].copy(), strengths[:first].copy(), lags[:first].copy(), passed


# What follows takes arrays one by one: numba counts references for each array of a tuple that it passes on, and a loop
# over titles that does so takes ten times as long.


@compiled
def _room(walked: Ints, quotas: Ints) -> int:
    """The most candidates that all profiles together can have."""
    room = len(walked) * DRAWN.sum()
    for row in range(len(walked)):
        for group in range(2):
            room += quotas[walked[row, group, 0] : walked[row, group, 1]].sum()
    return int(room)


@compiled
def _walked(
    titles: NDArray[np.int32],
    ends: Ints,
    quotas: Ints,
    notes: Ints,
    found: Ints,
    last: int,
    passed: Ints,
) -> int:
    """Finds the first titles of each candidate list that may be shown; counts those that may not. Returns where it ends."""
    for number in range(len(quotas)):
        left = quotas[number]
        for place in range(ends[number], ends[number + 1]):
            title = titles[place]
            if left == 0 or title < 0:
                break
            note = notes[title]
            if note & REASON:
                if not note & PASSED:
                    passed[note & REASON] += 1
                    notes[title] |= PASSED
                continue
            left -= 1
            if not note & FOUND:
                notes[title] |= FOUND
                found[last], last = title, last + 1
    return last
