"""Which events count as consumptions of a title: decided by what a log holds, never by its name."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec import Struct

from playhead.domain.errors import Unavailable

LONG_VIEW_S = 18.0
"""Seconds from which a view of a short video is called long (KuaiRand, Gao et al. 2022)."""


class ShownTitle(Struct, gc=False):
    """A title that was on screen."""

    title_id: str = ""


class Outline(Struct, gc=False):
    """The fields of an event that the evaluation reads; the core decodes it by itself."""

    type: str = ""
    event_id: str = ""
    profile_id: str = ""
    occurred_at: int = 0
    title_id: str = ""
    surface: str = "home"
    watched_s: float | None = None
    duration_s: float | None = None
    items: tuple[ShownTitle, ...] = ()
    results: tuple[str, ...] = ()

    def named(self) -> tuple[str, ...]:
        """The titles that this event names."""
        own = (self.title_id,) if self.title_id else ()
        return (*own, *(item.title_id for item in self.items), *self.results)


class Kind(NamedTuple):
    """A kind of consumption; ``holds`` takes an event of one of the types, and the title's duration or 0 (s)."""

    name: str
    meaning: str
    types: frozenset[str]
    holds: Callable[[Outline, float], bool]


def _always(_event: Outline, _duration_s: float) -> bool:
    return True


def is_long(event: Outline, duration_s: float) -> bool:
    """Whether it was watched for 18 s, or to the end if that is shorter; a completed play always was.

    >>> is_long(Outline(watched_s=9.0), 8.5), is_long(Outline(watched_s=9.0), 0.0)
    (True, False)
    """
    enough_s = min(LONG_VIEW_S, duration_s) if duration_s > 0 else LONG_VIEW_S
    return event.type == "playback_completed" or (event.watched_s or 0.0) >= enough_s


PLAYS = frozenset({"playback_stopped", "playback_skipped", "playback_completed"})
CLICK = Kind("click", "title_clicked", frozenset({"title_clicked"}), _always)
LONG_VIEW = Kind("long_view", f"watched {LONG_VIEW_S:g} s, or to the end if shorter", PLAYS, is_long)
COMPLETION = Kind("completion", "playback_completed", frozenset({"playback_completed"}), _always)
START = Kind("start", "playback_started", frozenset({"playback_started"}), _always)
KINDS = (CLICK, LONG_VIEW, COMPLETION, START)


def kinds_of(types: AbstractSet[str]) -> tuple[Kind, ...]:
    """The kinds that a log with these types of events is measured by, each apart from the others.

    Where clicks were logged they are what a list is for; completions alone say less, starts least.

    >>> [kind.name for kind in kinds_of({"title_clicked", "playback_stopped", "page_viewed"})]
    ['click', 'long_view']

    Raises:
        Unavailable: nothing is consumed in this log.
    """
    if types & CLICK.types:
        return (CLICK, LONG_VIEW) if types & PLAYS else (CLICK,)
    for kind in (COMPLETION, LONG_VIEW, START):
        if types & kind.types:
            return (kind,)
    raise Unavailable(
        "The log has neither clicks nor plays.", "Evaluate one with title_clicked or playback events."
    )
