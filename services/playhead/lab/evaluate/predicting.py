"""A replay that records the heads' predictions before each outcome is learned, and writes them as lines of JSON."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from playhead.lab.evaluate.head_references import HeadReference
from playhead.lab.evaluate.predictions import PredictedOutcome, Predictions
from playhead.personalize.recipe import Recipe
from playhead.recipe import RECIPE
from playhead.replay.core import Replay, ReplayTotals, ranking_for, replay


class PredictingReplay(Replay):
    """A replay that keeps the predictions of the heads, and of ``references``, for impressions and plays."""

    def __init__(self, recipe: Recipe = RECIPE, references: Sequence[HeadReference] = ()) -> None:
        super().__init__(recipe)
        self.predictions = Predictions(self.personalizer.followed, references)
        self.listener = self.predictions.take


def write_predictions(
    events: Path,
    titles: Path | None,
    out: BinaryIO | None,
    predictions: BinaryIO,
    progress: Callable[[int, int], None] | None = None,
    experiments: Path | None = None,
) -> ReplayTotals:
    """Like ``replay``; also writes the heads' predictions for each impression and play, with their outcomes."""
    core = PredictingReplay(ranking_for(out))
    totals = replay(
        events,
        titles,
        out,
        progress,
        core,
        lambda: _write(core.predictions.ready(), predictions),
        experiments,
    )
    _write(core.predictions.rest(), predictions)
    return totals


def _write(cases: Iterator[PredictedOutcome], out: BinaryIO) -> None:
    for case in cases:
        for prediction in case.predictions():
            rounded = prediction._replace(p=round(prediction.p, 6))
            out.write(msgspec.json.encode(rounded._asdict()) + b"\n")
