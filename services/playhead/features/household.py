"""Household attention: weights of past choices of a profile that several people share, for the viewer who seems to be present.

The history is split into sessions at gaps of half an hour. The current session has weight 1; an earlier one is weighted by the similarity
of its hour, its device and its content to those of the current session. It is a soft attention over the history: nothing is stored.
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
"""Gap between choices that ends a session."""
DAY_S = 86_400
HOUR, ELSEWHERE, ABOUT = 1.0, 2.0, 4.0
"""Penalties of a session's log-weight: for the hour (twice ``HOUR`` at twelve hours' difference), for another device, and for content with a cosine of 0."""


class Attention(NamedTuple):
    """Weights of past choices, from 0 to 1.

    ``recent`` [snapshots × titles back]: of the last titles chosen; ``past`` [titles]: the same by place in the histories, 1 for
    titles that were not chosen; ``vector`` [snapshots × 64]: mean embedding with these weights, of length 1, or 0.
    """

    recent: Floats
    past: Floats
    vector: Floats

    def between(self, first: int, last: int) -> "Attention":
        """The weights of consecutive snapshots; ``past`` still holds all titles."""
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
    """The fields of ``Attention``, from histories (``HistoryBatch``) and the titles chosen last; ``device`` [snapshots]: index of the current device in the history, -1 for none."""
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
            session_of = session[back]
            if back == 0 or session_of > session[back - 1]:
                used = mine[place[back], DEVICE]
                elsewhere = device[row] >= 0 and used > 0 and used != device[row]
                cosine = _product(about[0], about[session_of]) if on else 1.0
                value = 1.0 if on and session_of == 0 else _alike(since_s[row, back], elsewhere, cosine)
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
    """Writes the place of each chosen title in a history, its session (0 is the newest), and the content vector of each session; returns the number of titles."""
    size, sessions = 0, 0
    for n in range(len(facts)):
        if facts[n, SKIPS] or facts[n, PASSES] or size == len(recent):
            continue
        if size == 0 or since_s[size] - since_s[size - 1] >= SESSION_S:
            about[sessions], sessions = 0.0, sessions + 1
        place[size], session[size] = n, sessions - 1
        add_title(about[sessions - 1], embedding, recent[size], 1.0)
        size += 1
    for index in range(sessions):
        normalize(about[index])
    return size


@compiled
def _alike(since_s: int, elsewhere: bool, cosine: float) -> float:
    """The weight of a session ``since_s`` seconds ago."""
    apart = HOUR * (1.0 - np.cos(2.0 * np.pi * since_s / DAY_S)) + ABOUT * (1.0 - cosine)
    weight: float = np.exp(-apart - ELSEWHERE) if elsewhere else np.exp(-apart)
    return weight


@compiled
def _product(left: Floats, right: Floats) -> float:
    product = 0.0
    for d in range(len(left)):
        product += left[d] * right[d]
    return product
