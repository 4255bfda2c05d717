"""Titles that the profile has watched to the end, as digests of their ids, kept far longer than its history."""

from playhead.arrays.hashing import digest
from playhead.domain import events as e
from playhead.labels.definitions import is_finish
from playhead.signals.signal import Signal

KEPT = 4_096
WIDTH = 4
"""Bytes a digest. A title shares its digest with another of 100,000 titles with probability 1/40,000, and then counts as finished by mistake."""


def fold(state: bytes, event: e.Event) -> bytes:
    """Adds the digest of a finished title, drops that of a removed one; order-free up to ``KEPT``, idempotent.

    A title finished over several sessions, or an episode, is found by the history instead: see ``finish``.
    """
    if isinstance(event, e.HistoryRemoved):
        return _without(state, event.title_id) if event.title_id is not None else state
    if not isinstance(event, e.PlaybackStopped | e.PlaybackCompleted) or not is_finish(event):
        return state
    # With one title for a whole series, only the episode is finished, not the series.
    return finish(state, digest(event.episode_id or event.title_id))


def finish(state: bytes, title: int) -> bytes:
    """Adds the digest of a finished title; idempotent."""
    digest = title.to_bytes(WIDTH, "little")
    return state if _find(state, digest) >= 0 else (state + digest)[-KEPT * WIDTH :]


def _without(state: bytes, title_id: str) -> bytes:
    place = _find(state, digest(title_id).to_bytes(WIDTH, "little"))
    return state if place < 0 else state[:place] + state[place + WIDTH :]


def _find(state: bytes, digest: bytes) -> int:
    place = state.find(digest)
    while place >= 0 and place % WIDTH:  # found across two digests: not a digest
        place = state.find(digest, place + 1)
    return place


FINISHED = Signal(
    name="finished",
    version=1,
    kind=bytes,
    initial=b"",
    fold=fold,
    events=(e.PlaybackStopped, e.PlaybackCompleted, e.HistoryRemoved),
)
