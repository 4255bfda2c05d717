"""One viewer of many, followed closely: their top ten as it moves, and what they just did."""

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from playhead.domain.rankings import Ranking
from playhead.lab.demo.load import Act

TOP = 10
IDLE_S = 8.0
"""After so long without an act, the display follows the next viewer who acts."""
DEEDS: Mapping[str, str] = {
    "session_started": "opened the app",
    "session_ended": "closed the app",
    "page_viewed": "opened the page",
    "impressions_shown": "looked at titles",
    "title_clicked": "clicked",
    "title_hovered": "lingered on",
    "trailer_started": "started the trailer of",
    "search_performed": "searched",
    "playback_started": "started",
    "playback_paused": "paused",
    "playback_resumed": "went on with",
    "playback_seeked": "rewound",
    "playback_progress": "is watching",
    "playback_skipped": "skipped",
    "playback_stopped": "stopped",
    "playback_completed": "finished",
    "title_rated": "rated",
    "watchlist_added": "kept for later",
    "not_interested": "waved away",
}


class SpotlightPlace(NamedTuple):
    """A title in the top ten; ``moved`` is positive when it rose, None when it is new there."""

    name: str
    score: float
    moved: int | None
    reason: str


class Spotlight:
    """Chooses the viewer to follow, and tracks their acts and top ten."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.profile_id: str | None = None
        self.deeds: deque[str] = deque(maxlen=4)
        self.places: tuple[SpotlightPlace, ...] = ()
        self._names = names
        self._top: tuple[str, ...] = ()
        self._last_s = 0.0

    def acted(self, act: Act, now_s: float) -> None:
        """Takes in a viewer's act: that of the followed viewer, or of one who may be followed next."""
        if act.profile_id != self.profile_id:
            if act.type != "page_viewed" or (self.profile_id and now_s - self._last_s < IDLE_S):
                return
            self.profile_id, self.places, self._top = act.profile_id, (), ()
            self.deeds.clear()
        self._last_s = now_s - IDLE_S + 2.0 if act.type == "session_ended" else now_s
        deed = " ".join(filter(None, (DEEDS.get(act.type, act.type), self._name(act.title_id))))
        if not self.deeds or self.deeds[-1] != deed:
            self.deeds.append(deed)

    def came(self, ranking: Ranking) -> None:
        """Takes in a ranking; the followed viewer's moves the top ten."""
        if ranking.profile_id != self.profile_id:
            return
        before, self._top = self._top, tuple(item.title_id for item in ranking.items[:TOP])
        self.places = tuple(
            SpotlightPlace(
                self._name(item.title_id),
                item.score,
                before.index(item.title_id) - rank if item.title_id in before else None,
                item.reasons[0].code.replace("_", " ") if item.reasons else "",
            )
            for rank, item in enumerate(ranking.items[:TOP])
        )

    def _name(self, title_id: str | None) -> str:
        return self._names.get(title_id, title_id) if title_id else ""
