"""Totals of experiments: sums of metrics by arm, over the profiles of one partition of the events."""

from typing import Annotated

from msgspec import Meta, Struct

Sums = Annotated[
    list[list[float]],
    Meta(description="A row a metric, in the order of the contract; ten sums each (docs/experiments.md)."),
]


class ExperimentTotals(Struct, frozen=True, kw_only=True):
    """The newest sums of a partition; those of an experiment are the sums of those of all partitions."""

    partition: int
    experiments: Annotated[
        dict[str, dict[str, Sums]], Meta(description="The sums by experiment and by name of the arm.")
    ]
