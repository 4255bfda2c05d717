"""Predictions of the heads as they become settled on the way through a log: each with what came of it."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from playhead.evaluate.calibration import Row


class Case(Protocol):
    """Something that was predicted once by several heads."""

    def predictions(self) -> Iterable[Row]:
        """One for each head."""
        ...


class Source(Protocol):
    """Where predictions come from: made before their outcome was learned."""

    def ready(self) -> Iterator[Case]:
        """The cases that are settled by now, each told once."""
        ...

    def rest(self) -> Iterator[Case]:
        """Those that still wait when the log is over."""
        ...


class Settled:
    """Collects what a core predicted; nothing when it has no ``predictions``."""

    def __init__(self, core: object) -> None:
        self._source: Source | None = getattr(core, "predictions", None)
        self.rows: list[Row] = []

    def collect(self) -> None:
        """Takes over what is settled by now."""
        if self._source is not None:
            self.rows.extend(chain.from_iterable(case.predictions() for case in self._source.ready()))

    def close(self) -> None:
        """Takes over the rest."""
        self.collect()
        if self._source is not None:
            self.rows.extend(chain.from_iterable(case.predictions() for case in self._source.rest()))
