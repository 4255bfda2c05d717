"""Annotations of titles for one profile during candidate generation: the rule that bars a title, and whether it is a candidate already."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Ints
from playhead.candidates.eligibility import GONE, SIEVE, UNAVAILABLE, UNSUITABLE, is_in, is_open, may_be_gone

REASON, FOUND, PASSED = 3, 4, 8
"""Bits of an annotation: mask of the reason why the title may not be shown; it is a candidate; it was passed over."""
NOTES = 16
"""Values of an annotation; those of a profile are offset by multiples of this, so that older ones are recognised as stale."""


class ProfileBatch(NamedTuple):
    """The profiles to generate candidates for, one row each.

    ``recent``: the last titles, newest first, [profiles × ≥ SPAN], -1 where there are fewer; ``kind`` [profiles]: the row of
    ``barred`` [kinds × titles], which holds the reason that bars a title at any time, else 0 (``eligibility.barred``); ``at_ms``
    [profiles]: when titles must be available; ``gone``: digests of finished titles, sorted for each profile; ``first`` [profiles + 1]: where
    those of each begin.
    """

    recent: NDArray[np.int32]
    kind: Ints
    barred: NDArray[np.uint8]
    at_ms: Ints
    gone: NDArray[np.uint32]
    first: Ints

    def only(self, row: int) -> "ProfileBatch":
        """The batch of a single row."""
        first, last = self.first[row : row + 2].tolist()
        kind, rows = int(self.kind[row]), slice(row, row + 1)
        return ProfileBatch(
            self.recent[rows],
            np.zeros(1, dtype=np.int64),
            self.barred[kind : kind + 1],
            self.at_ms[rows],
            self.gone[first:last],
            np.array([0, last - first], dtype=np.int64),
        )


class TitleRules(NamedTuple):
    """Columns of the catalogue by which titles are eligible: when they become available and expire (ms), digests, whether they are repeatable."""

    opens: Ints
    closes: Ints
    digests: NDArray[np.uint32]
    repeatable: NDArray[np.bool_]


@compiled
def annotate(
    asked: NDArray[Any],
    mine: int,
    who: ProfileBatch,
    row: int,
    titles: TitleRules,
    sieve: NDArray[np.bool_],
    notes: Ints,
) -> None:
    """Writes into ``notes`` the reason why each title may not be a candidate, 0 for none: unsuitable, not sold, out of its window, finished."""
    barred, at_ms = who.barred[who.kind[row]], who.at_ms[row]
    gone = who.gone[who.first[row] : who.first[row + 1]]
    opens, closes, digests, repeatable = titles
    for title in asked:
        if title < 0 or notes[title] >= mine:
            continue
        reason = 0
        if title >= len(barred):
            reason = UNSUITABLE
        elif barred[title]:
            reason = barred[title]
        elif not is_open(opens[title], closes[title], at_ms):
            reason = UNAVAILABLE
        elif may_be_gone(sieve[digests[title] % SIEVE], repeatable[title]) and is_in(gone, digests[title]):
            reason = GONE
        notes[title] = mine + reason
