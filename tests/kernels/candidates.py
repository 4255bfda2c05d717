"""Twins of the kernels of candidates/."""

from collections.abc import Callable
from itertools import takewhile
from typing import Any

import numpy as np
from tests.kernels.features import NOW_S, facts
from tests.kernels.twin import Rng, Twin, bits, coarse, hashes, ids, sizes, some

from playhead.arrays.ragged import starts
from playhead.arrays.types import Bools, Floats, Hashes, Ids, Ints
from playhead.candidates import continue_watching, eligibility, generate, pool, watchlist_and_rewatch
from playhead.candidates.annotations import ProfileBatch, TitleRules
from playhead.candidates.continue_watching import ROW, STALE_S
from playhead.candidates.eligibility import GONE, REASONS, UNAVAILABLE, UNSUITABLE
from playhead.candidates.generate import _CandidateLists
from playhead.candidates.item_to_item import ASKED, DRAWN, SHRINK, LinkRows
from playhead.candidates.watchlist_and_rewatch import REST_S
from playhead.features.histories import AT, LENGTH, OVER, PLAYS, POSITION, SKIPS
from playhead.labels.definitions import FINISHED_RATIO, IN_PROGRESS
from playhead.models.neighbours import CO_CHOSEN, LINKS, SHORT_LAGS, SPAN

TITLES, PROFILES = 160, 2
Found = tuple[Ints, Ints, Floats, Ints, Ints]


def _finished(
    gone: Hashes, first: Ints, owner: Ints, title: Ints, digests: Hashes, repeatable: Bools
) -> Bools:
    return np.array(
        [
            digests[n] in gone[first[row] : first[row + 1]] and not repeatable[n]
            for row, n in zip(owner, title, strict=True)
        ],
        dtype=np.bool_,
    )


def _finished_titles(rng: Rng) -> tuple[Hashes, Ints]:
    """Sorted digests of the titles that each profile has finished."""
    first = sizes(rng, PROFILES, 30)
    runs = [np.sort(hashes(rng, size)) for size in np.diff(first).tolist()]
    return np.concatenate(runs).astype(np.uint32), first


def _some_finished(rng: Rng) -> tuple[Any, ...]:
    owner = np.sort(some(rng, 9, 0, PROFILES))
    return *_finished_titles(rng), owner, some(rng, 9, 0, TITLES), hashes(rng, TITLES), bits(rng, TITLES)


def _in_progress(
    first: Ints, title: Ints, facts: Ints, until_s: Ints, duration_s: Floats
) -> tuple[Ids, Ints]:
    begun, position_s = np.full((len(until_s), ROW), -1, np.int32), np.zeros((len(until_s), ROW), np.int64)
    length = np.where(facts[:, LENGTH] > 0, facts[:, LENGTH], duration_s[title])
    for row, now_s in enumerate(until_s):
        in_progress = [
            n
            for n in range(first[row], first[row + 1])
            if title[n] >= 0
            and not facts[n, SKIPS]
            and not facts[n, OVER]
            and now_s - 1 - facts[n, AT] <= STALE_S
            and IN_PROGRESS * length[n] <= facts[n, POSITION] < FINISHED_RATIO * length[n]
        ][:ROW]
        begun[row, : len(in_progress)] = title[in_progress]
        position_s[row, : len(in_progress)] = facts[in_progress, POSITION]
    return begun, position_s


def _rewatchable(
    first: Ints, title: Ints, facts: Ints, liking: Floats, until_s: Ints, digests: Hashes
) -> Ids:
    again = np.full((len(until_s), ROW), -1, np.int32)
    for row, now_s in enumerate(until_s):
        over = [
            n
            for n in range(first[row], first[row + 1])
            if title[n] >= 0 and facts[n, OVER] and not facts[n, SKIPS]
            and now_s - facts[n, AT] >= REST_S and liking[n] >= 0
        ]  # fmt: skip
        best = sorted(over, key=lambda n: (-facts[n, PLAYS] - liking[n], digests[title[n]]))[:ROW]
        again[row, : len(best)] = title[best]
    return again


