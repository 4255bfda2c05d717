"""The features that River models are given, by name: the inputs of the outcome heads' regression, as of the same moment."""

from collections.abc import Sequence

import numpy as np

from playhead.arrays.types import Floats, Ints
from playhead.models.head_lists import INPUT_NAMES, RATED_SLOTS

FEATURES: tuple[str, ...] = INPUT_NAMES.names[:-1]
"""Names of the features, in the order of the inputs."""
_RESPONSES = {
    "click": "log-odds of a click against the population's",
    "long_view": "log-odds of a long view against the population's",
    "finish": "log-odds of a finish against the population's",
    "ends": "log(1 + impressions and plays that ended) / 5",
    "watched": "half the mean log(1 + s watched), less the population's",
}
_SLOTS = {
    "title": "the title",
    "credit": "its first credit",
    "genre": "its first genre",
    "title_length": "titles of its length",
    "title_here": "the title on this surface",
    "title_length_here": "titles of its length on this surface",
    "surface": "the surface",
    "part": "this part of the day",
    "responses": "the profile",
    "responses_here": "the profile on this surface",
}
_DENSE = {
    "lift": "how much more the profile chooses the title's labels than the population does, mean log-ratio",
    "shown": "log(1 + times shown to the profile without being chosen)",
    "depth": "log(1 + titles in the profile's history) / 5",
    "completion": "mean watch ratio of the profile's plays, 0 to 1",
    "gap": "log(1 + s since the profile's last choice) / 5",
    "length": "log(1 + s of the title's length) / 5 - 0.8, 0 where unknown",
    "length_squared": "that squared",
    "length_known": "1 where the length is known",
    "alike": "cosine of the title's embedding and those that the profile chose, -1 to 1",
    "alike_lately": "the same with what it chose lately",
    "tags": "cosine of the title's tags and those of the titles chosen last, rare ones counting more, 0 to 1",
    "age": "log(1 + days since the title was added), 0 where unknown",
    "age_known": "1 where that day is known",
}


def meaning(feature: str) -> str:
    """What a feature means, and its unit.

    >>> meaning("title/click"), meaning("gap")
    ("the title: log-odds of a click against the population's", "log(1 + s since the profile's last choice) / 5")
    """
    slot, _, fact = feature.partition("/")
    return f"{_SLOTS[slot]}: {_RESPONSES[fact]}" if fact else _DENSE[feature]


def meanings() -> list[tuple[str, str]]:
    """All features with their meanings."""
    assert {name.partition("/")[0] for name in FEATURES} == {*_SLOTS, *_DENSE} >= {*RATED_SLOTS}
    return [(feature, meaning(feature)) for feature in FEATURES]


def places_of(features: Sequence[str]) -> Ints:
    """Columns of features among the inputs, [features]."""
    return np.array([FEATURES.index(name) for name in features], dtype=np.int64)


def as_dicts(features: Sequence[str], places: Ints, rows: Floats) -> list[dict[str, float]]:
    """Rows of inputs, [rows × inputs], as River's dicts."""
    return [dict(zip(features, row, strict=True)) for row in rows[:, places].tolist()]
