"""Eligibility: the rules by which a title may be shown to a profile, each defined once, with its name.

They are applied twice. The walk over candidate lists (``candidates.annotations``) passes over ineligible titles, as of the snapshot's second; the
filters (``candidates.filters``), outside the models, remove every title that may not be shown, wherever it came from, as of the event. Both
count what they remove under the name of the rule.
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
"""Names of the rules, in order; a title that two rules bar is counted for the first."""
REASONS = ("", *RULES[:3])
"""The rules of the walk over candidate lists, by number; 0 for an eligible title."""
UNSUITABLE, UNAVAILABLE, GONE = 1, 2, 3
SIEVE = 4_096
"""Size of a bit table of finished titles by the remainder of their digests, which spares most titles a search."""


def limit_of(kind: str) -> int:
    """The highest maturity that a kind of profile may be shown, -1 for no limit."""
    return MATURITY.get(kind, -1)


def suitable(rated: NDArray[np.int16], limit: Ints | int) -> Bools:
    """Whether titles are suitable: with a limit, only titles rated up to it; ``limit``: of each title's profile, or of one for all."""
    allowed: Bools = (np.less(limit, 0)) | ((rated >= 0) & (rated <= limit))
    return allowed


def sold(catalogue: Catalogue, markets: Sequence[str], owner: Ints, title: Ints) -> Bools:
    """Whether each title is listed and sold in its profile's market; ``owner``: the index of its profile in ``markets``."""
    numbers = np.array([catalogue.market_number(market) for market in markets], dtype=np.int64)
    return catalogue.may_rank(title) & catalogue.sold(numbers[owner], title)


@compiled
def is_open(opens: Ints | int, closes: Ints | int, at_ms: Ints | int) -> Bools | bool:
    """Whether a time is in the window in which a title is available; for one title, or elementwise for many."""
    return (opens <= at_ms) & (at_ms < closes)


# A finished title is gone, unless it is repeatable: ``may_be_gone`` is false for most titles, and only for the others ``is_in``
# is called. These are two functions, as numba inlines only the one that takes no array.


@compiled
def may_be_gone(sieved: bool, repeatable: bool) -> bool:
    """Whether a title may have been finished; ``sieved``: a finished title has the same remainder of its digest."""
    return bool(sieved and not repeatable)


@compiled
def is_in(gone: NDArray[np.uint32], digest: np.uint32) -> bool:
    """Whether a digest is among sorted ones."""
    at = np.searchsorted(gone, digest)
    return bool(at < len(gone) and gone[at] == digest)


def gone(digests: bytes) -> NDArray[np.uint32]:
    """The stored digests of finished titles as a sorted array."""
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
    """Whether each title was finished by its owner (ascending); the digests of each owner's finished titles begin at ``first``."""
    done, sieve = np.zeros(len(title), dtype=np.bool_), np.zeros(SIEVE, dtype=np.bool_)
    n = 0
    while n < len(title):
        row = owner[n]
        mine = gone[first[row] : first[row + 1]]
        sieve[mine % SIEVE] = True
        while n < len(title) and owner[n] == row:
            digest = digests[title[n]]
            done[n] = may_be_gone(sieve[digest % SIEVE], repeatable[title[n]]) and is_in(mine, digest)
            n += 1
        sieve[mine % SIEVE] = False
    return done


def barred(view: MarketSnapshot, kind: str) -> NDArray[np.uint8]:
    """The reason (``REASONS``) why each title of a market snapshot can't be shown to a kind of profile at any time, 0 for none.

    It depends on the catalogue alone, and is cached until that changes.
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
    """All titles of a market snapshot that can be shown to a kind of profile at some time, cached likewise."""
    kept = view.lasting.open_titles
    if (view.market, kind) not in kept:
        kept[view.market, kind] = np.flatnonzero(barred(view, kind) == 0)
    return kept[view.market, kind]


def counted(removed: dict[str, int], passed: Ints) -> dict[str, int]:
    """The counts of candidates that the filters removed for a profile, with the titles passed over for the same reasons added."""
    for reason, count in zip(REASONS[1:], passed[1:].tolist(), strict=True):
        if count:
            removed[reason] = removed.get(reason, 0) + count
    return removed
