"""Examples of outcomes as the rows that each kind of model learns from: heads, River models, artwork; and predictions beside labels."""

from collections.abc import Container, Iterator, Sequence

import numpy as np

from playhead.arrays.types import Floats
from playhead.domain.examples import Example, Picture
from playhead.domain.stats import PrequentialPrediction
from playhead.labels.definitions import HEADS
from playhead.labels.provisional import PROVISIONAL
from playhead.models.heads import LabelRow
from playhead.models.river.declared import WATCH
from playhead.models.river.learning import KnownOutcomes


def label_rows(examples: Sequence[Example]) -> list[LabelRow]:
    """The labels of each example, for the heads."""
    return [
        LabelRow(
            example.labels,
            example.occurred_at,
            example.watch_s,
            example.duration_s,
            example.clicked,
            example.corrects,
        )
        for example in examples
    ]


def final_outcomes(examples: Sequence[Example]) -> list[KnownOutcomes]:
    """The final labels of each example and its log of 1 + seconds watched, for River models, which can correct no label."""
    return [
        KnownOutcomes(
            _final_labels(example) | ({} if example.watch_s is None else {WATCH: np.log1p(example.watch_s)}),
            example.occurred_at,
        )
        for example in examples
    ]


def _final_labels(example: Example) -> dict[str, float]:
    return {head: label for head, label in example.labels.items() if example.final or head not in PROVISIONAL}


def picture_outcomes(
    examples: Sequence[Example], probabilities: Sequence[float]
) -> list[tuple[Picture, int, float]]:
    """Pictures with a known outcome, whether the title was clicked, and the probability that the heads had predicted."""
    return [
        (example.picture, example.labels["click"], probability)
        for example, probability in zip(examples, probabilities, strict=True)
        if example.picture is not None and "click" in example.labels
    ]


def head_predictions(
    examples: Sequence[Example], predicted: Floats, stacked: Container[str]
) -> Iterator[PrequentialPrediction]:
    """The predictions of the heads beside the labels, without heads that are ``stacked``; ``predicted``: [examples × heads]."""
    for example, probabilities in zip(examples, predicted.tolist(), strict=True):
        for head, probability in zip(HEADS, probabilities, strict=True):
            if head in example.labels and head not in stacked:
                yield PrequentialPrediction(head, example.market, probability, example.labels[head])
