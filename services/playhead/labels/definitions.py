"""The outcomes that are predicted, each defined once.

click      the title was opened or played from where it was shown
start      it was played by choice
long_view  it was watched for ``LONG_VIEW_S``, or to its end if that is sooner
finish     it was watched to ``FINISHED_RATIO`` of its length, or its end was reported; in later sessions of the same week, too
watch_s    the seconds watched, at most its length
binge      of a finished play: another title was played within ``BINGE_WITHIN_S``; of a series: ``learn.series_binges``

long_view, finish and watch_s are labels of an impression, whether its title was chosen or played automatically; an impression
without a play is watched for 0 s: P(long_view | shown), P(finish | shown). Only a play without an impression is labelled
at its own start. So each play is labelled once, and candidates are scored by what was learned of impressions. A binge
is predicted at the impression, too, though it is known last. A 0 that may still become 1 is corrected later (``labels.provisional``).
"""

from functools import lru_cache
from typing import NamedTuple

from playhead.domain import events as e

HEADS: tuple[str, ...] = ("click", "start", "long_view", "finish", "binge")
"""The binary outcomes; ``watch_s`` is a number."""

CLICK_HORIZON_S = 600
"""An impression without a click this long after it was shown counts as passed over."""
BINGE_WITHIN_S = 900
"""A break for a cup of tea is still the same session."""
FINISHED_RATIO = 0.9
"""A play counts as finished from this watch ratio on: credits are not watched."""
IN_PROGRESS = 0.03
"""A title with a position between this and ``FINISHED_RATIO`` of its length is in progress: it may be resumed."""
MOST = 0.5
"""Least part of a title that must have been watched, over all sessions, for a position at its end to count as finished."""
NO_CHOICE = {"autoplay", "preview"}
"""Triggers of plays that nobody chose: they count as no click and no start."""
LONG_VIEW_S = 18.0
"""Long enough to have been watched for its own sake, also in a feed that plays by itself (KuaiRand, CIKM 2022)."""


class End(NamedTuple):
    """The end of a play or impression: seconds watched, None if unknown, and the title's length, 0 if unknown.

    ``whole``: the end of the title was reported. ``troubled``: the picture froze or broke, so leaving early says nothing.
    """

    watched_s: float | None
    duration_s: float = 0.0
    whole: bool = False
    troubled: bool = False


PASSED_OVER = End(0.0)


class Verdict(NamedTuple):
    """The labels of an end, and the seconds watched, None if unknown."""

    labels: dict[str, int]
    watch_s: float | None


@lru_cache(maxsize=1_024)  # nearly all calls are for impressions that were passed over
def judge(end: End, listed_s: float = 0.0) -> Verdict:
    """The labels of the end of a play or impression; ``listed_s``: the title's length in the catalogue, 0 for unknown.

    The result is cached: callers must not change it.

    >>> judge(End(17.0, 100.0)), judge(End(14.0), listed_s=14.0)
    (Verdict(labels={'long_view': 0, 'finish': 0}, watch_s=17.0), Verdict(labels={'long_view': 1, 'finish': 1}, watch_s=14.0))
    """
    duration_s = end.duration_s or listed_s
    watched_s = end.watched_s
    if watched_s is None and end.whole and duration_s > 0:
        watched_s = duration_s
    whole = end.whole or is_whole(watched_s or 0.0, duration_s)
    if (end.troubled and not whole) or (watched_s is None and not whole):
        return Verdict({}, None)
    enough_s = min(LONG_VIEW_S, duration_s) if duration_s > 0 else LONG_VIEW_S
    unsaid = end.whole and (end.watched_s is None or duration_s <= 0)
    labels = {"long_view": int(unsaid or (watched_s or 0.0) >= enough_s)}
    if whole or duration_s > 0 or watched_s == 0:
        labels["finish"] = int(whole)
    if watched_s is not None and duration_s > 0:
        watched_s = min(watched_s, duration_s)
    return Verdict(labels, watched_s)


def is_finish(event: e.PlaybackStopped | e.PlaybackCompleted) -> bool:
    """Whether a play reached the end of its title, as far as its last event alone tells."""
    if isinstance(event, e.PlaybackCompleted):
        return True
    return event.duration_s is not None and is_whole(event.watched_s or 0.0, event.duration_s)


def is_whole(watched_s: float, duration_s: float) -> bool:
    """Whether a watch ratio counts as finished; never when the duration is unknown (0)."""
    return duration_s > 0 and watched_s >= FINISHED_RATIO * duration_s


def is_in_progress(position_s: float, duration_s: float) -> bool:
    """Whether a title at this position is in progress: it may be resumed."""
    return IN_PROGRESS * duration_s <= position_s and not is_whole(position_s, duration_s)


def end_of(duration_s: float, credits_s: float = 0) -> float:
    """Position from which a title counts as over: where the credits begin, or the last tenth; 0 if neither is known."""
    last = FINISHED_RATIO * duration_s
    return min(credits_s, last) if credits_s and last else credits_s or last


def is_over(position_s: float, covered_s: float, duration_s: float, credits_s: float = 0) -> bool:
    """Whether a title at this position, with ``covered_s`` seconds watched over all sessions, counts as finished.

    >>> is_over(5_950, 5_950, 6_000), is_over(5_950, 50, 6_000), is_over(3_000, 3_000, 0)
    (True, False, False)
    >>> is_over(5_100, 5_100, 6_000), is_over(5_100, 5_100, 6_000, 5_000)
    (False, True)
    """
    end_s = end_of(duration_s, credits_s)
    return end_s > 0 and position_s >= end_s and covered_s >= MOST * (duration_s or credits_s)
