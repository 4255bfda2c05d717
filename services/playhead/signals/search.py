"""The viewer's last search and its results."""

from msgspec import Struct

from playhead.arrays import packed_ids
from playhead.domain import events as e
from playhead.signals.signal import Signal

QUERY, RESULTS = 64, 50
"""Most characters of a query and results of a search that are kept: no screen shows more of either."""
LASTS_S = 1_800
"""How long pages show the results of a search after it was made."""


class Search(Struct, frozen=True, array_like=True, gc=False):
    """The newest search: its words, its results as packed ids, and its time, 0 for no search."""

    query: str = ""
    results: bytes = b""
    at_s: int = 0

    def is_on(self, at_s: int) -> bool:
        """Whether the search is recent enough for a page at this time to show its results."""
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
