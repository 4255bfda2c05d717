"""What experiments compare, of one profile: for each metric how much came, how often it could, and how it was before.

click, start, finish and gave_up are counted a session, session_minutes is the length of one, watch_minutes is of the
profile. All of what came after the first ranking of an arm counts, whatever was looked at (intention to treat).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playhead.domain.experiments import METRICS
from playhead.experiments.totals import Floats
from playhead.signals.usage import UsageCounts

_A_PROFILE = np.array([metric == "watch_minutes" for metric in METRICS])
"""Metrics of which each profile has one chance."""


class Measured(NamedTuple):
    """By profile and metric, [profiles × METRICS]: arguments of ``experiments.totals.moments``."""

    outcome: Floats
    probabilities: Floats
    before: Floats


def measured(counts: Sequence[UsageCounts], since: Sequence[UsageCounts]) -> Measured:
    """The measures of profiles with these counts; ``since``: their counts when they were first exposed."""
    now, then = _counted(counts), _counted(since)
    gone = now - then
    # The columns of METRICS among those of ``_counted``; sessions are its first.
    sessions = np.maximum(gone[:, :1], 1.0)
    probabilities = np.where(_A_PROFILE, 1.0, sessions)
    return Measured(gone[:, 1:], probabilities, then[:, 1:] / np.maximum(then[:, :1], 1.0))


def _counted(counts: Sequence[UsageCounts]) -> Floats:
    """Sessions, and the outcome of each metric, [profiles × (1 + METRICS)]."""
    rows = [
        (
            count.sessions,
            count.clicks,
            count.starts,
            count.finishes,
            count.watch_s / 60.0,
            count.gave_up,
            count.session_s / 60.0,
        )
        for count in counts
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 1 + len(METRICS))
