"""Usage counts of a profile, and their values when it first got a ranking of an experiment: the metrics of experiments.

All counts only grow; events that are taken out of a history stay counted.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.labels.definitions import judge
from playhead.labels.impressions import Outcome
from playhead.signals.signal import Signal

SESSION_GAP_S = 1_800
"""Gap after which the next event begins a session, as is usual in web analytics."""
PLAY_GAP_S = 4 * 3_600
"""The same gap for playback events, which belong to the session in which the play began, also without heartbeats."""
MOST_EXPOSURES = 8
"""Most experiments in a profile's record, the newest ones: one a layer is served at a time."""


class UsageCounts(Struct, frozen=True, array_like=True, gc=False):
    """Number and total length of sessions, clicks, starts, finished plays, seconds watched, sessions given up."""

    sessions: int = 0
    session_s: int = 0
    clicks: int = 0
    starts: int = 0
    finishes: int = 0
    watch_s: float = 0.0
    gave_up: int = 0


class Exposure(Struct, frozen=True, array_like=True, gc=False):
    """A profile's exposure to an arm of an experiment; ``since``: its counts before the session of the first exposure."""

    experiment_id: str
    arm: str
    since: UsageCounts


class Usage(Struct, frozen=True, array_like=True, gc=False):
    """The counts, the time of the newest event, the counts before the present session, and the exposures."""

    counts: UsageCounts = UsageCounts()
    at_s: int = 0
    before: UsageCounts = UsageCounts()
    exposures: tuple[Exposure, ...] = ()


def count(state: Usage, event: e.Event, outcomes: Iterable[Outcome] = (), listed_s: float = 0.0) -> Usage:
    """Counts an event, and the plays whose end it makes final; ``listed_s``: the title's length in the catalogue, 0 for unknown.

    Not idempotent: the caller must not count an event twice. A late event adds no time.
    """
    at_s, was = event.occurred_at // 1000, state.counts
    gap_s = at_s - state.at_s
    going_on = PLAY_GAP_S if isinstance(event, e.PlaybackEvent) else SESSION_GAP_S
    begins = isinstance(event, e.SessionStarted) or gap_s > going_on
    finishes, watch_s = was.finishes, was.watch_s
    for outcome in outcomes:
        if outcome.end is not None and outcome.end.watched_s != 0.0:
            ended = judge(outcome.end, listed_s)
            finishes += ended.labels.get("finish", 0)
            watch_s = round(watch_s + (ended.watch_s or 0.0), 1)
    counts = UsageCounts(
        was.sessions + begins,
        was.session_s if begins or gap_s < 0 else was.session_s + gap_s,
        was.clicks + isinstance(event, e.TitleClicked),
        was.starts + isinstance(event, e.PlaybackStarted),
        finishes,
        watch_s,
        was.gave_up + (isinstance(event, e.SessionEnded) and event.reason == "gave_up"),
    )
    return Usage(counts, max(state.at_s, at_s), was if begins else state.before, state.exposures)


def expose(state: Usage, experiment_id: str, arm: str) -> Usage:
    """Notes a ranking of an arm; only the first one of an experiment counts, with its arm."""
    if any(exposure.experiment_id == experiment_id for exposure in state.exposures):
        return state
    # The whole session of the first ranking counts, wherever in it that was.
    since = replace(state.counts, sessions=state.before.sessions)
    exposures = (Exposure(experiment_id, arm, since), *state.exposures)[:MOST_EXPOSURES]
    return replace(state, exposures=exposures)


USAGE = Signal(name="usage", version=1, kind=Usage, initial=Usage(), fold=lambda state, _: state, events=())
"""Counted outside of the fold of events (``count``), as it depends on the outcomes of plays."""