def _some_rewatchable(rng: Rng) -> tuple[Any, ...]:
    first = sizes(rng, PROFILES, 30)
    size = int(first[-1])
    mine = facts(rng, size)
    title = rng.permutation(TITLES)[:size]
    until_s = np.full(PROFILES, NOW_S + REST_S // 2)
    return first, title, mine, coarse(rng, size), until_s, rng.permutation(TITLES).astype(np.uint32)


def _some_in_progress(rng: Rng) -> tuple[Any, ...]:
    first = sizes(rng, 3, 60)
    count = int(first[-1])
    return first, some(rng, count, -1, 9), facts(rng, count), np.full(3, NOW_S), coarse(rng, 9) ** 2 * 300.0


def _places(keys: Ints, titles: int, owner: Ints, title: Ints) -> Ints:
    place = {key: at for at, key in enumerate(keys.tolist())}
    wanted = owner * titles + title
    return np.array(
        [
            place.get(key, -1) if number >= 0 else -1
            for key, number in zip(wanted.tolist(), title, strict=True)
        ]
    )


def _some_pairs(rng: Rng) -> tuple[Ints, int, Ints, Ints]:
    keys = np.flatnonzero(rng.random(3 * 9) < 0.5)
    return keys, 9, some(rng, 8, 0, 3), some(rng, 8, -1, 9)


def _links(recent: Ids, links: LinkRows) -> dict[int, tuple[Floats, int]]:
    """Summed links of each linked title, and the lag of the strongest one."""
    sums: dict[int, Floats] = {}
    strongest: dict[int, tuple[float, int]] = {}
    for lag, before in enumerate(recent[:SPAN].tolist()):
        if 0 <= before < len(links.chosen):
            factor = ASKED[lag, CO_CHOSEN] / np.sqrt(links.chosen[before] + SHRINK)
            row = takewhile(lambda title: title >= 0, links.ids[before].tolist())
            for title, weights in zip(row, links.weights[before], strict=False):
                added = weights * ASKED[lag]
                added[CO_CHOSEN] = weights[CO_CHOSEN] * factor
                sums[title] = sums.get(title, np.zeros(LINKS)) + added
                if added[CO_CHOSEN] > strongest.get(title, (-1.0, lag))[0]:
                    strongest[title] = added[CO_CHOSEN], lag
    for title, summed in sums.items():
        summed[CO_CHOSEN] /= np.sqrt(links.chosen[title] + SHRINK)
    return {title: (its, strongest[title][1]) for title, its in sums.items()}


def _why(who: ProfileBatch, row: int, titles: TitleRules) -> Callable[[int], int]:
    """The reason why each title may not be a candidate of a profile."""
    barred, gone = who.barred[who.kind[row]], who.gone[who.first[row] : who.first[row + 1]].tolist()

    def why(title: int) -> int:
        if title >= len(barred):
            return UNSUITABLE
        if barred[title]:
            return int(barred[title])
        if not titles.opens[title] <= who.at_ms[row] < titles.closes[title]:
            return UNAVAILABLE
        return GONE if int(titles.digests[title]) in gone and not titles.repeatable[title] else 0

    return why


def _drawn(
    linked: dict[int, tuple[Floats, int]], links: LinkRows, digests: Hashes, why: Callable[[int], int]
) -> set[int]:
    drawn: set[int] = set()
    for link, count in enumerate(DRAWN.tolist()):
        strength = {
            title: sums[link] / (links.chosen[title] + SHRINK if link == SHORT_LAGS else 1.0)
            for title, (sums, _) in linked.items()
            if not why(title) and sums[link] > 0.0
        }
        drawn |= {*sorted(strength, key=lambda title: (-strength[title], digests[title]))[:count]}
    return drawn


def _walked(lists: _CandidateLists, row: int, why: Callable[[int], int]) -> tuple[set[int], list[int]]:
    """The titles taken from the lists of a profile, and the number of titles passed over, by reason."""
    taken, passed = set[int](), set[int]()
    for begin, end in lists.walked[row].tolist():
        for number in range(begin, end):
            left = int(lists.quotas[number])
            for title in lists.titles[lists.ends[number] : lists.ends[number + 1]].tolist():
                if left == 0 or title < 0:
                    break
                (passed if why(title) else taken).add(title)
                left -= not why(title)
    counts = np.bincount([why(title) for title in passed], minlength=len(REASONS))
    return taken, counts.tolist()


def _candidates(who: ProfileBatch, lists: _CandidateLists, titles: TitleRules, links: LinkRows) -> Found:
    rows, strengths, passed = [], [], []
    for row in range(len(who.at_ms)):
        why, linked = _why(who, row, titles), _links(who.recent[row], links)
        taken, counts = _walked(lists, row, why)
        for title in sorted(taken | _drawn(linked, links, titles.digests, why)):
            sums, lag = linked.get(title, (np.zeros(LINKS), -1))
            rows.append((row, title, lag))
            strengths.append(sums)
        passed.append(counts)
    owner, numbers, lags = np.array(rows, np.int64).reshape(-1, 3).T
    return (
        owner,
        numbers,
        np.array(strengths).reshape(len(numbers), LINKS),
        lags,
        np.array(passed),
    )


def _around(who: ProfileBatch, lists: _CandidateLists, titles: TitleRules, links: LinkRows) -> Found:
    """Runs the kernel twice with the same scratch memory, as one batch must not affect the next."""
    slot, notes = np.full(TITLES, -1, np.int32), np.zeros(TITLES, np.int64)
    generate._around(who, lists, titles, links, slot, notes, 0)
    return generate._around(who, lists, titles, links, slot, notes, len(who.at_ms))


def _some_batch(rng: Rng) -> tuple[Any, ...]:
    gone, first = _finished_titles(rng)
    barred = (rng.random((2, TITLES - 5)) < 0.1).astype(np.uint8) * np.uint8(UNSUITABLE)
    who = ProfileBatch(
        ids(rng, (PROFILES, SPAN), TITLES),
        some(rng, PROFILES, 0, 2),
        barred,
        some(rng, PROFILES, 1, 4),
        gone,
        first,
    )
    lists = [ids(rng, (7,), TITLES) for _ in range(5)]
    ends = starts(map(len, lists))
    walked = np.array([[[0, 2], [2, 4]], [[0, 2], [4, 5]]])
    rules = TitleRules(
        some(rng, TITLES, 0, 3), some(rng, TITLES, 3, 6), hashes(rng, TITLES), bits(rng, TITLES)
    )
    rows = np.array([rng.permutation(TITLES)[:14] for _ in range(TITLES)], np.int32)
    rows[np.arange(14) >= rng.integers(0, 15, TITLES)[:, None]] = -1
    links = LinkRows(rows, np.abs(coarse(rng, TITLES, 14, LINKS)), some(rng, TITLES, 0, 3).astype(np.float64))
    return who, _CandidateLists(np.concatenate(lists), ends, some(rng, 5, 0, 6), walked), rules, links


CANDIDATES = (
    Twin(
        eligibility.is_open,
        lambda opens, closes, at: bool(opens <= at < closes),
        lambda rng: tuple(some(rng, 3, 0, 3).tolist()),
    ),
    Twin(eligibility.finished, _finished, _some_finished),
    Twin(continue_watching._in_progress, _in_progress, _some_in_progress),
    Twin(watchlist_and_rewatch._rewatchable, _rewatchable, _some_rewatchable),
    Twin(pool._places, _places, _some_pairs),
    Twin(
        pool._bounds,
        lambda owner, profiles: np.searchsorted(owner, np.arange(profiles + 1)),
        lambda rng: (np.sort(some(rng, 9, 0, 5)), 5),
    ),
    Twin(_around, _candidates, _some_batch),
)
