"""The references in use. Another one is a file and a line here."""

from collections.abc import Callable

from playhead.evaluate.baselines.baseline import Baseline
from playhead.evaluate.baselines.popularity import AllTime, BySurface, Random, Recent

BASELINES: tuple[Callable[[], Baseline], ...] = (Random, AllTime, Recent, BySurface)
