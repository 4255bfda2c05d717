"""What the viewer searched for last, and what the search found."""

from msgspec import Struct

from playhead.arrays import packed_ids
from playhead.domain import events as e
from playhead.signals.signal import Signal

QUERY, RESULTS = 64, 50
"""Characters of a query and results of a search that are kept: no screen shows more of either."""
LASTS_S = 1_800
"""So long a page of results is about its search: whoever comes back later has begun anew."""


class Search(Struct, frozen=True, array_like=True, gc=False):
    """The newest search: its words, the titles that it named, as a run, and its second; 0 for none."""

    query: str = ""
    results: bytes = b""
    at_s: int = 0

    def is_on(self, at_s: int) -> bool:
        """Whether a page at this time is about the search."""
        return bool(self.at_s) and at_s - self.at_s <= LASTS_S


def fold(state: Search, event: e.Event) -> Search:
    """Keeps the newest search. Order-free but for two of one second, idempotent."""
    if not isinstance(event, e.SearchPerformed) or event.occurred_at // 1000 < state.at_s:
        return state
    pack_ids = packed_ids.pack_ids(dict.fromkeys(event.results[:RESULTS]))
    return Search(event.query[:QUERY], pack_ids, event.occurred_at // 1000)


SEARCH = Signal(
    name="search", version=1, kind=Search, initial=Search(), fold=fold, events=(e.SearchPerformed,)
)
