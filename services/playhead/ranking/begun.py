"""What was begun and not finished: the row that a page begins with."""

import numpy as np

from playhead.ranking.histories import AT, SKIPS
from playhead.ranking.moments import Columns
from playhead.retrieval.view import View

ROW = 15
"""Titles of a row."""
BEGUN, ENDED = 0.03, 0.9
"""A play between these watch ratios may be gone on with."""
STALE_S = 30 * 86_400


def begun(view: View, columns: Columns) -> list[list[int]]:
    """What each was begun and not finished, the newest first; still to be filtered like everything else."""
    told = columns.histories
    lengths = np.where(told.title >= 0, view.catalogue.duration_s[told.title], 0.0)
    ratios, facts = told.ratio(lengths), told.facts
    lately = columns.until_s[told.owner] - 1 - facts[:, AT] <= STALE_S
    going_on = (told.title >= 0) & (facts[:, SKIPS] == 0) & lately & (ratios >= BEGUN) & (ratios < ENDED)
    found: list[list[int]] = [[] for _ in columns.surface]
    for row, number in zip(told.owner[going_on].tolist(), told.title[going_on].tolist(), strict=True):
        found[row].append(number)
    return [mine[:ROW] for mine in found]
