"""Collects the heads' predictions with their outcomes, as these become known on the way through a log."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from playhead.lab.evaluate.calibration import CalibrationRow


class PredictedCase(Protocol):
    """An impression or play with the predictions of several heads."""

    def predictions(self, of: str = "") -> Iterable[CalibrationRow]:
        """A prediction for each head; ``of``: those of a reference."""
        ...


class PredictionSource(Protocol):
    """Where predictions come from: made before their outcome was learned."""

    def ready(self) -> Iterator[PredictedCase]:
        """The cases whose outcomes are known by now, each given once."""
        ...

    def rest(self) -> Iterator[PredictedCase]:
        """The cases that still wait when the log is over."""
        ...


class SettledPredictions:
    """Collects the predictions of a core and of references; nothing when the core has no ``predictions``.

    Args:
        core: The core whose predictions are collected.
        references: Names of the references that predict the same (``head_references``).
    """

    def __init__(self, core: object, references: Sequence[str] = ()) -> None:
        self._source: PredictionSource | None = getattr(core, "predictions", None)
        self.rows: list[CalibrationRow] = []
        self.beside: dict[str, list[CalibrationRow]] = {name: [] for name in references}

    def collect(self) -> None:
        """Collects the cases whose outcomes are known by now."""
        if self._source is not None:
            self._take(self._source.ready())

    def close(self) -> None:
        """Collects the remaining cases."""
        self.collect()
        if self._source is not None:
            self._take(self._source.rest())

    def _take(self, cases: Iterator[PredictedCase]) -> None:
        for case in cases:
            self.rows.extend(case.predictions())
            for name, rows in self.beside.items():
                rows.extend(case.predictions(name))
