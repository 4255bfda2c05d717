"""Predictions of the heads as they become settled on the way through a log: each with what came of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from playhead.lab.evaluate.calibration import Row


class Case(Protocol):
    """Something that was predicted once by several heads."""

    def predictions(self, of: str = "") -> Iterable[Row]:
        """One for each head; ``of``: those of a reference."""
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
    """Collects what a core predicted, and what references did beside it; nothing when it has no ``predictions``.

    Args:
        core: Whose predictions.
        references: Names of those that predict the same (``head_references``).
    """

    def __init__(self, core: object, references: Sequence[str] = ()) -> None:
        self._source: Source | None = getattr(core, "predictions", None)
        self.rows: list[Row] = []
        self.beside: dict[str, list[Row]] = {name: [] for name in references}

    def collect(self) -> None:
        """Takes over what is settled by now."""
        if self._source is not None:
            self._take(self._source.ready())

    def close(self) -> None:
        """Takes over the rest."""
        self.collect()
        if self._source is not None:
            self._take(self._source.rest())

    def _take(self, cases: Iterator[Case]) -> None:
        for case in cases:
            self.rows.extend(case.predictions())
            for name, rows in self.beside.items():
                rows.extend(case.predictions(name))
