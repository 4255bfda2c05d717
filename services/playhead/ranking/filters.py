"""What may not be shown, each rule with its name. Filters remove and never reorder; what each removed is counted.

They stand outside the models and fail closed: what is not known to be suitable for a child is not shown to one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playhead.compiled import compiled
from playhead.content.catalogue import Catalogue
from playhead.content.hashing import digest
from playhead.domain.fields import MATURITY
from playhead.labels.definitions import BEGUN, is_over
from playhead.models.popularity import Ints, starts
from playhead.ranking.histories import KINDS, LENGTH, WATCHED, words
from playhead.ranking.pool import Pool
from playhead.ranking.request import Request
from playhead.retrieval.notes import SIEVE, UNAVAILABLE, UNSUITABLE, is_in
from playhead.signals.finished import FINISHED
from playhead.signals.hidden import HIDDEN, Hidden
from playhead.signals.history import HISTORY
from playhead.signals.playback import PLAYBACK
from playhead.signals.rows import AGAIN, EPISODE

Bools = NDArray[np.bool_]
Filter = Callable[[Catalogue, list[Request], Pool], Bools]


def barred(catalogue: Catalogue, kind: str, market: str, size: int) -> NDArray[np.uint8]:
    """Why each of the first ``size`` titles can't be shown to a kind of profile in a market, 0 if it can."""
    titles = np.arange(size, dtype=np.int64)
    where = np.full(size, catalogue.market_number(market))
    rated, limit = catalogue.maturity[:size], MATURITY.get(kind, -1)
    why = np.where(catalogue.sold(where, titles), 0, UNAVAILABLE).astype(np.uint8)
    if limit >= 0:
        why[(rated < 0) | (rated > limit)] = UNSUITABLE
    return why


def maturity(catalogue: Catalogue, requests: list[Request], pool: Pool) -> Bools:
    """Children see only what is rated, and rated for them."""
    limits = [MATURITY.get(request.identity.kind, -1) for request in requests]
    if max(limits) < 0:
        return np.ones(len(pool.title), dtype=np.bool_)
    limit, rated = np.array(limits)[pool.owner], catalogue.maturity[pool.title]
    return (limit < 0) | ((rated >= 0) & (rated <= limit))


def available(catalogue: Catalogue, requests: list[Request], pool: Pool) -> Bools:
    """Only what the market has, within its window, at the time of the event."""
    at_ms = np.array([request.at_ms for request in requests])[pool.owner]
    in_window = (catalogue.available_from[pool.title] <= at_ms) & (
        at_ms < catalogue.available_until[pool.title]
    )
    market = np.array([catalogue.market_number(request.identity.market) for request in requests])[pool.owner]
    return in_window & catalogue.sold(market, pool.title)


def finished(catalogue: Catalogue, requests: list[Request], pool: Pool) -> Bools:
    """Not what was watched to the end, unless it is of the kind that is played again and again."""
    marks = [gone(over(request.profile)) for request in requests]
    first = starts(map(len, marks))
    done = _among(np.concatenate(marks), first, pool.owner, catalogue.mark[pool.title])
    _mark(done, pool, _ended(catalogue, requests))
    return ~done | catalogue.repeatable[pool.title]


def over(profile: Any) -> bytes:
    """The digests of what a profile has finished, without what it is watching once more."""
    marks, again = FINISHED.of(profile), HISTORY.of(profile).begun_again()
    known = {digest(one.title_id) for one in again if one.position_s >= BEGUN * one.duration_s}
    if not known:
        return marks
    every = np.frombuffer(marks, dtype="<u4")
    return every[~np.isin(every, np.array([*known], dtype=np.uint32))].tobytes()


def _ended(catalogue: Catalogue, requests: list[Request]) -> list[tuple[int, int]]:
    """What was watched to its end by a length that events did not tell, and perhaps the catalogue does; by request."""
    told = [HISTORY.of(request.profile) for request in requests]
    first = starts(map(len, told))
    rows = words(told)
    found = []
    of_title = (rows[:, KINDS] >> 16) & (EPISODE | AGAIN) == 0
    for place in np.flatnonzero((rows[:, LENGTH] == 0) & (rows[:, WATCHED] > 0) & of_title).tolist():
        owner = int(first.searchsorted(place, side="right")) - 1
        watched = told[owner][place - int(first[owner])]
        number = catalogue.titles.get(watched.title_id)
        if number >= 0 and is_over(
            watched.position_s, watched.watched_s, float(catalogue.duration_s[number])
        ):
            found.append((owner, number))
    return found


