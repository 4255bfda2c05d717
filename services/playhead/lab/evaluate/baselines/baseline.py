"""What a reference is: asked for scores of all titles, told of each choice afterwards."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.targets import Choice

Scores = NDArray[np.float64] | NDArray[np.float32]
MINUTE_MS, HOUR_MS, DAY_MS = 60_000.0, 3_600_000.0, 86_400_000.0
KEPT = 50
"""Choices of a profile that references look back on."""


class Query(NamedTuple):
    """A profile whose page is opened: what may be known of it, newest choice first."""

    profile: int
    at_ms: int
    surface: str
    titles: int
    """How many titles are known by now: numbers below this are ranked."""
    recent: list[Choice]


class Baseline(Protocol):
    """A way to rank all titles; its settings are tried at once, a row each."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def settings(self) -> tuple[str, ...]:
        """What is varied, a text for each row of the scores."""
        ...

    def scores(self, query: Query) -> Scores:
        """[settings × titles], higher is better, finite; a fresh array that the caller may change."""
        ...

    def learn_one(self, choice: Choice) -> None:
        """Takes in a choice, after it was scored."""
        ...
