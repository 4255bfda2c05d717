"""Binges of series: three or more episodes within a day, a label of the series, not of an episode.

    e1 ─── e2 ────── e3 begins ──▶ {binge: 1}, as of e1
    e1 ─── e2 ─ … 24 h … any event ──▶ {binge: 0}, as of e1, provisional
       … within a week three in a day ──▶ corrected: {binge: 1}

Series are looked up in the catalogue as of the event; labels affect rankings only through what is learned from them.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from playhead.catalogue.catalogue import Catalogue
from playhead.domain import events as e
from playhead.features.histories import seen_between
from playhead.labels.impressions import Outcome
from playhead.labels.provisional import correct, given
from playhead.signals.pending import Resolved
from playhead.signals.rows import History

EPISODES = 3
"""Episodes of one series that make a binge."""
WITHIN_S = 86_400
_BINGE = "binge"


def of_series(
    catalogue: Catalogue, history: History, before_ms: int, event: e.Event, settled: Resolved
) -> Resolved:
    """The outcomes that an event settles, with binges of series in place of those of their episodes, and corrections.

    Args:
        catalogue: The catalogue, by which titles are episodes of series.
        history: The history before the event.
        before_ms: Time of the event before this one, 0 for none.
        event: The event.
        settled: The outcomes that it settles without regard to series.
    """
    if not len(catalogue.groups.series):
        return settled
    now_s, provisional = event.occurred_at // 1000, settled.pending.provisional
    outcomes = [
        outcome
        for outcome in settled.outcomes
        if _BINGE not in outcome.labels or _series(catalogue, outcome.title_id) is None
    ]
    for outcome in _over(catalogue, history, before_ms // 1000, now_s):
        pushed_out, provisional = given(provisional, outcome, _BINGE, event)
        outcomes += [outcome, *pushed_out]
    if isinstance(event, e.PlaybackStarted):
        for outcome in _third(catalogue, history, event):
            corrections, provisional = correct(provisional, outcome.title_id, _BINGE, now_s)
            outcomes += [outcome, *corrections]
    if provisional is settled.pending.provisional:
        return Resolved(outcomes, settled.pending)
    return Resolved(outcomes, replace(settled.pending, provisional=provisional))


def _third(catalogue: Catalogue, history: History, event: e.PlaybackStarted) -> Iterator[Outcome]:
    """The binge of a series, if the event starts the third episode within a day."""
    series, now_s = _series(catalogue, event.title_id), event.occurred_at // 1000
    if series is not None:
        lately = _episodes(catalogue, history, series, now_s)
        if event.title_id not in lately and len(lately) == EPISODES - 1:
            yield Outcome(series, min(lately.values()), "home", {_BINGE: 1})


def _over(catalogue: Catalogue, history: History, before_s: int, now_s: int) -> Iterator[Outcome]:
    """Series with fewer episodes within a day whose day ended between the event before and this one: provisionally no binge."""
    if not before_s or before_s == now_s:
        return
    ended = seen_between(history, before_s - WITHIN_S, now_s - WITHIN_S)
    if not len(ended):
        return
    titles = list(history)
    counted = set()
    for place in ended.tolist():
        series = _series(catalogue, titles[place].title_id)
        if series is None or series in counted or not titles[place].plays:
            continue
        counted.add(series)
        newer = (title for title in titles[:place] if title.plays)
        lately = _episodes(catalogue, history, series, titles[place].at_s)
        if len(lately) < EPISODES and all(_series(catalogue, title.title_id) != series for title in newer):
            yield Outcome(series, min(lately.values()), "home", {_BINGE: 0}, final=False)


def _episodes(catalogue: Catalogue, history: History, series: str, until_s: int) -> dict[str, int]:
    """The episodes of a series that were played within the day up to ``until_s``, with the time of each (s)."""
    return {
        watched.title_id: watched.at_s
        for watched in history
        if watched.plays
        and until_s - WITHIN_S < watched.at_s <= until_s
        and _series(catalogue, watched.title_id) == series
    }


def _series(catalogue: Catalogue, title_id: str) -> str | None:
    entry = catalogue.entries.get(catalogue.titles.get(title_id))
    return None if entry is None else entry.series_id
