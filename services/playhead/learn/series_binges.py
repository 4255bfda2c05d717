"""Binges of series: three or more of its episodes within a day, a label of the series and not of an episode.

    e1 ─── e2 ────── e3 begins ──▶ {binge: 1}, judged from e1 on
    e1 ─── e2 ─ … 24 h … any event ──▶ {binge: 0}, judged from e1 on, for now
       … within a week three in a day ──▶ corrected: {binge: 1}

What the catalogue says of titles is asked when the event comes. Labels only teach: no ranking depends on them otherwise.
"""

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace

from playhead.catalogue.catalogue import Catalogue
from playhead.domain import events as e
from playhead.features.histories import AT, packed_rows
from playhead.labels.impressions import Outcome
from playhead.labels.provisional import correct, given
from playhead.signals.pending import Resolved
from playhead.signals.rows import History

EPISODES = 3
"""Of one series, make a binge."""
WITHIN_S = 86_400
_BINGE = "binge"


def of_series(
    catalogue: Catalogue, history: History, before_ms: int, event: e.Event, settled: Resolved
) -> Resolved:
    """What an event settles, with binges of series in the place of those of their episodes, and those that it corrects.

    Args:
        catalogue: Says which titles are episodes.
        history: As it was before the event.
        before_ms: When the event before this one happened, 0 for none.
        event: What happens.
        settled: What it settles without regard to series.
    """
    if not len(catalogue.groups.series):
        return settled
    now_s, provisional = event.occurred_at // 1000, settled.pending.provisional
    outcomes = [
        outcome
        for outcome in settled.outcomes
        if _BINGE not in outcome.labels or _series(catalogue, outcome.title_id) is None
    ]
    for one in _over(catalogue, history, before_ms // 1000, now_s):
        pushed_out, provisional = given(provisional, one, _BINGE, event)
        outcomes += [one, *pushed_out]
    if isinstance(event, e.PlaybackStarted):
        for one in _third(catalogue, history, event):
            corrections, provisional = correct(provisional, one.title_id, _BINGE, now_s)
            outcomes += [one, *corrections]
    if provisional is settled.pending.provisional:
        return Resolved(outcomes, settled.pending)
    return Resolved(outcomes, replace(settled.pending, provisional=provisional))


def _third(catalogue: Catalogue, history: History, event: e.PlaybackStarted) -> Iterator[Outcome]:
    """The play of the third episode within a day, if this is it."""
    series, now_s = _series(catalogue, event.title_id), event.occurred_at // 1000
    if series is not None:
        lately = _episodes(catalogue, history, series, now_s)
        if event.title_id not in lately and len(lately) == EPISODES - 1:
            yield Outcome(series, min(lately.values()), "home", {_BINGE: 1})


def _over(catalogue: Catalogue, history: History, before_s: int, now_s: int) -> Iterator[Outcome]:
    """Sittings with fewer episodes of which it is certain since the event before that no more come within a day."""
    at_s = packed_rows([history])[:, AT].astype(np.int64)
    ended = np.flatnonzero((at_s + WITHIN_S > before_s) & (at_s + WITHIN_S <= now_s))
    if not before_s or not len(ended):
        return
    titles = list(history)
    counted = set()
    for place in ended.tolist():
        series = _series(catalogue, titles[place].title_id)
        if series is None or series in counted or not titles[place].plays:
            continue
        counted.add(series)
        newer = (title for title in titles[:place] if title.plays)
        lately = _episodes(catalogue, history, series, int(at_s[place]))
        if len(lately) < EPISODES and all(_series(catalogue, one.title_id) != series for one in newer):
            yield Outcome(series, min(lately.values()), "home", {_BINGE: 0}, final=False)


def _episodes(catalogue: Catalogue, history: History, series: str, until_s: int) -> dict[str, int]:
    """The episodes of a series that were played in the day until then, with when."""
    return {
        one.title_id: one.at_s
        for one in history
        if one.plays
        and until_s - WITHIN_S < one.at_s <= until_s
        and _series(catalogue, one.title_id) == series
    }


def _series(catalogue: Catalogue, title_id: str) -> str | None:
    entry = catalogue.entries.get(catalogue.titles.get(title_id))
    return None if entry is None else entry.series_id
