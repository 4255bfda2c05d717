"""Impressions that wait for their outcome, and what settles them.

    shown ──── click ──▶ {click: 1} ──── play ──▶ {start: 1}
      │                              └── 10 min ▶ {start: 0}
      ├──── play ──▶ {click: 1, start: 1}
      └──── skipped, shown again, 10 min, pushed out ──▶ {click: 0, start: 0}

No clock runs here: an impression whose time is up is settled by the profile's next event.
"""

from typing import NamedTuple
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from playhead.domain import events as e
from playhead.labels.definitions import CLICK_HORIZON_S

KEPT = 40
"""Open impressions a profile: a screenful or two. What is pushed out counts as passed over."""


class Open(Struct, frozen=True, array_like=True, gc=False):
    """An impression without its outcome. ``mark``: a digest of its ranking's id."""

    title_id: str
    at_s: int
    surface: str = "home"
    mark: int = 0
    clicked: bool = False


class Outcome(NamedTuple):
    """Labels of a title that have become final, with the moment and place of the impression or play they judge."""

    title_id: str
    at_s: int
    surface: str
    labels: dict[str, int]


Opens = tuple[Open, ...]
PLAYS = (e.PlaybackStarted, e.PlaybackStopped, e.PlaybackCompleted)


def settle(opens: Opens, event: e.Event) -> tuple[list[Outcome], Opens]:
    """The outcomes that an event makes final, and the impressions that stay open (new ones are not added here)."""
    if not opens:
        return [], opens
    outcomes: list[Outcome] = []
    left = opens
    due = event.occurred_at // 1000 - CLICK_HORIZON_S
    if opens[-1].at_s <= due or any(o.at_s <= due for o in opens):
        outcomes += [passed_over(o) for o in opens if o.at_s <= due]
        left = tuple(o for o in opens if o.at_s > due)
    if isinstance(event, e.ImpressionsShown):
        again = {item.title_id for item in event.items}
        outcomes += [passed_over(o) for o in left if o.title_id in again]
        left = tuple(o for o in left if o.title_id not in again)
    elif isinstance(event, (e.TitleClicked, e.PlaybackSkipped, *PLAYS)):
        outcome, left = _meet(left, event)
        outcomes += [outcome] if outcome else []
    return outcomes, left


def open_up(opens: Opens, event: e.ImpressionsShown) -> tuple[list[Outcome], Opens]:
    """Adds the impressions of an event, newest first; those pushed out by them are passed over."""
    at_s = event.occurred_at // 1000
    mark = crc32(event.ranking_id.encode()) if event.ranking_id else 0
    fresh = {i.title_id: Open(i.title_id, at_s, event.surface, mark) for i in event.items}
    both = (*fresh.values(), *opens)
    return [passed_over(o) for o in both[KEPT:]], both[:KEPT]


def passed_over(impression: Open) -> Outcome:
    """The outcome of an impression that nothing came of, or no play after the click."""
    labels = {"start": 0} if impression.clicked else {"click": 0, "start": 0}
    return _outcome(impression, labels)


def _meet(opens: Opens, event: e.TitleEvent) -> tuple[Outcome | None, Opens]:
    met = _find(opens, event)
    if met is None:
        return None, opens
    others = tuple(o for o in opens if o is not met)
    if isinstance(event, e.PlaybackSkipped):
        return passed_over(met), others
    if isinstance(event, e.TitleClicked):
        if met.clicked:
            return None, opens
        clicked = replace(met, clicked=True)
        return _outcome(met, {"click": 1}), tuple(clicked if o is met else o for o in opens)
    return _outcome(met, {"start": 1} if met.clicked else {"click": 1, "start": 1}), others


def _find(opens: Opens, event: e.TitleEvent) -> Open | None:
    """The impression an act belongs to: the one in the ranking it names, else the newest of the title."""
    of_title = [o for o in opens if o.title_id == event.title_id]
    if event.attribution is not None and event.attribution.ranking_id:
        mark = crc32(event.attribution.ranking_id.encode())
        of_title.sort(key=lambda o: o.mark != mark)
    return of_title[0] if of_title else None


def _outcome(impression: Open, labels: dict[str, int]) -> Outcome:
    return Outcome(impression.title_id, impression.at_s, impression.surface, labels)
