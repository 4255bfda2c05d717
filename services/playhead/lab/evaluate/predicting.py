"""A replay whose heads are asked before each outcome is learned, and what they said as lines of JSON."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from playhead.lab.evaluate.head_references import Reference
from playhead.lab.evaluate.predictions import Case, Predictions
from playhead.personalize.core import Recipe
from playhead.recipe import RECIPE
from playhead.replay.core import Replay, ReplayTotals, ranking_for, replay


class PredictingReplay(Replay):
    """A replay that keeps what the heads, and ``references`` beside them, say of impressions and plays."""

    def __init__(self, recipe: Recipe = RECIPE, references: Sequence[Reference] = ()) -> None:
        super().__init__(recipe)
        self.predictions = Predictions(self.personalizer.world, references)
        self.listener = self.predictions.hear


def write_predictions(
    events: Path,
    titles: Path | None,
    out: BinaryIO | None,
    predictions: BinaryIO,
    progress: Callable[[int, int], None] | None = None,
) -> ReplayTotals:
    """Like ``replay``; writes too what the heads said of each impression and play, with what came of it."""
    core = PredictingReplay(ranking_for(out))
    totals = replay(
        events, titles, out, progress, core, lambda: _write(core.predictions.ready(), predictions)
    )
    _write(core.predictions.rest(), predictions)
    return totals


def _write(cases: Iterator[Case], out: BinaryIO) -> None:
    for case in cases:
        for prediction in case.predictions():
            said = prediction._replace(p=round(prediction.p, 6))
            out.write(msgspec.json.encode(said._asdict()) + b"\n")
