"""Playhead: playback events in, refreshed rankings out, within a second of each event."""

__version__ = "0.1.0"
