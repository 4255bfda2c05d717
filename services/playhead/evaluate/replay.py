"""``playhead.replay.core.Replay``, under the name that tools outside this repository know."""

from playhead.replay.core import Replay

__all__ = ["Replay"]
