"""Who of a household seems to be there: how much each past choice counts for whoever looks at the page now.

A profile that several people share is a soft mixture of sessions, choices of which none is half an hour after the one before. The
session that is on counts whole; an earlier one by how alike its hour and its device are to those of now, and what it was about to
what this one is about. An attention over the history: nothing is stored.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints, Singles
from playhead.domain.title_tags import EMBEDDING
from playhead.features.content import STEP, add_title, normalize
from playhead.features.histories import DEVICE, PASSES, SKIPS, TASTE_DEPTH

SESSION_S = 1_800
"""Who does nothing for so long has left."""
DAY_S = 86_400
HOUR, ELSEWHERE, ABOUT = 1.0, 2.0, 4.0
"""What counts against a session, in log-odds: twelve hours' difference twice the first, another device, a cosine of 0 to this session."""


class Attention(NamedTuple):
    """How much past choices count.

    recent [snapshots × titles back]: of the last titles chosen, from 0 to 1; past: the same by place in the histories, 1 for
    what was not chosen; vector [snapshots × 64]: what the titles are about, so weighed, of length 1, or 0.
    """

    recent: Floats
    past: Floats
    vector: Floats

    def between(self, first: int, last: int) -> "Attention":
        """That of consecutive snapshots; the titles stay where they are."""
        return Attention(self.recent[first:last], self.past, self.vector[first:last])


@compiled
def attend(
    first: Ints,
    facts: Ints,
    device: Ints,
    recent: NDArray[np.int32],
    since_s: Ints,
    embedding: Singles,
) -> tuple[Floats, Floats, Floats]:
    """``Attention``, of histories (``HistoryBatch``) and the titles chosen last; device [snapshots]: its number in the history, -1 for none."""
    depth = recent.shape[1]
    weights, past = np.zeros(recent.shape), np.ones(len(facts))
    vector, about = np.zeros((len(recent), EMBEDDING)), np.empty((depth, EMBEDDING))
    place, session = np.empty(depth, dtype=np.int64), np.empty(depth, dtype=np.int64)
    for row in range(len(recent)):
        mine = facts[first[row] : min(first[row] + TASTE_DEPTH, first[row + 1])]
        size = _split(mine, recent[row], since_s[row], embedding, place, session, about)
        on = size > 0 and since_s[row, 0] < SESSION_S
        value, step = 1.0, 1.0
        for back in range(size):
            its = session[back]
            if back == 0 or its > session[back - 1]:
                used = mine[place[back], DEVICE]
                elsewhere = device[row] >= 0 and used > 0 and used != device[row]
                cosine = _product(about[0], about[its]) if on else 1.0
                value = 1.0 if on and its == 0 else _alike(since_s[row, back], elsewhere, cosine)
            weights[row, back] = past[first[row] + place[back]] = value
            add_title(vector[row], embedding, recent[row, back], step * value)
            step *= STEP
        normalize(vector[row])
    return weights, past, vector


@compiled
def _split(
    facts: Ints,
    recent: NDArray[np.int32],
    since_s: Ints,
    embedding: Singles,
    place: Ints,
    session: Ints,
    about: Floats,
) -> int:
    """Writes where each chosen title stands in a history, its session, newest first, and what each of these is about; returns how many."""
    size, sessions = 0, 0
    for n in range(len(facts)):
        if facts[n, SKIPS] or facts[n, PASSES] or size == len(recent):
            continue
        if size == 0 or since_s[size] - since_s[size - 1] >= SESSION_S:
            about[sessions], sessions = 0.0, sessions + 1
        place[size], session[size] = n, sessions - 1
        add_title(about[sessions - 1], embedding, recent[size], 1.0)
        size += 1
    for number in range(sessions):
        normalize(about[number])
    return size


@compiled
def _alike(since_s: int, elsewhere: bool, cosine: float) -> float:
    """How much a session counts that began so long ago."""
    apart = HOUR * (1.0 - np.cos(2.0 * np.pi * since_s / DAY_S)) + ABOUT * (1.0 - cosine)
    weight: float = np.exp(-apart - ELSEWHERE) if elsewhere else np.exp(-apart)
    return weight


@compiled
def _product(one: Floats, other: Floats) -> float:
    product = 0.0
    for d in range(len(one)):
        product += one[d] * other[d]
    return product
