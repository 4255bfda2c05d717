"""Inputs and outputs of the outcome heads by name: dense features, rated slots, inputs and outputs of the regression, in order.

Examples, rankings and stored models hold values by position. The names travel with them, so that no learned weight shifts when a list changes.
"""

from zlib import crc32

import numpy as np

from playhead.arrays import packed_ids
from playhead.arrays.hashing import PAD, SLOTS
from playhead.arrays.types import Ints
from playhead.domain.errors import Rejected
from playhead.domain.examples import Features
from playhead.labels.definitions import HEADS
from playhead.models.feature_rates import FACTS
from playhead.models.naming import Names
from playhead.models.watch_time_curve import THRESHOLDS_S

_FACTS = ("click", "long_view", "finish", "ends", "watched")
"""Names of a slot's facts (``feature_rates.FACTS``)."""
DENSE_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pair", ("lift", "shown")),
    (
        "profile",
        (
            *("depth", "completion", "gap"),
            *(f"responses/{fact}" for fact in _FACTS),
            *(f"responses_here/{fact}" for fact in _FACTS),
        ),
    ),
    ("title", ("length", "length_squared", "length_known")),
    ("content", ("alike", "alike_lately", "tags", "age", "age_known")),
)
"""Dense features in order: of the pair of profile and title, of the profile, of the title, and similarity of the title's content
to the profile's choices (``ranking.outcome_features``). Examples hold values by position, with the checksum of the list (``COLUMNS``)."""
DENSE_PLACES: dict[str, slice] = {}
_first = 0
for _name, _features in DENSE_GROUPS:
    DENSE_PLACES[_name] = slice(_first, _first + len(_features))
    _first += len(_features)
DENSE = _first
TOGETHER: Ints = np.r_[DENSE_PLACES["pair"], DENSE_PLACES["content"]]
"""Places of the dense features that depend on both profile and title."""
DENSE_NAMES = tuple(feature for _, features in DENSE_GROUPS for feature in features)
RATED_SLOTS = (
    "title",
    "credit",
    "genre",
    "title_length",
    "title_here",
    "title_length_here",
    "surface",
    "part",
)
"""Slots whose decayed rates are inputs, in order: six of a title, two of a profile (``ranking.outcome_features``)."""
RATED = len(RATED_SLOTS)
COLUMNS = crc32(packed_ids.pack_ids((*DENSE_NAMES, *RATED_SLOTS)))
"""Checksum of these names in this order, which an example's features carry."""
INPUTS = DENSE + RATED * FACTS
UNNAMED_INPUTS, UNNAMED_OUTPUTS = 0x0287C53D, 0x49D4585F
"""The CRC-32 of the lists of regressions stored before inputs and outputs were named (``Names``): never to be changed."""
INPUT_NAMES = Names(
    (
        *DENSE_NAMES,
        *(f"{slot}/{fact}" for slot in RATED_SLOTS for fact in _FACTS),
        "always",
    ),
    UNNAMED_INPUTS,
    since=dict(DENSE_GROUPS)["content"],
)
"""Inputs of the regression, the constant 1 last."""
PRIORS = {"click": -2.2, "start": -1.4, "long_view": -1.0, "finish": -1.0, "binge": -0.7}
"""Log-odds before anything was learned: one impression in ten is clicked, one finished play in three leads to a binge."""
CURVE_STARTS = tuple(1.5 - 0.4 * step for step in range(len(THRESHOLDS_S)))
"""Prior log-odds of the thresholds of the watch-time curve: half of the titles are watched for 12 s."""
OUTPUT_NAMES = Names((*HEADS, *(f"watched/{seconds:g}" for seconds in THRESHOLDS_S)), UNNAMED_OUTPUTS)
OUTPUTS = len(OUTPUT_NAMES)
CURVE = slice(len(HEADS), OUTPUTS)
GROUPS = {"click": 0, "start": 0, "long_view": 1, "finish": 2, "binge": 3}
"""Heads with the same number share a covariance; the curve shares that of the long view."""
COVARIANCES = max(GROUPS.values()) + 1


def are_known(features: Features) -> bool:
    """Whether features have the columns that are learned here, or name none."""
    return features.columns in (0, COLUMNS)


def check(features: Features) -> None:
    """Checks that the slots of an example are within bounds: compiled loops don't.

    Raises:
        Rejected: a slot is out of bounds.
    """
    both = (*features.hashed, *features.rated, PAD)
    if min(both) < 0 or max(both) >= SLOTS:
        raise no_slots()


def no_slots() -> Rejected:
    """The error for features with slots out of bounds."""
    return Rejected(
        f"Features of an example are not within 0 and {SLOTS - 1}.",
        "Run workers of one version; only personalize workers write this topic.",
    )
