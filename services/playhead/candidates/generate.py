"""Candidates of a batch of profiles: titles linked to their last titles, and the first eligible titles of each candidate list.

One compiled pass a profile: sum the rows of the last titles, draw the strongest links, then walk the candidate lists
from their best title on, passing over ineligible titles, until each has met its quota. The annotation of a title is kept
until the next profile, as titles stand on many lists.
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
"""Titles, best first (-1 behind the last), and the quota: how many of them become candidates."""


class Candidates(NamedTuple):
    """Candidates of a batch, concatenated, sorted by title number for each profile: ``owner`` (row of the profile) and ``titles``.

    ``links`` [candidates × LINKS]: strength of the links to the last titles, summed; ``lag``: lag of the title with the
    strongest link, -1 for none; ``passed`` [profiles × REASONS]: number of titles of the lists that were passed over, by
    reason; ``goes_on``: 1 if the title continues a series that the profile is watching, 2 if the profile has seen all and the
    next episode has just come, decaying with time, else 0.
    """

    owner: Ints
    titles: Ints
    links: Floats
    lag: Ints
    passed: Ints
    goes_on: Floats


class _CandidateLists(NamedTuple):
    """All candidate lists, concatenated, with where each ends and its quota.

    ``walked`` [profiles × 2 × 2]: ranges of the lists of a profile, those that it shares with others, and its own.
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
    """Generates the candidates of each profile.

    Args:
        view: The snapshot of one of their markets, which share a shard's models.
        who: The profiles.
        shared: Groups of candidate lists that several profiles share.
        owned: For each profile, the index of its group in ``shared``, [profiles].
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
    columns = _around(who, laid, titles, links, scratch.slot, scratch.notes, scratch.serial - len(own))
    return Candidates(*columns, np.zeros(len(columns[0])))


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
    """The columns of ``Candidates`` without ``goes_on``; ``slot`` is -1 again afterwards, ``notes`` hold annotations by the profile's serial number."""
    profiles, most = len(who.at_ms), SPAN * links.ids.shape[1]
    room = _room(lists.walked, lists.quotas)
    owner, title = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
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
        last = drawn(linked[:size], sums, links.chosen, titles.digests, notes, title, first)
        for group in range(2):
            begin, end = lists.walked[row, group]
            if begin < end:
                ends, quotas = lists.ends[begin : end + 1], lists.quotas[begin:end]
                last = _walked(lists.titles, ends, quotas, notes, title, last, passed[row])
        title[first:last].sort()
        join(title[first:last], slot, sums, lag_of, strengths[first:last], lags[first:last])
        owner[first:last] = row
        for n in range(size):
            slot[linked[n]] = -1
        sieve[gone % SIEVE] = False
        first = last
    return owner[:first].copy(), title[:first].copy(), strengths[:first].copy(), lags[:first].copy(), passed


# The functions below take arrays one by one: numba counts references for each array of a tuple that is passed on, which makes a
# loop over titles ten times as slow.


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
    candidates: Ints,
    last: int,
    passed: Ints,
) -> int:
    """Adds the first eligible titles of each candidate list to ``candidates``; counts those passed over. Returns where candidates end."""
    for index in range(len(quotas)):
        left = quotas[index]
        for place in range(ends[index], ends[index + 1]):
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
                candidates[last], last = title, last + 1
    return last
