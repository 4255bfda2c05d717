"""The labels of an example as targets of the outputs and as counts of the running rates."""

import numpy as np

from playhead.arrays.jit import compiled
from playhead.arrays.types import Floats, Ints
from playhead.labels.definitions import HEADS
from playhead.models.feature_rates import (
    CLICKED,
    COUNTS,
    ENDED,
    FINISHED,
    HALF_LIFE_MS,
    KNOWN,
    LOG_WATCHED,
    LONG,
    SHOWN,
)
from playhead.models.head_lists import OUTPUTS
from playhead.models.watch_time_curve import THRESHOLDS_S

_LONG_VIEW = HEADS.index("long_view")
COUNTED = (
    (HEADS.index("click"), SHOWN, CLICKED),
    (_LONG_VIEW, ENDED, LONG),
    (HEADS.index("finish"), KNOWN, FINISHED),
)
"""Heads whose labels count as rates of a slot: a label is a trial, a label of 1 a success."""
CLICK_COUNTS: Floats = np.array([1.0, 0, 0, 1.0, 0, 0, 0])
"""The counts of an impression whose click was learned before its end."""


@compiled
def targets(outcomes: Floats, watch_s: float, duration_s: float) -> tuple[Floats, Floats]:
    """Which outputs are known (1, else 0) and their labels: heads, then the thresholds that the title is long enough for."""
    known, labels = np.zeros(OUTPUTS), np.zeros(OUTPUTS)
    for head in range(len(outcomes)):
        if outcomes[head] >= 0.0:
            known[head], labels[head] = 1.0, outcomes[head]
    if outcomes[_LONG_VIEW] >= 0.0 and not np.isnan(watch_s):
        for step in range(len(THRESHOLDS_S)):
            if duration_s <= 0.0 or duration_s >= THRESHOLDS_S[step]:
                known[len(outcomes) + step] = 1.0
            if watch_s >= THRESHOLDS_S[step]:
                labels[len(outcomes) + step] = 1.0
    return known, labels


@compiled
def counts_of(outcomes: Floats, watch_s: float) -> Floats:
    """Counts that labels add to the rates of a slot, [COUNTS]; ``outcomes``: labels of the heads, -1 if unknown."""
    added = np.zeros(COUNTS)
    for head, trial, success in COUNTED:
        if outcomes[head] >= 0.0:
            added[trial], added[success] = 1.0, outcomes[head]
    if outcomes[_LONG_VIEW] >= 0.0 and not np.isnan(watch_s):
        added[LOG_WATCHED] = np.log1p(watch_s)
    return added


@compiled
def counts_of_correction(outcomes: Floats) -> Floats:
    """Counts that corrected labels add: no trial, which was counted before, and a success for each label of 1."""
    added = np.zeros(COUNTS)
    for head, _, success in COUNTED:
        added[success] = max(outcomes[head], 0.0)
    return added


@compiled
def counted_before(outcomes: Floats, age_ms: float) -> Floats:
    """Lower bound of what is left of the trials that labels counted as, after ``age_ms``."""
    counted = np.zeros(COUNTS)
    for head, trial, _ in COUNTED:
        if outcomes[head] >= 0.0:
            counted[trial] = 2.0 ** (-max(age_ms, 0.0) / HALF_LIFE_MS)
    return counted


@compiled
def bound_by_trials(counts: Floats, rated: Ints) -> None:
    """Bounds successes by trials, in case a label is corrected that was never counted: a rate above 1 has no log-odds."""
    for row in rated:
        for _, trial, success in COUNTED:
            counts[row, success] = min(max(counts[row, success], 0.0), counts[row, trial])
