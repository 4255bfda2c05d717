"""What the heads read and what they say, by name: dense features, rated slots, inputs and outputs of the regression, in their orders.

Examples, rankings and stored models carry these by position. Names travel with them, so that a list that grew or moved shifts no learned weight.
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
"""The facts that rates give of a slot (``feature_rates.FACTS``)."""
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
"""Dense features in their order: of a profile and a title together, of the profile, of the title, and what the title is about
beside what the profile chose (``ranking.outcome_features``). Examples carry them by position, and say of which list (``COLUMNS``)."""
DENSE_PLACES: dict[str, slice] = {}
_first = 0
for _name, _features in DENSE_GROUPS:
    DENSE_PLACES[_name] = slice(_first, _first + len(_features))
    _first += len(_features)
DENSE = _first
TOGETHER: Ints = np.r_[DENSE_PLACES["pair"], DENSE_PLACES["content"]]
"""Places of the dense features of a profile and a title together."""
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
"""Slots whose running rates are inputs, in their order: six of a title, two of a profile (``ranking.outcome_features``)."""
RATED = len(RATED_SLOTS)
COLUMNS = crc32(packed_ids.pack_ids((*DENSE_NAMES, *RATED_SLOTS)))
"""What the features of an example say that they are of: these names, in this order."""
INPUTS = DENSE + RATED * FACTS
UNNAMED_INPUTS, UNNAMED_OUTPUTS = 0x0287C53D, 0x49D4585F
"""The CRC-32 of the lists that regressions were of before they named them (``Names``): never to be changed."""
INPUT_NAMES = Names(
    (
        *DENSE_NAMES,
        *(f"{slot}/{fact}" for slot in RATED_SLOTS for fact in _FACTS),
        "always",
    ),
    UNNAMED_INPUTS,
    since=dict(DENSE_GROUPS)["content"],
)
"""Inputs of the regression, with the one that is always 1."""
PRIORS = {"click": -2.2, "start": -1.4, "long_view": -1.0, "finish": -1.0, "binge": -0.7}
"""Log-odds before anything was learned: one impression in ten is clicked, every other finished play a binge."""
CURVE_STARTS = tuple(1.5 - 0.4 * step for step in range(len(THRESHOLDS_S)))
"""The same for the curve: half are watched for 12 s."""
OUTPUT_NAMES = Names((*HEADS, *(f"watched/{seconds:g}" for seconds in THRESHOLDS_S)), UNNAMED_OUTPUTS)
OUTPUTS = len(OUTPUT_NAMES)
CURVE = slice(len(HEADS), OUTPUTS)
GROUPS = {"click": 0, "start": 0, "long_view": 1, "finish": 2, "binge": 3}
"""Heads with the same number share a covariance; the curve shares that of the long view."""
COVARIANCES = max(GROUPS.values()) + 1


def are_known(features: Features) -> bool:
    """Whether features are of the list that is learned here, or of none that is named."""
    return features.columns in (0, COLUMNS)


def check(features: Features) -> None:
    """Whether slots are slots at all: compiled loops don't look.

    Raises:
        Rejected: they are not.
    """
    both = (*features.hashed, *features.rated, PAD)
    if min(both) < 0 or max(both) >= SLOTS:
        raise no_slots()


def no_slots() -> Rejected:
    """What is said of features whose slots are none."""
    return Rejected(
        f"Features of an example are not within 0 and {SLOTS - 1}.",
        "Run workers of one version; only personalize workers write this topic.",
    )
