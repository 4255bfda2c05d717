"""Clipping of learned values, so that no log makes them overflow."""

from playhead.arrays.jit import compiled


@compiled
def bounded(value: float, largest: float) -> float:
    """The value clipped to ±``largest``."""
    return min(max(value, -largest), largest)