@compiled
def _among(marks: NDArray[np.uint32], first: Ints, owner: Ints, wanted: NDArray[np.uint32]) -> Bools:
    """Whether each wanted mark is among those of its owner, which are sorted; owners ascend."""
    found, sieve = np.zeros(len(wanted), dtype=np.bool_), np.zeros(SIEVE, dtype=np.bool_)
    n = 0
    while n < len(wanted):
        row = owner[n]
        gone = marks[first[row] : first[row + 1]]
        sieve[gone % SIEVE] = True
        while n < len(wanted) and owner[n] == row:
            found[n] = sieve[wanted[n] % SIEVE] and is_in(gone, wanted[n])
            n += 1
        sieve[gone % SIEVE] = False
    return found


def gone(marks: bytes) -> NDArray[np.uint32]:
    """The marks of finished titles as they are remembered, sorted."""
    return np.sort(np.frombuffer(marks, dtype="<u4"))


def watching_now(catalogue: Catalogue, requests: list[Request], pool: Pool) -> Bools:
    """Not what is on the screen at this moment."""
    on = np.zeros(len(pool.title), dtype=np.bool_)
    playing = (PLAYBACK.of(request.profile).on_at(request.at_ms // 1000) for request in requests)
    _mark(
        on, pool, [(row, catalogue.titles.get(title_id)) for row, title_id in enumerate(playing) if title_id]
    )
    return ~on


def hidden(catalogue: Catalogue, requests: list[Request], pool: Pool) -> Bools:
    """Not what the profile asked not to see, nor its series, genre or person where it said so."""
    gone = np.zeros(len(pool.title), dtype=np.bool_)
    for row, request in enumerate(requests):
        wishes = HIDDEN.of(request.profile)
        _mark(gone, pool, [(row, number) for wish in wishes for number in kin(catalogue, wish)])
    return ~gone


def kin(catalogue: Catalogue, wish: Hidden) -> list[int]:
    """The titles that a wish not to see hides."""
    number = catalogue.titles.get(wish.title_id)
    entry = catalogue.entries.get(number)
    if entry is None or wish.scope not in {"series", "genre", "person"}:
        return [number]
    if wish.scope == "series":
        series = entry.series_id or entry.title_id
        found = catalogue.where(lambda title: series in (title.series_id, title.title_id))
    elif wish.scope == "genre":
        genre = entry.genres[:1]
        found = catalogue.where(lambda title: bool(genre) and genre[0] in title.genres[:1])
    else:
        person = entry.credits[:1]
        found = catalogue.where(lambda title: bool(person) and person[0] in title.credits)
    return [number, *found.tolist()]


def _mark(flags: Bools, pool: Pool, pairs: list[tuple[int, int]]) -> None:
    if pairs:
        owner, title = np.array(pairs, dtype=np.int64).T
        at = pool.place(owner, title)
        flags[at[at >= 0]] = True


FILTERS: tuple[tuple[str, Filter], ...] = (
    ("maturity", maturity),
    ("available", available),
    ("finished", finished),
    ("watching_now", watching_now),
    ("hidden", hidden),
)
"""In this order; a title that two rules remove is counted for the first."""


def apply(
    filters: tuple[tuple[str, Filter], ...], catalogue: Catalogue, requests: list[Request], pool: Pool
) -> tuple[Pool, list[dict[str, int]]]:
    """What may be shown, and how many candidates each rule removed for each profile."""
    removed: list[dict[str, int]] = [{} for _ in requests]
    for name, rule in filters:
        keep = rule(catalogue, requests, pool)
        if not keep.all():
            counts = np.bincount(pool.owner[~keep], minlength=len(requests)).tolist()
            for row, count in enumerate(counts):
                if count:
                    removed[row][name] = count
            pool = pool.only(keep)
    return pool, removed
