"""How a simulated viewer watches a title: from the first frame to the last, or to wherever they had enough."""

from collections.abc import Generator, Iterator
from typing import Any

from playhead.domain import events as ev
from playhead.domain.titles import Title
from playhead.lab.demo.viewer import Viewer, ViewerAction

BEATS = 12
"""Heartbeats over a title's whole length. A real player beats each minute; spacing them by the length keeps
heartbeats at about half of all events whatever is watched, so that a demonstration shows more than heartbeats."""
DEFAULT_LENGTH_S = 3_600.0
FINISHED = 0.95
PAUSE_CHANCE = 0.04
REWIND_CHANCE = 0.04
BUFFER_CHANCE = 0.01
FAILURE_CHANCE = 0.003
RATE_CHANCE = 0.15


def watch(
    viewer: Viewer, title: Title, attribution: ev.Attribution | None, trigger: str = "click"
) -> Iterator[ViewerAction]:
    """The play of one title; a finished one is entered in ``viewer.finished``."""
    length_s = title.duration_s or DEFAULT_LENGTH_S
    about = {"title_id": title.title_id}
    playback_id = f"{viewer.session_id}-{viewer.rng.getrandbits(24):06x}"
    start = {"playback_id": playback_id, "duration_s": length_s, "position_s": 0.0, "trigger": trigger}
    yield ViewerAction(ev.PlaybackStarted, about | start | {"attribution": attribution}, 5.0)
    share = _share_watched(viewer, title)
    if share == 0.0:
        watched_s = round(viewer.rng.uniform(3.0, max(4.0, min(60.0, length_s / 4))), 1)
        yield ViewerAction(ev.PlaybackSkipped, about | {"watched_s": watched_s, "position_s": watched_s}, 2.0)
        return
    reached = yield from _play(viewer, about, length_s, share)
    yield from _end(viewer, title, length_s, reached, reason="viewer" if reached >= share else "error")


def _share_watched(viewer: Viewer, title: Title) -> float:
    """Share of the title that the viewer watches: 0 when skipped at once, 1 to the end."""
    liking = viewer.tastes.liking(title)
    if viewer.rng.random() < 0.15 + 0.75 * liking:
        return 1.0
    return 0.0 if viewer.rng.random() < 0.5 - 0.4 * liking else round(viewer.rng.uniform(0.08, 0.85), 3)


def _play(
    viewer: Viewer, about: dict[str, str], length_s: float, share: float
) -> Generator[ViewerAction, None, float]:
    """Heartbeats and what happens between them; returns the share that was reached before the end or a failure."""
    step_s = length_s / BEATS
    beats = max(1, int(share * BEATS))
    for beat in range(1, beats + 1):
        position_s = round(beat * step_s, 1)
        here = {"watched_s": round(step_s, 1), "position_s": position_s}
        yield ViewerAction(ev.PlaybackProgress, about | here, step_s)
        if viewer.rng.random() < FAILURE_CHANCE:
            yield ViewerAction(ev.PlaybackFailed, about | {"code": "network"}, 2.0)
            return min(share, beat / BEATS) - 1e-6
        yield from _interruptions(viewer, about, position_s)
    return share


def _interruptions(viewer: Viewer, about: dict[str, str], position_s: float) -> Iterator[ViewerAction]:
    luck = viewer.rng.random()
    if luck < PAUSE_CHANCE:
        yield ViewerAction(
            ev.PlaybackPaused, about | {"position_s": position_s}, viewer.rng.uniform(20.0, 600.0)
        )
        yield ViewerAction(ev.PlaybackResumed, about | {"position_s": position_s}, 5.0)
    elif luck < PAUSE_CHANCE + REWIND_CHANCE:
        back: dict[str, Any] = {"from_s": position_s, "to_s": max(0.0, round(position_s - 30.0, 1))}
        yield ViewerAction(ev.PlaybackSeeked, about | back, 30.0)
    elif luck < PAUSE_CHANCE + REWIND_CHANCE + BUFFER_CHANCE:
        yield ViewerAction(ev.BufferStarted, about, 4.0)
        yield ViewerAction(ev.BufferEnded, about, 2.0)


def _end(viewer: Viewer, title: Title, length_s: float, share: float, reason: str) -> Iterator[ViewerAction]:
    about = {"title_id": title.title_id}
    watched: dict[str, Any] = {"watched_s": round(share * length_s, 1), "duration_s": length_s}
    if share >= FINISHED:
        viewer.finished.add(title.title_id)
        yield ViewerAction(ev.PlaybackCompleted, about | watched, 8.0)
    else:
        stop = watched | {"position_s": watched["watched_s"], "reason": reason}
        yield ViewerAction(ev.PlaybackStopped, about | stop, 4.0)
    if reason == "viewer" and viewer.rng.random() < RATE_CHANCE:
        thumbs = max(0.0, min(1.0, viewer.tastes.liking(title) + viewer.rng.gauss(0.0, 0.1)))
        yield ViewerAction(ev.TitleRated, about | {"value": round(thumbs, 1)}, 4.0)
