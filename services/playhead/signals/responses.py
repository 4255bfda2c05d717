"""How the profile responds to impressions: decayed counts of settled impressions and plays, in all and by surface.

An impression is counted once its outcome is final, so these counts as features never leak the outcome that is being predicted.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import log1p

from msgspec import Struct

from playhead.labels.definitions import End, judge
from playhead.labels.impressions import Outcome

HALF_LIFE_S = 30 * 86_400
"""A month: response habits change slowly; short-lived interests are captured by the history."""
SURFACES = 4
"""Number of surfaces counted apart: those of the newest responses."""
SCALE = 100
"""Counts are stored in hundredths, as short integers."""


class Response(Struct, frozen=True, array_like=True, gc=False):
    """Decayed counts in hundredths as of ``at_s``; an empty surface stands for all.

    ``shown``: impressions, ``clicked`` of them; ``ended``: impressions and plays with a known end, ``long`` and ``finished`` of them
    as far as lengths are known; ``log_watched``: sum of log(1 + seconds watched).
    """

    surface: str = ""
    at_s: int = 0
    shown: int = 0
    clicked: int = 0
    ended: int = 0
    long: int = 0
    finished: int = 0
    log_watched: int = 0


Responses = tuple[Response, ...]
"""The total first, then the surfaces, newest first."""
Added = tuple[int, int, int, int, int, float]
Times = dict[Added, int]
"""How often each increment occurs: when a page is left, most of its titles add the same."""
_FINISHED_AFTER_ALL: Times = {(0, 0, 0, 0, 1, 0.0): 1}


def count(state: Responses, outcomes: Iterable[Outcome], at_s: int) -> Responses:
    """Adds impressions and plays that settled at ``at_s``; outcomes without an end, or with a troubled one, change nothing.

    All outcomes of an event are added at once: leaving a page settles twenty.
    """
    everything: Times = {}
    surfaces: dict[str, Times] = {}
    for outcome in outcomes:
        clicked = outcome.shown and bool(outcome.clicked or outcome.labels.get("click", 0))
        added = None if outcome.end is None else _added(outcome.end, outcome.shown, clicked)
        if added is None:
            continue
        everything[added] = everything.get(added, 0) + 1
        if outcome.shown:
            here = surfaces[outcome.surface] = surfaces.pop(outcome.surface, {})
            here[added] = here.get(added, 0) + 1
    if not everything:
        return state
    known = {response.surface: response for response in state[1:]}
    newest = [
        _add(known.pop(surface, Response(surface)), surfaces[surface], at_s) for surface in reversed(surfaces)
    ]
    whole = _add(state[0] if state else Response(), everything, at_s)
    return (whole, *[*newest, *known.values()][:SURFACES])


def amend(state: Responses, corrections: Iterable[Outcome]) -> Responses:
    """Adds finishes that correct a provisional 0, as of the time when that was counted (``labels.provisional``)."""
    for correction in corrections:
        places = {"", correction.surface} if correction.shown else {""}
        state = tuple(
            _add(old, _FINISHED_AFTER_ALL, correction.corrects_ms // 1000) if old.surface in places else old
            for old in state
        )
    return state


@lru_cache(maxsize=1_024)
def _added(end: End, shown: bool, clicked: bool) -> Added | None:
    """The increments of an outcome, in the order of the counts; None if the seconds watched are unknown."""
    labels, watch_s = judge(end)
    if watch_s is None:
        return None
    return int(shown), int(clicked), 1, labels["long_view"], labels.get("finish", 0), log1p(watch_s)


def _add(old: Response, times: Times, at_s: int) -> Response:
    now = max(at_s, old.at_s)
    fade = 2.0 ** ((old.at_s - now) / HALF_LIFE_S)
    weight = SCALE * 2.0 ** ((at_s - now) / HALF_LIFE_S)
    totals = [0.0] * 6
    for added, often in times.items():
        totals = [total + often * increment for total, increment in zip(totals, added, strict=True)]
    shown, clicked, ended, long, finished, log_watched = totals
    return Response(
        old.surface,
        now,
        round(old.shown * fade + weight * shown),
        round(old.clicked * fade + weight * clicked),
        round(old.ended * fade + weight * ended),
        round(old.long * fade + weight * long),
        round(old.finished * fade + weight * finished),
        round(old.log_watched * fade + weight * log_watched),
    )
