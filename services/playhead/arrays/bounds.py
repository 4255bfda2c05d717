"""Values that are kept within bounds, whatever a log holds."""

from playhead.arrays.jit import compiled


@compiled
def bounded(value: float, largest: float) -> float:
    """The value, moved to the nearest one within ±``largest``."""
    return min(max(value, -largest), largest)
