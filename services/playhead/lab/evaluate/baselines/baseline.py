"""What a reference is: an estimator that scores all titles for a page and learns each choice afterwards."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from playhead.lab.evaluate.targets import Consumption

Scores = NDArray[np.float64] | NDArray[np.float32]
MINUTE_MS, HOUR_MS, DAY_MS = 60_000.0, 3_600_000.0, 86_400_000.0
KEPT = 50
"""Choices of a profile that references look back on."""


class Query(NamedTuple):
    """A profile whose page is opened: what a reference may know of it, newest choice first."""

    profile: int
    at_ms: int
    surface: str
    titles: int
    """How many titles are known by now: numbers below this are ranked."""
    recent: list[Consumption]


class Baseline(Protocol):
    """A way to rank all titles; several settings are tried at once, a row of scores each."""

    @property
    def name(self) -> str:
        """The name in tables."""
        ...

    @property
    def settings(self) -> tuple[str, ...]:
        """A description of the setting of each row of the scores."""
        ...

    def scores(self, query: Query) -> Scores:
        """Scores of all titles, [settings × titles], higher is better, finite; a fresh array that the caller may change."""
        ...

    def learn_one(self, choice: Consumption) -> None:
        """Learns a choice, after it was scored."""
        ...
