"""How far the viewer has looked at the open page: its rows in the order in which they came into view, and how many places of each.

page opened      impressions, scrolling, a choice: rows and places looked at      next page opened, session over
────┬────────────────────────────────────────────────────────────────────────────────┬───▶
    └─ nothing known yet                                        an example is emitted ─┘

A page whose ranking changes while it is open is still the same page: its rows are identified by their ids.
"""

from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.domain.examples import LookedAt
from playhead.labels.impressions import is_choice
from playhead.signals.exposure import VISIBLE_MS
from playhead.signals.signal import Signal

MOST_ROWS, MOST_PLACES = 8, 20
"""Most rows of a page, and places of a row, that are tracked: as many as pages have (``page.kinds``)."""
SHORT = frozenset({"continue_watching", "next_episodes", "my_list", "search_results"})
"""Rows that may have only a title or two, and so do not show how far a viewer looks."""
RESCUE = "rescue"
"""The row for which the rate of choices is learned (``page.rescue``)."""
USUALLY, HURRIED = 0.1, 1.5
"""Weight of the newest scroll in the usual speed; factor of the usual speed above which a row scrolled past counts as not looked at, unless its impressions report a time."""
ENDS = (e.PageViewed, e.SessionStarted, e.SessionEnded)
CHOICES = (e.TitleClicked, e.PlaybackStarted)
_DIGEST = 4
"""Bytes of a digest."""


class PageLooks(Struct, frozen=True, array_like=True, gc=False):
    """Rows and places looked at since the page was opened.

    ``rows``: digests of row ids, in the order in which they were seen; ``places``: how many places of each were looked at,
    a byte a row, 0 for a row in ``SHORT``; ``rescue``: digests of the titles looked at in the row ``RESCUE``; ``taken``: one of these
    was chosen; ``usual``: mean scrolling speed on all pages, in the player's own unit; ``passing``: digest of the row scrolled past too fast to be looked at,
    0 for none; ``passed_ms``: when that was.
    """

    rows: bytes = b""
    places: bytes = b""
    rescue: bytes = b""
    taken: bool = False
    usual: float = 0.0
    passing: int = 0
    passed_ms: int = 0


def fold(state: PageLooks, event: e.Event) -> PageLooks:
    """Follows the page that is open. Neither order-free nor idempotent."""
    if isinstance(event, ENDS):
        return PageLooks(usual=state.usual)
    if isinstance(event, e.ImpressionsShown):
        return _seen(state, event)
    if isinstance(event, e.RowScrolled):
        return _scrolled(state, event)
    if isinstance(event, CHOICES) and is_choice(event):
        return _chosen(state, event)
    return state


def ended(state: PageLooks, event: e.Event) -> LookedAt | None:
    """What was looked at of the page that an event ends; None if no page ends, or no impressions were reported for it."""
    if not state.rows or not isinstance(event, ENDS):
        return None
    return LookedAt(tuple(state.places), len(state.rescue) // _DIGEST, state.taken)


def _seen(state: PageLooks, event: e.ImpressionsShown) -> PageLooks:
    depth: dict[str, int] = {}
    counted: dict[str, int] = {}
    rescue = state.rescue
    passing = state.passing if event.occurred_at - state.passed_ms < VISIBLE_MS else 0
    for item in event.items:
        row = item.row_id
        if not row:
            continue
        place = counted.get(row, 0) if item.rank is None else item.rank
        counted[row] = counted.get(row, 0) + 1
        if _is_looked_at(item, passing):
            depth[row] = max(depth.get(row, 0), min(place + 1, MOST_PLACES))
            if row == RESCUE:
                rescue = _with(rescue, _digest(item.title_id), MOST_PLACES)
    for row, deep in depth.items():
        state = _deepened(state, row, deep)
    return state if rescue == state.rescue else replace(state, rescue=rescue)


def _is_looked_at(item: e.Impression, passing: int) -> bool:
    """Whether an impression was on screen for long enough; ``passing``: digest of a row that was scrolled past too fast, 0 for none."""
    if item.visible_ms is not None:
        return item.visible_ms >= VISIBLE_MS
    return not passing or _number(_digest(item.row_id or "")) != passing


def _scrolled(state: PageLooks, event: e.RowScrolled) -> PageLooks:
    """Counts a scrolled row as seen, and notes it as passed by if it was scrolled much faster than usual."""
    fast = abs(event.velocity or 0.0)
    passing = _number(_digest(event.row_id)) if state.usual and fast > HURRIED * state.usual else 0
    usual = state.usual
    if fast:
        usual = round(usual + USUALLY * (fast - usual), 4) if usual else round(fast, 4)
    state = replace(state, usual=usual, passing=passing, passed_ms=event.occurred_at if passing else 0)
    return _deepened(state, event.row_id, 0) if state.rows else state


def _chosen(state: PageLooks, event: e.TitleEvent) -> PageLooks:
    """Counts the place of a chosen title as looked at."""
    place = event.attribution
    if state.rows and place is not None and place.row_id and place.rank is not None:
        state = _deepened(state, place.row_id, min(place.rank + 1, MOST_PLACES))
    if state.rescue and not state.taken and _at(state.rescue, _digest(event.title_id)) >= 0:
        return replace(state, taken=True)
    return state


def _deepened(state: PageLooks, row: str, depth: int) -> PageLooks:
    """The page with a row looked at to at least ``depth`` places; rows beyond ``MOST_ROWS`` change nothing."""
    digest, depth = _digest(row), 0 if row in SHORT else depth
    at = _at(state.rows, digest)
    if at < 0:
        if len(state.places) == MOST_ROWS:
            return state
        return replace(state, rows=state.rows + digest, places=state.places + bytes([depth]))
    if depth <= state.places[at]:
        return state
    return replace(state, places=state.places[:at] + bytes([depth]) + state.places[at + 1 :])


def _with(run: bytes, digest: bytes, most: int) -> bytes:
    return run if _at(run, digest) >= 0 or len(run) >= most * _DIGEST else run + digest


def _at(run: bytes, digest: bytes) -> int:
    """Index of a digest in packed digests, -1 if it is not there."""
    for at in range(0, len(run), _DIGEST):
        if run[at : at + _DIGEST] == digest:
            return at // _DIGEST
    return -1


def _digest(text: str) -> bytes:
    return crc32(text.encode()).to_bytes(_DIGEST, "little")


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "little")


LOOKS = Signal(
    name="looks",
    version=1,
    kind=PageLooks,
    initial=PageLooks(),
    fold=fold,
    events=(*ENDS, *CHOICES, e.ImpressionsShown, e.RowScrolled),
)
