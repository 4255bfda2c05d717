"""The statistics of a measurement: medians and ranges over several rounds, and whether a threshold holds."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """The threshold that a measured value, or its ratio to the reference, must meet."""

    of: Literal["value", "ratio"]
    than: Literal["<", "≤", ">", "≥"]
    limit: float

    def holds(self, value: float, ratio: float | None) -> bool:
        """Whether it is reached; a ratio that is not known does not.

        >>> Bar("value", "<", 15.0).holds(14.9, None), Bar("ratio", ">", 1.0).holds(900.0, 1.0)
        (True, False)
        """
        figure = value if self.of == "value" else ratio
        if figure is None:
            return False
        return COMPARED[self.than](figure, self.limit)

    def text(self, unit: str) -> str:
        """The threshold as text.

        >>> Bar("ratio", ">", 1.0).text("events/s"), Bar("value", "<", 15.0).text("ms")
        ('> 1 ×', '< 15 ms')
        """
        return f"{self.than} {self.limit:g} {'×' if self.of == 'ratio' else unit}"


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One measure: medians over the rounds, the range of the value, and what it is compared with."""

    measure: str
    value: float
    unit: str
    low: float
    high: float
    reference: float | None = None
    reference_name: str | None = None
    ratio: float | None = None
    bar: str | None = None
    holds: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """The row as a JSON object."""
        return asdict(self)


def row(
    measure: str,
    unit: str,
    values: Sequence[float],
    *,
    references: Sequence[float] = (),
    reference_name: str | None = None,
    bar: Bar | None = None,
) -> BenchRow:
    """A row from one value a round, and the reference's value of the same round where there is one.

    The ratio is the median of the ratios of the rounds: what disturbed the machine for a while disturbed both.

    >>> row("speed", "events/s", [20.0, 30.0, 40.0], references=[10.0, 10.0, 10.0]).ratio
    3.0
    """
    ratios = [value / other for value, other in zip(values, references, strict=bool(references)) if other]
    value, ratio = median(values), median(ratios) if ratios else None
    return BenchRow(
        measure=measure,
        value=value,
        unit=unit,
        low=min(values),
        high=max(values),
        reference=median(references) if references else None,
        reference_name=reference_name,
        ratio=ratio,
        bar=bar.text(unit) if bar else None,
        holds=bar.holds(value, ratio) if bar else None,
    )


def quantile(samples: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest sample that at least ``share`` of them do not exceed.

    >>> quantile([4.0, 1.0, 2.0, 3.0], 0.5), quantile([4.0, 1.0, 2.0, 3.0], 0.99)
    (2.0, 4.0)

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("a quantile of nothing")
    ordered = sorted(samples)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
