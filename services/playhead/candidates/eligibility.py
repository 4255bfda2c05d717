"""Which titles may be shown to whom: each rule defined once, with its name.

Two gates ask. the walk over candidate lists (``candidates.annotations``) passes over what may be no candidate, as of the second; the last
gate (``candidates.filters``), outside the models, removes what may not be shown whatever came before it, as of the event. What
either removes is counted under the name of the rule.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Bools, Ints
from playhead.catalogue.catalogue import Catalogue
from playhead.domain.fields import MATURITY
from playhead.models.market_snapshot import MarketSnapshot

RULES = ("maturity", "available", "finished", "watching_now", "hidden")
"""In this order; a title that two rules bar is counted for the first."""
REASONS = ("", *RULES[:3])
"""The rules that the walk knows, by number; 0 for a title that may be a candidate."""
UNSUITABLE, UNAVAILABLE, GONE = 1, 2, 3
SIEVE = 4_096
"""Remainders of digests of which it is noted whether a finished title has one: most titles need no search."""


def limit_of(kind: str) -> int:
    """The maturity up to which a kind of profile is shown titles, -1 for any."""
    return MATURITY.get(kind, -1)


def suitable(rated: NDArray[np.int16], limit: Ints | int) -> Bools:
    """Children see only what is rated, and rated for them; ``limit``: of each title's profile, or of one for all."""
    allowed: Bools = (np.less(limit, 0)) | ((rated >= 0) & (rated <= limit))
    return allowed


def sold(catalogue: Catalogue, markets: Sequence[str], owner: Ints, title: Ints) -> Bools:
    """Whether it is listed, and the market of each title's profile has it; ``owner``: its profile's place in ``markets``."""
    numbers = np.array([catalogue.market_number(market) for market in markets], dtype=np.int64)
    return catalogue.may_rank(title) & catalogue.sold(numbers[owner], title)


@compiled
def is_open(opens: Ints | int, closes: Ints | int, at_ms: Ints | int) -> Bools | bool:
    """Whether a moment is in the window in which a title is available: of one, or of many at once."""
    return (opens <= at_ms) & (at_ms < closes)


# What was watched to the end is gone, unless it is of the kind that is played again and again: ``may_be_gone`` of most
# titles says no, ``is_in`` is asked of the others. In two parts, as numba calls what takes an array and inlines what does not.


@compiled
def may_be_gone(sieved: bool, repeatable: bool) -> bool:
    """Whether a title may have been finished; ``sieved``: a finished one has the remainder of its digest."""
    return bool(sieved and not repeatable)


@compiled
def is_in(gone: NDArray[np.uint32], digest: np.uint32) -> bool:
    """Whether a digest is among some that are sorted."""
    at = np.searchsorted(gone, digest)
    return bool(at < len(gone) and gone[at] == digest)


def gone(digests: bytes) -> NDArray[np.uint32]:
    """The digests of finished titles as they are remembered, sorted."""
    return np.sort(np.frombuffer(digests, dtype="<u4"))


@compiled
def finished(
    gone: NDArray[np.uint32],
    first: Ints,
    owner: Ints,
    title: Ints,
    digests: NDArray[np.uint32],
    repeatable: Bools,
) -> Bools:
    """Whether titles are gone, whose owners ascend; the digests of what each owner has finished begin at ``first``."""
    bools, sieve = np.zeros(len(title), dtype=np.bool_), np.zeros(SIEVE, dtype=np.bool_)
    n = 0
    while n < len(title):
        row = owner[n]
        mine = gone[first[row] : first[row + 1]]
        sieve[mine % SIEVE] = True
        while n < len(title) and owner[n] == row:
            digest = digests[title[n]]
            bools[n] = may_be_gone(sieve[digest % SIEVE], repeatable[title[n]]) and is_in(mine, digest)
            n += 1
        sieve[mine % SIEVE] = False
    return bools


def barred(view: MarketSnapshot, kind: str) -> NDArray[np.uint8]:
    """Why each title of a view can't be shown to a kind of profile at any time (``REASONS``), 0 if it can.

    It follows from the catalogue alone, and is kept until that changes.
    """
    kept = view.lasting.barred
    if (view.market, kind) not in kept:
        catalogue, titles = view.catalogue, np.arange(view.size, dtype=np.int64)
        has = sold(catalogue, [view.market], np.zeros_like(titles), titles)
        why = np.where(has, 0, UNAVAILABLE).astype(np.uint8)
        why[~suitable(catalogue.maturity[titles], limit_of(kind))] = UNSUITABLE
        kept[view.market, kind] = why
    return kept[view.market, kind]


def open_titles(view: MarketSnapshot, kind: str) -> Ints:
    """All titles of a view that can be shown to a kind of profile at some time, kept as long."""
    kept = view.lasting.open_titles
    if (view.market, kind) not in kept:
        kept[view.market, kind] = np.flatnonzero(barred(view, kind) == 0)
    return kept[view.market, kind]


def counted(removed: dict[str, int], passed: Ints) -> dict[str, int]:
    """What the last gate removed of a profile's candidates, with what the walk passed over for the same reasons."""
    for reason, count in zip(REASONS[1:], passed[1:].tolist(), strict=True):
        if count:
            removed[reason] = removed.get(reason, 0) + count
    return removed
