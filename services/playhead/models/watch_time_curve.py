"""Seconds watched, told by the curve of P(watched ≥ 1, 2, 4 … s)."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats

THRESHOLDS_S: Floats = np.exp2(np.arange(14.0))
"""1 s to 2 h 16 min, each twice the last: as good as twice as many."""
_LEVELS = (float(np.log(1.5)), 0.0, -float(np.log(1.5)))
_MARKS: Floats = np.log1p(np.concatenate([[0.0], THRESHOLDS_S, [2.0 * THRESHOLDS_S[-1]]]))


def watch_time(logits: Floats, duration_s: Floats) -> Floats:
    """The seconds watched in the middle, [rows]: the mean of the quantiles .4, .5 and .6 of the curve, at most the length.

    ``logits``: log-odds that each threshold is reached, [rows × thresholds]. The median alone is as close in
    seconds and worse in order: where most watch for a moment, it hardly moves.
    """
    return _watch_time(np.ascontiguousarray(logits), duration_s, _MARKS)


@compiled
def _watch_time(logits: Floats, duration_s: Floats, marks: Floats) -> Floats:
    seconds = np.zeros(len(logits))
    steps = logits.shape[1]
    edges = np.empty(steps + 2)
    for row in range(len(logits)):
        edges[0], edges[steps + 1] = 6.0, -6.0
        for step in range(steps):
            edges[step + 1] = min(logits[row, step], edges[step]) if step else logits[row, step]
        for level in _LEVELS:
            place = 0
            while place < steps and edges[place + 1] >= level:
                place += 1
            above, below = edges[place], edges[place + 1]
            part = min(max((above - level) / max(above - below, 1e-6), 0.0), 1.0)
            seconds[row] += np.expm1(marks[place] + part * (marks[place + 1] - marks[place])) / 3.0
        if duration_s[row] > 0:
            seconds[row] = min(seconds[row], duration_s[row])
    return seconds
